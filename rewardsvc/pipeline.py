"""The way of a completion: request → files → verifier → checks → judge → reward → verdict.

:func:`prepare` is pure and finds out whether a request can be scored at all; :func:`examine` has
the tools and the checks look at the files; :func:`conclude` asks the judge, where there is one, and
composes the verdict. One direction: no step calls back up.

The first two read text of others, so a server has them done in a process that can be ended
(:mod:`rewardsvc.analysis`); the last one only counts.
"""

from dataclasses import dataclass, replace

from rewardsvc.answer import USUAL_MARKERS, Markers
from rewardsvc.artifact import Artifact
from rewardsvc.checks import CheckResults, CompiledChecks, Policies, compile_checks
from rewardsvc.errors import InvalidRequest
from rewardsvc.extract import extract
from rewardsvc.faults import classified
from rewardsvc.format import Format
from rewardsvc.formats import FORMATS
from rewardsvc.judge import NO_JUDGE, NOT_ASKED, Case, JudgeFailed, Judging
from rewardsvc.judge.prompt import rating_question
from rewardsvc.limits import require_task_limits
from rewardsvc.llm import Question
from rewardsvc.means import CODE, Inventory, beyond, chosen_fault, fault_of_server, readable
from rewardsvc.nearest import meant, nearest
from rewardsvc.reward import components_of, reward_of, rule_of
from rewardsvc.sizes import see_short, too_long
from rewardsvc.types import (
    Component,
    Components,
    Diagnostic,
    Fault,
    Fixture,
    JsonValue,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Target,
    Task,
    Verdict,
)
from rewardsvc.verification.given import UnusableFixtures, laid_out
from rewardsvc.verification.ladder import OVERRUN, syntax
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.wire.text import clean_text
from rewardsvc.witness import verified
from sandbox.lack import LackKind

NO_REWARD = Components(0.0, 0.0, 0.0)
"""No artifact in the completion."""


@dataclass(frozen=True, slots=True)
class CompiledTask:
    """A task that answers can be scored against.

    ``reference``: what its own answer contains; ``markers`` tell answers from thoughts;
    ``fixtures``: the checks of each.
    """

    format: Format
    checks: CompiledChecks
    reference: Artifact | None
    markers: Markers
    fixtures: tuple[CompiledChecks, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that can be scored. ``artifact`` is None where the completion has no file."""

    request: ScoreRequest
    format: Format
    checks: CompiledChecks
    artifact: Artifact | None
    fences: Stage
    reference: Artifact | None = None
    fixtures: tuple[CompiledChecks, ...] = ()

    @property
    def targets(self) -> frozenset[Target]:
        """What its checks look at."""
        return self.checks.targets.union(*(each.targets for each in self.fixtures))


def format_of(task: Task) -> Format:
    """What a task is to be answered in.

    Raises:
        InvalidRequest: nobody knows it.
    """
    format = FORMATS.get(task.format)
    if format is None:
        known = ", ".join(sorted(FORMATS))
        what = f"{task.format!r} is unknown{_meant(task.format)}"
        raise InvalidRequest("task.format", f"{what}; known: {known}")
    return format


def _meant(name: str) -> str:
    """The format whose label or whose name nearly it is, as words; "" where there is none."""
    labelled = [
        format.name for format in FORMATS.values() if name.lower() in format.verifier.languages
    ]
    return meant(labelled[0]) if len(labelled) == 1 else nearest(name.lower(), FORMATS)


def compile_task(task: Task, markers: Markers = USUAL_MARKERS) -> CompiledTask:
    """Resolve the format, compile the checks, extract the reference: all that the task says.

    ``markers`` tell the answer from thoughts.

    Raises:
        InvalidRequest: nobody can score it: an unknown format, a check that does not compile,
            means that cannot be read, more of something than one task may have.
    """
    require_task_limits(task)
    format = format_of(task)
    uses = {"truth": format.measures, "before": format.edits, "fixtures": format.fixtures}
    for name, used in uses.items():
        if used:
            continue
        if getattr(task, name) not in (None, {}, ()):
            raise InvalidRequest(f"task.{name}", f"answers in {format.name} have no use for it")
    readable(task.means)
    checks = compile_checks(task.checks, format, task.truth)
    fixtures = tuple(
        _compiled_fixture(fixture, format, task.truth, f"fixtures[{index}].")
        for index, fixture in enumerate(task.fixtures)
    )
    reference = None
    if task.reference:
        text = clean_text(task.reference)
        reference = extract(text, task, format.verifier, markers.of_references).artifact
    return CompiledTask(format, checks, reference, markers, fixtures)


def _compiled_fixture(
    fixture: Fixture, format: Format, truth: JsonValue, of: str
) -> CompiledChecks:
    if fixture.sql:
        raise InvalidRequest(f"task.{of}sql", f"answers in {format.name} have no use for it")
    try:
        laid_out(fixture.files.items())
    except UnusableFixtures as error:
        raise InvalidRequest(f"task.{of}files", str(error)) from error
    return compile_checks(fixture.checks, format, truth, of)


def prepare(request: ScoreRequest, markers: Markers = USUAL_MARKERS) -> Prepared:
    """Compile the task and extract the files of the completion.

    Raises:
        InvalidRequest: as :func:`compile_task` does.
    """
    return prepare_answer(compile_task(request.task, markers), request)


def prepare_answer(task: CompiledTask, request: ScoreRequest) -> Prepared:
    """Extract the files of a completion of that task."""
    # A caller in this process did not come over the wire, which cleans its texts.
    text = clean_text(request.completion)
    extraction = extract(text, request.task, task.format.verifier, task.markers)
    return Prepared(
        request,
        task.format,
        task.checks,
        extraction.artifact,
        extraction.stage,
        task.reference,
        task.fixtures,
    )


@dataclass(frozen=True, slots=True)
class Examined:
    """What the tools and the checks found of one completion: all that a verdict is made of.

    ``stages``: in order, the fences first and the checks last.
    ``parsed``, ``vacuous``, ``off_task``: see :func:`rewardsvc.reward.components_of`; ``empty``:
    there is no file in the completion, and so no reward.
    ``overrun``: its analysis reached a bound.
    ``fault``: why there is no reward, None where there is one; ``chosen``: it is the answer's
    choice, and no fault of ours.
    ``doubtful``: the tools failed on it and on nothing else; it is not to be kept.
    ``question``: what a judge is to be asked, None where it is not worth asking.
    """

    stages: tuple[Stage, ...] = ()
    parsed: bool = True
    vacuous: bool = False
    off_task: bool = False
    empty: bool = False
    overrun: bool = False
    fault: Fault | None = None
    chosen: bool = False
    doubtful: bool = False
    question: Question | None = None

    def components(self, *more: Stage) -> Components:
        """The parts of the reward; ``more`` are stages that were not known yet."""
        if self.empty:
            return NO_REWARD
        return components_of(
            (*self.stages, *more),
            parsed=self.parsed,
            vacuous=self.vacuous,
            off_task=self.off_task,
        )


def unread(request: ScoreRequest) -> Examined | None:
    """What is found of a request that is too long to be read; None where it is to be read.

    Raises:
        InvalidRequest: nobody can score it: an unknown format, a task that is too long.
    """
    format_of(request.task)
    see_short(request.task)
    stage = too_long(request.completion)
    return Examined((stage,), empty=True) if stage is not None else None


async def decide(
    prepared: Prepared,
    workbench: Workbench,
    weights: Components,
    *,
    policies: Policies | None = None,
    judging: Judging | None = None,
) -> Verdict:
    """Run the tools and compose the verdict; a fault of ours gives an UNSCORED one.

    ``policies`` evaluates Rego checks; ``judging`` rates the intent, nobody does where None.
    """
    examined = await examine(prepared, workbench, policies, asks=judging is not None)
    toolchain = workbench.toolchain.digest
    return await conclude(prepared.request.id, examined, toolchain, weights, judging)


async def examine(
    prepared: Prepared,
    workbench: Workbench,
    policies: Policies | None,
    *,
    asks: bool,
    limited: bool = False,
) -> Examined:
    """Have the tools and the checks look at the files, and word the judge's question if ``asks``.

    ``limited``: this process has a limit of memory, and what is lacking is the answer's doing.
    Never raises but for cancellation: what breaks is the fault of what it gives.
    """
    means = prepared.request.task.means
    with classified() as broken:
        if fault := fault_of_server(means, Inventory(workbench.toolchain)):
            return Examined(fault=fault)
        if prepared.artifact is None:
            return Examined((prepared.fences,), empty=True)
        bench = replace(
            workbench,
            looked_at=prepared.targets,
            task_input=prepared.request.task.input,
            task_before=prepared.request.task.before,
            task_fixtures=prepared.request.task.fixtures,
        )
        bound = means is not None
        findings = await verified(prepared.format, prepared.artifact, bench, bound=bound)
        stages = (prepared.fences, *findings.stages)
        if findings.fault is not None:
            return Examined(stages, fault=findings.fault)
        # What does not parse or makes nothing is SCORED, whatever it asks for.
        lacks = findings.lacking if findings.parsed and not findings.vacuous else ()
        if fault := chosen_fault(means, lacks):
            return Examined(stages, fault=fault, chosen=True)
        if stage := beyond(means, lacks):
            # Capped as what is vacuous, and looked into no further.
            stages = (*stages, stage)
            findings = replace(findings, vacuous=CODE, on_fixtures=())
        examined = await _evaluated(stages, findings, prepared.checks, policies)
        examined = replace(examined, doubtful=any(lack.kind is LackKind.CRASH for lack in lacks))
        for checks, found in zip(prepared.fixtures, findings.on_fixtures, strict=False):
            ran = (prepared.fences, *found.stages)
            examined = min(examined, await _evaluated(ran, found, checks, policies), key=_worth)
        stages = examined.stages
        if asks and _worth_asking(examined):
            case = Case(prepared.request.task, prepared.artifact, stages, prepared.reference)
            return replace(examined, question=rating_question(case))
        return examined
    if isinstance(broken.error, RecursionError):
        return overrun("it is nested too deeply", prepared.fences)
    if limited and isinstance(broken.error, MemoryError):
        return overrun("it ran out of memory", prepared.fences)
    return Examined(fault=broken.fault)


async def conclude(
    id: str,
    examined: Examined,
    toolchain: str,
    weights: Components,
    judging: Judging | None = None,
) -> Verdict:
    """The verdict, with the judge's stage where it is asked; a fault of ours is UNSCORED."""
    if judging is None or examined.question is None:
        return composed(id, examined, toolchain, weights, asks=judging is not None)
    with classified() as broken:
        stage = await judging.rate(examined.question)
        return _scored(id, examined, (stage,), toolchain, weights)
    verdict = Verdict.unscored(id, broken.fault, rule_of(weights), toolchain=toolchain)
    if isinstance(broken.error, JudgeFailed):  # what was found, and what the judge cost
        verdict = replace(verdict, stages=(*examined.stages, broken.error.stage))
    return verdict


def composed(
    id: str, examined: Examined, toolchain: str, weights: Components, *, asks: bool
) -> Verdict:
    """The verdict where no judge is to be asked; ``asks``: there is one. Pure."""
    if examined.fault is not None:
        verdict = Verdict.unscored(id, examined.fault, rule_of(weights), toolchain=toolchain)
        return replace(verdict, stages=examined.stages, chosen=examined.chosen)
    stages: tuple[Stage, ...] = ()
    if examined.parsed and not examined.vacuous and not examined.empty:
        stages = (NOT_ASKED if asks else NO_JUDGE,)
    with classified() as broken:
        return _scored(id, examined, stages, toolchain, weights)
    return Verdict.unscored(id, broken.fault, rule_of(weights), toolchain=toolchain)


def _scored(
    id: str,
    examined: Examined,
    stages: tuple[Stage, ...],
    toolchain: str,
    weights: Components,
) -> Verdict:
    """The verdict with the judge's ``stages``."""
    components = examined.components(*stages)
    return Verdict(
        id=id,
        status=Status.SCORED,
        reward=reward_of(components, weights),
        components=components,
        stages=(*examined.stages, *stages),
        failure_kind=None,
        failure_reason="",
        toolchain=toolchain,
        rule=rule_of(weights),
    )


def overrun(why: str, *before: Stage) -> Examined:
    """What is found of an answer whose analysis reached a bound: it counts as one that does not
    parse. ``before`` are the stages that came before."""
    found = Diagnostic("error", f"its analysis was given up: {why}", OVERRUN)
    return Examined((*before, syntax("parse", (found,), 0.0)), parsed=False, overrun=True)


def _worth_asking(examined: Examined) -> bool:
    """Whether a judge's word can change anything: a judgement costs, and what is 0 stays 0."""
    return examined.parsed and not examined.vacuous and examined.components().correctness > 0


async def _evaluated(
    stages: tuple[Stage, ...],
    findings: Findings,
    checks: CompiledChecks,
    policies: Policies | None,
) -> Examined:
    """What comes of findings, whose ``stages`` are known, with the checks."""
    results = await _checked(checks, findings, policies)
    if results.stage is not None:
        stages = (*stages, results.stage)
    return Examined(
        stages,
        parsed=findings.parsed,
        vacuous=bool(findings.vacuous),
        off_task=results.off_task,
    )


def _worth(examined: Examined) -> tuple[float, float, float]:
    """What of a run counts, whatever the weights are: one that is capped is wrong altogether."""
    components = examined.components()
    return components.correctness, components.syntax, components.format


async def _checked(
    checks: CompiledChecks, findings: Findings, policies: Policies | None
) -> CheckResults:
    """What the checks come to; skipped where there is nothing that they could look at."""
    if not findings.parsed or findings.vacuous:
        if not checks.checks:
            return CheckResults(None, off_task=False)
        skipped = Stage("checks", Component.CORRECTNESS, StageStatus.SKIPPED, 0.0)
        return CheckResults(skipped, off_task=False)
    consulted = await checks.consult(findings.projections, policies, findings.no_op)
    return checks.evaluate(findings.projections, consulted, findings.no_op)
