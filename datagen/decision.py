"""What came of one candidate, and how a verdict decides it. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from pydantic import TypeAdapter

from datagen.topic import Posed
from rewardsvc.audit.mutation.strength import Strength
from rewardsvc.leaning import leaned_on
from rewardsvc.types import FailureKind, JsonValue, Means, ScoreRequest, Status, Verdict
from rewardsvc.wire.json import request_to_json

SYSTEMATIC = frozenset({FailureKind.TOOL_MISSING, FailureKind.PROVIDER_MISSING})
"""Faults that no retry on this machine mends."""


_RULES = 3
"""Raised by every change in what is accepted or kept of it: what was decided by other rules is
decided anew."""

MAX_SURVIVING = 0.1
"""Of the mutants that change the meaning, at most this share may live."""


class Outcome(StrEnum):
    """Whether a candidate becomes a row."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MISSING = "missing"
    """Not scored: a tool or provider is not on this machine."""
    FAULTED = "faulted"
    """Not scored for another fault of ours or of the teacher's service, also after retries."""

    @property
    def final(self) -> bool:
        """Whether it says something about the pair; the others are tried again next time."""
        return self in (Outcome.ACCEPTED, Outcome.REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What came of a candidate. ``reward`` is None where there is no verdict."""

    outcome: Outcome
    instruction: str = ""
    output: str = ""
    reason: str = ""
    """Why it is not accepted; "" where it is."""
    diagnostics: tuple[str, ...] = ()
    """The errors and warnings of a rejected pair's stages, as ``stage: code: message``."""
    reward: float | None = None
    toolchain: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    checks: tuple[JsonValue, ...] = ()
    """The named checks of requirements that the teacher added."""
    means: Means = field(default_factory=Means)
    """What an accepted answer leaned on, with the versions that judged it."""
    rating: Mapping[str, str] = field(default_factory=dict)
    """A judge's levels by criterion, where one was asked."""


_DECISION = TypeAdapter(Decision)


def decision_to_json(decision: Decision) -> str:
    """The decision as the journal keeps it."""
    return json.dumps(asdict(decision))


def decision_from_json(text: str) -> Decision:
    """The inverse of :func:`decision_to_json`."""
    return _DECISION.validate_json(text)


def request_of(posed: Posed, id: str, instruction: str, completion: str) -> ScoreRequest:
    """The request that verifies a pair: the answer is scored as anybody's completion is.

    Its means are what the topic's own reference leans on: what that needs and is not here leaves
    the topic out; an answer that leans on more is rejected.
    """
    return ScoreRequest(
        id=id,
        task=posed.asked(instruction, leaned_on(posed.task, posed.reference)),
        completion=completion,
    )


def digest_of(request: ScoreRequest) -> str:
    """Names a request in the journal: a decision counts only for the request it was about."""
    text = json.dumps([_RULES, request_to_json(request)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def decide(verdict: Verdict, instruction: str, output: str) -> Decision:
    """Accepted where syntax and correctness are full; UNSCORED says nothing about the pair."""
    if verdict.status is Status.UNSCORED or verdict.components is None:
        kind = verdict.failure_kind or FailureKind.INTERNAL
        return Decision(
            outcome=Outcome.MISSING if kind in SYSTEMATIC else Outcome.FAULTED,
            reason=f"{kind.value}: {verdict.failure_reason}",
        )
    components = verdict.components
    accepted = components.syntax == 1.0 and components.correctness == 1.0
    return Decision(
        outcome=Outcome.ACCEPTED if accepted else Outcome.REJECTED,
        instruction=instruction,
        output=output,
        reason=""
        if accepted
        else f"syntax {components.syntax:.2f}, correctness {components.correctness:.2f}",
        diagnostics=() if accepted else _complaints(verdict),
        reward=verdict.reward,
        toolchain=verdict.toolchain,
    )


def gated(decision: Decision, strength: Strength) -> Decision:
    """The decision on an accepted pair once its checks are tested with mutants."""
    if strength.fault is not None:
        missing = strength.fault in SYSTEMATIC
        return Decision(
            outcome=Outcome.MISSING if missing else Outcome.FAULTED, reason=strength.reason
        )
    if strength.surviving <= MAX_SURVIVING:
        return decision
    survived = len(strength.survivors)
    return replace(
        decision,
        outcome=Outcome.REJECTED,
        reason=f"the checks let {survived} of {strength.measured} wrong answers pass",
        diagnostics=tuple(f"survives: {mutant}" for mutant in strength.survivors),
    )


def _complaints(verdict: Verdict) -> tuple[str, ...]:
    return tuple(
        ": ".join(part for part in (stage.name, found.code, found.message) if part)
        for stage in verdict.stages
        for found in stage.diagnostics
        if found.severity != "info"
    )
