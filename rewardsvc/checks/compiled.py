"""From a task's checks to the ``checks`` stage: compile once, evaluate on what a verifier found."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from rewardsvc.checks.cost import may_take_long
from rewardsvc.checks.equality import json_equal
from rewardsvc.checks.jmes import (
    Evaluate,
    NotAnExpression,
    NoValue,
    compile_expression,
    quoting_hint,
)
from rewardsvc.checks.measures import Grade, GradedMeasure, Grading, NotComparable
from rewardsvc.checks.named import Vocabulary, read_named_check
from rewardsvc.checks.no_op import NO_OP, holds_of_no_op
from rewardsvc.checks.policies import Policies, PolicyAnswer
from rewardsvc.checks.rego import MAX_QUERY_CHARACTERS, Module, NotAPolicy, read_module
from rewardsvc.errors import InvalidRequest
from rewardsvc.limits import require_weight
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
from sandbox.errors import ToolMissing

MAX_RULES = 100
"""That one check may name."""

_OF_KIND: Mapping[CheckKind, frozenset[str]] = {
    CheckKind.JMESPATH: frozenset({"on", "expr", "expect"}),
    CheckKind.REGO: frozenset({"on", "expr", "expect", "policy", "rules"}),
    CheckKind.NAMED: frozenset({"name", "arguments"}),
    CheckKind.GRADED: frozenset({"measure", "arguments"}),
}
_BELONGING = frozenset().union(*_OF_KIND.values())
"""The fields of a check that belong to some kinds of checks only, and to which."""

_SHOWN_CHARACTERS = 200
"""Of an expected or found value in a diagnostic."""


class Checkable(Vocabulary, Protocol):
    """A format, as far as its checks go: :class:`rewardsvc.format.Format` is one."""

    @property
    def targets(self) -> frozenset[Target]:
        """What they may look at."""
        ...

    @property
    def measures(self) -> tuple[GradedMeasure, ...]:
        """What graded checks may name."""
        ...


@dataclass(frozen=True, slots=True)
class CheckResults:
    """What the checks of one task came to on one artifact.

    ``stage``: the ``checks`` stage, of component correctness; None where the task has no checks.
    ``off_task``: there are checks and none of them holds, by any degree, but for those that would
    hold as far of an answer without anything in it.
    """

    stage: Stage | None
    off_task: bool


@dataclass(frozen=True, slots=True)
class RegoQuestion:
    """What a Rego check asks of its policy: a query, or one for each of its rules."""

    module: Module
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded check, with the truth in its grading."""

    measure: str
    grading: Grading


Compiled = Evaluate | RegoQuestion | Graded
"""What is ready to be evaluated."""


@dataclass(frozen=True, slots=True)
class Consulted:
    """What came of the checks that were evaluated out of process, by their index.

    ``failures``: why a check does not hold, "" where it does.
    ``of_no_op``: the Rego checks that would hold of a no-op answer.
    """

    failures: Mapping[int, str] = field(default_factory=dict)
    of_no_op: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class CompiledChecks:
    """Checks that are ready to be evaluated, made by :func:`compile_checks`.

    ``of``: where in the task they stand, before ``checks[2]``; "" for its own.
    """

    checks: tuple[tuple[Check, Compiled], ...]
    of: str = ""

    @property
    def targets(self) -> frozenset[Target]:
        """What they look at."""
        return frozenset(check.target for check, _ in self.checks)

    async def consult(
        self,
        projections: Mapping[Target, JsonValue],
        policies: Policies | None,
        no_op: Mapping[Target, JsonValue] = NO_OP,
    ) -> Consulted:
        """Evaluate what is evaluated out of process.

        Those are the Rego checks, and where ``policies`` are there, expressions that may take long
        on this data, so that nobody else waits for them.

        Raises:
            sandbox.errors.*: a fault of ours.
        """
        failures: dict[int, str] = {}
        of_no_op: set[int] = set()
        for index, (check, compiled) in enumerate(self.checks):
            if check.target not in projections:
                continue
            data = projections[check.target]
            if isinstance(compiled, RegoQuestion):
                if policies is None:
                    raise ToolMissing("nothing was started here that evaluates Rego checks")
            elif (
                isinstance(compiled, Graded)
                or policies is None
                or not may_take_long(check.expr, data)
            ):
                continue
            failures[index] = await _consult(policies, check, compiled, data)
            if isinstance(compiled, RegoQuestion) and not failures[index]:
                empty = no_op.get(check.target, NO_OP[check.target])
                if not await _consult(policies, check, compiled, empty):
                    of_no_op.add(index)
        return Consulted(failures, frozenset(of_no_op))

    def evaluate(
        self,
        projections: Mapping[Target, JsonValue],
        consulted: Consulted = Consulted(),
        no_op: Mapping[Target, JsonValue] = NO_OP,
    ) -> CheckResults:
        """Evaluate on what a verifier has to show; ``consulted`` is from :meth:`consult`. Pure.

        ``no_op`` is what it would show of an answer that does nothing, where that is known.

        A check whose target is not there (a plan that did not come about) does not hold. The
        score is the weight that holds, of a graded check by its grade, divided by the weight of
        all; 0 where off-task. A diagnostic's code names the check that does not hold by its index:
        ``checks[2]``, of a fixture ``fixtures[0].checks[2]``.
        """
        if not self.checks:
            return CheckResults(None, off_task=False)
        found: list[Diagnostic] = []
        lost: list[float] = []
        worked = False
        for index, (check, compiled) in enumerate(self.checks):
            grade = _grade(check, compiled, projections, consulted.failures.get(index))
            lost.append(check.weight * (1.0 - grade.value))
            if grade.value and not worked and index not in consulted.of_no_op:
                worked = grade.value > _of_no_op(check, compiled, no_op)
            if grade.differences:
                message = f"{_title(check)}: {'; '.join(grade.differences)}"
                found.append(Diagnostic("error", message, f"{self.of}checks[{index}]"))
        if not worked and not found:
            what = "every check holds of an answer without anything in it as well"
            found.append(Diagnostic("error", what, "off-task"))
        total = math.fsum(check.weight for check, _ in self.checks)
        stage = Stage(
            "checks",
            Component.CORRECTNESS,
            StageStatus.FAILED if found else StageStatus.PASSED,
            min(1.0, max(0.0, (total - math.fsum(lost)) / total)) if worked else 0.0,
            diagnostics=tuple(found),
        )
        return CheckResults(stage, off_task=not worked)


def compile_checks(
    checks: Sequence[Check], format: Checkable, truth: JsonValue = None, of: str = ""
) -> CompiledChecks:
    """Compile the checks of a task of a format; ``truth`` is what graded ones compare with.

    ``of``: of what in the task they are, ``fixtures[0].``; "" for its own.

    Raises:
        InvalidRequest: a check that nobody can evaluate; ``field`` is ``task.checks[i].…``.
    """
    return CompiledChecks(
        tuple(
            _compiled(check, format, f"task.{of}checks[{index}]", truth)
            for index, check in enumerate(checks)
        ),
        of,
    )


def _compiled(
    check: Check, format: Checkable, place: str, truth: JsonValue
) -> tuple[Check, Compiled]:
    """The check with its target (a named one as what it renders to), and ready to be evaluated."""
    _refuse_foreign(check, place)
    if check.kind is CheckKind.GRADED:
        return _graded(check, format, place, truth)
    if check.kind is CheckKind.NAMED:
        check = _rendered(check, format, place)
    return check, _compile(check, format, place)


def _refuse_foreign(check: Check, place: str) -> None:
    """Refuse what belongs to another kind of check: it would be ignored without a word."""
    for name in _BELONGING - _OF_KIND[check.kind]:
        if getattr(check, name) not in (None, "", (), {}, ABSENT):
            owners = " or ".join(kind for kind, names in _OF_KIND.items() if name in names)
            raise InvalidRequest(
                f"{place}.{name}", f"a {check.kind.value} check has no {name}; {owners} has one"
            )


def _rendered(check: Check, format: Checkable, place: str) -> Check:
    """A named check as a check in JMESPath, with its own words where it brings some."""
    words = {"check": check.name, **check.arguments}
    try:
        rendered = read_named_check(words, format).render(weight=check.weight)
    except ValueError as error:
        known = any(check.name == each.word() for each in format.named)
        where = "arguments" if known else "name"
        raise InvalidRequest(f"{place}.{where}", str(error)) from error
    return replace(rendered, description=check.description or rendered.description)


def _graded(check: Check, format: Checkable, place: str, truth: JsonValue) -> tuple[Check, Graded]:
    """A graded check that says what it looks at, and its grading."""
    require_weight(f"{place}.weight", check.weight)
    measures = {each.name: each for each in format.measures}
    if (measure := measures.get(check.measure)) is None:
        known = f"known: {', '.join(measures)}" if measures else f"{format.name} has no measures"
        raise InvalidRequest(f"{place}.measure", f"{check.measure!r} is unknown; {known}")
    try:
        grading = measure.against(truth, check.arguments)
    except NotComparable as error:
        where = "task.truth" if error.field == "truth" else f"{place}.{error.field}"
        raise InvalidRequest(where, f"{measure.name}: {error}") from error
    described = check.description or measure.described
    return replace(check, on=measure.on, description=described), Graded(measure.name, grading)


def _compile(check: Check, format: Checkable, place: str) -> Evaluate | RegoQuestion:
    known = ", ".join(sorted(format.targets))
    if check.on is None:
        raise InvalidRequest(f"{place}.on", f"missing; one of {known}")
    if check.on not in format.targets:
        raise InvalidRequest(
            f"{place}.on", f"{format.name} has no {check.on.value}; checks see: {known}"
        )
    require_weight(f"{place}.weight", check.weight)
    if check.kind is CheckKind.REGO:
        return _compile_rego(check, place)
    try:
        return compile_expression(check.expr)
    except NotAnExpression as error:
        raise InvalidRequest(f"{place}.expr", f"{check.expr[:_SHOWN_CHARACTERS]!r}: {error}") from (
            error
        )


def _compile_rego(check: Check, place: str) -> RegoQuestion:
    try:
        module = read_module(check.policy)
    except NotAPolicy as error:
        raise InvalidRequest(f"{place}.policy", str(error)) from error
    if not check.rules:
        if not check.expr.strip():
            raise InvalidRequest(
                f"{place}.expr", "a rego check has an expr (a query), or rules that must be true"
            )
        if len(check.expr) > MAX_QUERY_CHARACTERS:
            raise InvalidRequest(f"{place}.expr", f"longer than {MAX_QUERY_CHARACTERS} characters")
        return RegoQuestion(module, (check.expr,))
    if check.expr:
        raise InvalidRequest(f"{place}.rules", "a rego check has an expr or rules, not both")
    if check.expect is not ABSENT:
        raise InvalidRequest(f"{place}.expect", "rules must be true; expect goes with an expr")
    if len(check.rules) > MAX_RULES:
        raise InvalidRequest(f"{place}.rules", f"more than {MAX_RULES} rules")
    queries = []
    for number, name in enumerate(check.rules):
        try:
            queries.append(module.rule(name))
        except NotAPolicy as error:
            raise InvalidRequest(f"{place}.rules[{number}]", str(error)) from error
    return RegoQuestion(module, tuple(queries))


def _title(check: Check) -> str:
    return check.description or check.expr or f"rules {', '.join(check.rules)}"


_HOLDS = Grade(1.0)


def _grade(
    check: Check,
    compiled: Compiled,
    projections: Mapping[Target, JsonValue],
    consulted: str | None,
) -> Grade:
    """How far a check holds: 0 or 1, or the grade of a graded one."""
    if check.target not in projections:
        return Grade(0.0, (f"there is no {check.target.value} to look at",))
    if isinstance(compiled, Graded):
        return compiled.grading(projections[check.target])
    failure = _failure(check, compiled, projections[check.target], consulted)
    return Grade(0.0, (failure,)) if failure else _HOLDS


def _of_no_op(check: Check, compiled: Compiled, no_op: Mapping[Target, JsonValue]) -> float:
    """How far a check holds of a no-op answer; 0 of a Rego check, which is evaluated elsewhere."""
    if isinstance(compiled, RegoQuestion):
        return 0.0
    if isinstance(compiled, Graded):
        return compiled.grading(no_op.get(check.target, NO_OP[check.target])).value
    return float(holds_of_no_op(check, compiled, no_op))


def _failure(
    check: Check, compiled: Evaluate | RegoQuestion, shown: JsonValue, consulted: str | None
) -> str:
    """Why a check does not hold; "" where it does."""
    if consulted is not None:
        return consulted
    if isinstance(compiled, RegoQuestion):
        raise RuntimeError("a Rego check is evaluated by consult()")
    try:
        value = compiled(shown)
    except NoValue as error:
        return f"no value: {str(error)[:_SHOWN_CHARACTERS]}{quoting_hint(check.expr)}"
    return _unexpected(check, (value,))


async def _consult(
    policies: Policies, check: Check, compiled: Evaluate | RegoQuestion, data: JsonValue
) -> str:
    """Why a check does not hold that is evaluated out of process; "" where it does."""
    try:
        if not isinstance(compiled, RegoQuestion):
            (answer,) = await policies.search((check.expr,), data)
            return _unanswered(check, answer)
        answers = await policies.evaluate(compiled.module, compiled.queries, data)
    except NoValue as error:
        return f"no value: {error}"
    if not check.rules:
        (answer,) = answers
        return _unanswered(check, answer)
    untrue = [
        f"{name} is {answer.problem or ', '.join(map(_shown, answer.values)) or 'undefined'}"
        for name, answer in zip(check.rules, answers, strict=True)
        if answer.problem or not answer.values or any(value is not True for value in answer.values)
    ]
    return f"not true: {'; '.join(untrue)}" if untrue else ""


def _unanswered(check: Check, answer: PolicyAnswer) -> str:
    """Why an answer is not what a check expects; "" where it is."""
    if answer.problem:
        return f"no value: {answer.problem[:_SHOWN_CHARACTERS]}"
    return _unexpected(check, answer.values)


def _unexpected(check: Check, values: Sequence[JsonValue]) -> str:
    """Why none of the values is the expected one; "" where one is: Rego finds several ways."""
    expected = True if check.expect is ABSENT else check.expect
    if any(json_equal(value, expected) for value in values):
        return ""
    found = ", ".join(map(_shown, values)) or "undefined"
    hint = quoting_hint(check.expr) if check.kind is CheckKind.JMESPATH else ""
    return f"expected {_shown(expected)}, found {found}{hint}"


def _shown(value: JsonValue) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "a value that is nested too deep to show"
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
