"""A scorer that fails on demand, around a rule that needs no tools: for faults only.

That real tools accept the references is tested in test_synth.py.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rewardsvc.reward import DEFAULT_WEIGHTS, reward_of, rule_of
from rewardsvc.types import Components, FailureKind, Fault, ScoreRequest, Status, Verdict

Answer = Callable[[ScoreRequest, int], Verdict]
"""From a request and how often it came before to a verdict."""


def scored(request: ScoreRequest, correctness: float = 1.0) -> Verdict:
    components = Components(1.0, correctness, 1.0)
    return Verdict(
        id=request.id,
        status=Status.SCORED,
        reward=reward_of(components, DEFAULT_WEIGHTS),
        components=components,
        stages=(),
        failure_kind=None,
        failure_reason="",
        toolchain="test",
        rule=rule_of(DEFAULT_WEIGHTS),
    )


def unscored(request: ScoreRequest, kind: FailureKind, reason: str) -> Verdict:
    rule = rule_of(DEFAULT_WEIGHTS)
    return Verdict.unscored(request.id, Fault(kind, reason), rule, toolchain="test")


class FaultyScorer:
    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        verdicts = []
        for request in requests:
            verdicts.append(self.answer(request, self.asked[request.id]))
            self.asked[request.id] += 1
        return verdicts
