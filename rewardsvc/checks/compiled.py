"""From a task's checks to the ``checks`` stage: compile once, evaluate on what a verifier found."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rewardsvc.checks.equality import json_equal
from rewardsvc.checks.jmes import Evaluate, NotAnExpression, NoValue, compile_expression
from rewardsvc.checks.nothing import holds_of_nothing
from rewardsvc.checks.policies import Policies
from rewardsvc.errors import InvalidRequest
from rewardsvc.types import (
    ABSENT,
    Check,
    CheckKind,
    Component,
    Diagnostic,
    JsonValue,
    Stage,
    StageStatus,
    Target,
)
from rewardsvc.verifiers.base import Verifier

_SHOWN_CHARACTERS = 200
"""Of an expected or found value in a diagnostic."""


@dataclass(frozen=True, slots=True)
class CheckResults:
    """What the checks of one task came to on one artifact.

    ``stage``: the ``checks`` stage, of component correctness; None where the task has no checks.
    ``off_task``: there are checks and none of them holds, but for those that would hold of an
    answer without anything in it.
    """

    stage: Stage | None
    off_task: bool


@dataclass(frozen=True, slots=True)
class CompiledChecks:
    """Checks that are ready to be evaluated, made by :func:`compile_checks`."""

    checks: tuple[tuple[Check, Evaluate], ...]

    @property
    def targets(self) -> frozenset[Target]:
        """What they look at."""
        return frozenset(check.on for check, _ in self.checks)

    async def consult(
        self, projections: Mapping[Target, JsonValue], policies: Policies | None
    ) -> Mapping[int, str]:
        """What the Rego checks come to, by their index: why each does not hold, "" where it does.

        Raises:
            sandbox.errors.*: a fault of ours.
        """
        return {}

    def evaluate(
        self,
        projections: Mapping[Target, JsonValue],
        consulted: Mapping[int, str] = MappingProxyType({}),
    ) -> CheckResults:
        """Evaluate on what a verifier has to show; ``consulted`` is from :meth:`consult`. Pure.

        A check whose target is not there (a plan that did not come about) does not hold. The
        score is the weight that holds divided by the weight of all. A diagnostic's code names the
        check that does not hold by its index: ``checks[2]``.
        """
        if not self.checks:
            return CheckResults(None, off_task=False)
        failures = [
            (f"checks[{index}]", check, failure)
            for index, (check, evaluate) in enumerate(self.checks)
            if (failure := _failure(check, evaluate, projections))
        ]
        total = math.fsum(check.weight for check, _ in self.checks)
        lost = math.fsum(check.weight for _, check, _ in failures)
        none_holds = len(failures) == len(self.checks)
        failed = {id(check) for _, check, _ in failures}
        # Where all hold there is nothing to doubt: the task asks for something to be absent.
        off_task = bool(failures) and all(
            id(check) in failed or holds_of_nothing(check, evaluate)
            for check, evaluate in self.checks
        )
        stage = Stage(
            "checks",
            Component.CORRECTNESS,
            StageStatus.FAILED if failures else StageStatus.PASSED,
            0.0 if none_holds else min(1.0, max(0.0, (total - lost) / total)),
            diagnostics=tuple(
                Diagnostic("error", f"{check.description or check.expr}: {failure}", code)
                for code, check, failure in failures
            ),
        )
        return CheckResults(stage, off_task)


def compile_checks(checks: Sequence[Check], verifier: Verifier) -> CompiledChecks:
    """Compile the checks of a task whose format ``verifier`` knows.

    Raises:
        InvalidRequest: a check that nobody can evaluate; ``field`` is ``task.checks[i].…``.
    """
    return CompiledChecks(
        tuple(
            (check, _compile(check, verifier, f"task.checks[{index}]"))
            for index, check in enumerate(checks)
        )
    )


def _compile(check: Check, verifier: Verifier, place: str) -> Evaluate:
    if check.kind is CheckKind.REGO:
        raise InvalidRequest(
            f"{place}.kind", "this version evaluates jmespath checks only, no rego ones"
        )
    if check.policy:
        raise InvalidRequest(f"{place}.policy", "a jmespath check has an expr and no policy")
    if check.on not in verifier.targets:
        known = ", ".join(sorted(verifier.targets))
        raise InvalidRequest(
            f"{place}.on", f"{verifier.format} has no {check.on.value}; checks see: {known}"
        )
    if not (math.isfinite(check.weight) and check.weight > 0):
        raise InvalidRequest(f"{place}.weight", f"{check.weight} is not a positive finite number")
    try:
        return compile_expression(check.expr)
    except NotAnExpression as error:
        raise InvalidRequest(f"{place}.expr", f"{check.expr[:_SHOWN_CHARACTERS]!r}: {error}") from (
            error
        )


def _failure(check: Check, evaluate: Evaluate, projections: Mapping[Target, JsonValue]) -> str:
    """Why a check does not hold; "" where it does."""
    if check.on not in projections:
        return f"there is no {check.on.value} to look at"
    expected = True if check.expect is ABSENT else check.expect
    try:
        value = evaluate(projections[check.on])
    except NoValue as error:
        return f"no value: {str(error)[:_SHOWN_CHARACTERS]}"
    if json_equal(value, expected):
        return ""
    return f"expected {_shown(expected)}, found {_shown(value)}"


def _shown(value: JsonValue) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "a value that is nested too deep to show"
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
