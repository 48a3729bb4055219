"""Rows, scorers and a very small model for the tests of the training loop."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rewardsvc.tasks import TaskRow
from rewardsvc.types import (
    Check,
    Components,
    FailureKind,
    Rule,
    ScoreRequest,
    Status,
    Target,
    Verdict,
)

RULE = Rule("1", Components(0.4, 0.3, 0.3))


def row(number: int, *, split: str = "", output: str | None = None) -> TaskRow:
    """A Dockerfile task whose base image and port depend on the number."""
    base, port = f"python:3.{8 + number % 5}-slim", 8000 + number
    answer = f"```dockerfile\nFROM {base}\nWORKDIR /app\nCOPY . .\nUSER app\nEXPOSE {port}\n```\n"
    return TaskRow(
        id=f"task-{number}",
        category="docker",
        format="dockerfile",
        instruction=f"Write a Dockerfile on {base} that exposes {port}.",
        output=answer if output is None else output,
        checks=(Check(on=Target.AST, expr="final.base", expect=base),),
        split=split,
        provenance={"topic": "web" if number % 2 else "worker"},
    )


def scored(reward: float, id: str = "") -> Verdict:
    """A verdict with the reward as each of its components."""
    return Verdict(
        id=id,
        status=Status.SCORED,
        reward=reward,
        components=Components(reward, reward, reward),
        stages=(),
        failure_kind=None,
        failure_reason="",
        toolchain="t",
        rule=RULE,
    )


def faulty(kind: FailureKind = FailureKind.TOOL_CRASHED, reason: str = "it crashed") -> Verdict:
    """An UNSCORED verdict."""
    return Verdict(
        id="",
        status=Status.UNSCORED,
        reward=None,
        components=None,
        stages=(),
        failure_kind=kind,
        failure_reason=reason,
        toolchain="t",
        rule=RULE,
    )


class FaultyScorer:
    """Answers with what a function says, an exception or a delay included: for injecting faults."""

    def __init__(self, answer: Callable[[ScoreRequest], Verdict | Exception | float]) -> None:
        self._answer = answer
        self.loop: asyncio.AbstractEventLoop | None = None
        self.closed = False

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert asyncio.get_running_loop() is self.loop
        self.closed = True

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        assert asyncio.get_running_loop() is self.loop
        verdicts = []
        for request in requests:
            answer = self._answer(request)
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, float):
                await asyncio.sleep(answer)
                answer = scored(1.0)
            verdicts.append(answer)
        return verdicts
