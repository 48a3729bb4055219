"""The way of a completion: request → files → verifier → checks → judge → reward → verdict.

:func:`prepare` is pure and finds out whether a request can be scored at all; :func:`decide` runs
the tools and, where one is configured, asks the judge. One direction: no step calls back up.
"""

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace

from rewardsvc.artifact import Artifact
from rewardsvc.checks import CheckResults, CompiledChecks, Policies, compile_checks
from rewardsvc.errors import InvalidRequest
from rewardsvc.extract import extract
from rewardsvc.faults import classify
from rewardsvc.judge import NO_JUDGE, NOT_ASKED, Case, JudgeFailed, Judging
from rewardsvc.reward import components_of, reward_of, rule_of
from rewardsvc.types import (
    Component,
    Components,
    Fault,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Verdict,
)
from rewardsvc.verifiers import VERIFIERS
from rewardsvc.verifiers.base import Findings, Verifier, Workbench
from rewardsvc.wire import clean_text

NO_REWARD = Components(0.0, 0.0, 0.0)
"""No artifact in the completion."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that can be scored. ``artifact`` is None where the completion has no file."""

    request: ScoreRequest
    verifier: Verifier
    checks: CompiledChecks
    artifact: Artifact | None
    fences: Stage


def prepare(request: ScoreRequest) -> Prepared:
    """Resolve the format, compile the checks, extract the files.

    Raises:
        InvalidRequest: nobody can score it: an unknown format, a check that does not compile.
    """
    verifier = VERIFIERS.get(request.task.format)
    if verifier is None:
        known = ", ".join(sorted(VERIFIERS))
        raise InvalidRequest("task.format", f"{request.task.format!r} is unknown; known: {known}")
    for name in ("before", "fixtures"):
        if getattr(request.task, name):
            raise InvalidRequest(f"task.{name}", f"answers in {verifier.format} have no use for it")
    checks = compile_checks(request.task.checks, verifier)
    # A caller in this process did not come over the wire, which cleans its texts.
    extraction = extract(clean_text(request.completion), request.task, verifier)
    return Prepared(request, verifier, checks, extraction.artifact, extraction.stage)


async def decide(
    prepared: Prepared,
    workbench: Workbench,
    weights: Components,
    *,
    policies: Policies | None = None,
    judging: Judging | None = None,
    place: AbstractAsyncContextManager[None] | None = None,
) -> Verdict:
    """Run the tools and compose the verdict; a fault of ours gives an UNSCORED one.

    ``policies`` evaluates Rego checks; ``judging`` rates the intent, nobody does where None.
    ``place`` is held while the tools run; an answer of the judge is waited for without it.
    """
    toolchain = workbench.toolchain.digest
    if prepared.artifact is None:
        return _scored(prepared, (prepared.fences,), NO_REWARD, toolchain, weights)
    stages: tuple[Stage, ...] = (prepared.fences,)
    try:
        async with place or nullcontext():
            bench = replace(
                workbench,
                looked_at=prepared.checks.targets,
                task_input=prepared.request.task.input,
            )
            findings = await prepared.verifier.verify(prepared.artifact, bench)
            if findings.fault is not None:
                verdict = unscored(prepared.request.id, findings.fault, toolchain, weights)
                return replace(verdict, stages=(*stages, *findings.stages))
            stages, results = await _with_checks(prepared, findings, policies)
        components = _components(stages, findings, results)
        if findings.parsed and not findings.vacuous:
            judge = await _judgement(prepared, prepared.artifact, stages, components, judging)
            stages = (*stages, judge)
            components = _components(stages, findings, results)
    except Exception as error:  # noqa: BLE001 - the one place that classifies
        verdict = unscored(prepared.request.id, classify(error), toolchain, weights)
        if isinstance(error, JudgeFailed):  # what was found, and what the judge cost
            verdict = replace(verdict, stages=(*stages, error.stage))
        return verdict
    return _scored(prepared, stages, components, toolchain, weights)


def unscored(id: str, fault: Fault, toolchain: str, weights: Components) -> Verdict:
    """The verdict for a fault of ours."""
    return Verdict(
        id=id,
        status=Status.UNSCORED,
        reward=None,
        components=None,
        stages=(),
        failure_kind=fault.kind,
        failure_reason=fault.reason,
        toolchain=toolchain,
        rule=rule_of(weights),
    )


def _components(stages: tuple[Stage, ...], findings: Findings, results: CheckResults) -> Components:
    return components_of(
        stages,
        parsed=findings.parsed,
        vacuous=bool(findings.vacuous),
        off_task=results.off_task,
    )


async def _judgement(
    prepared: Prepared,
    artifact: Artifact,
    stages: tuple[Stage, ...],
    components: Components,
    judging: Judging | None,
) -> Stage:
    """The ``judge`` stage of an artifact that got as far as the checks.

    Raises:
        JudgeFailed: judgement is missing and required.
    """
    if judging is None:
        return NO_JUDGE
    if components.correctness == 0:
        return NOT_ASKED
    task = prepared.request.task
    reference = extract(clean_text(task.reference), task, prepared.verifier).artifact
    return await judging.stage(Case(task, artifact, stages, reference))


async def _with_checks(
    prepared: Prepared, findings: Findings, policies: Policies | None
) -> tuple[tuple[Stage, ...], CheckResults]:
    """All stages in order, the fences first and the checks last."""
    stages = (prepared.fences, *findings.stages)
    if not findings.parsed or findings.vacuous:
        if not prepared.checks.checks:
            return stages, CheckResults(None, off_task=False)
        skipped = Stage("checks", Component.CORRECTNESS, StageStatus.SKIPPED, 0.0)
        return (*stages, skipped), CheckResults(skipped, off_task=False)
    consulted = await prepared.checks.consult(findings.projections, policies, findings.nothing)
    results = prepared.checks.evaluate(findings.projections, consulted, findings.nothing)
    return (*stages, results.stage) if results.stage else stages, results


def _scored(
    prepared: Prepared,
    stages: tuple[Stage, ...],
    components: Components,
    toolchain: str,
    weights: Components,
) -> Verdict:
    return Verdict(
        id=prepared.request.id,
        status=Status.SCORED,
        reward=reward_of(components, weights),
        components=components,
        stages=stages,
        failure_kind=None,
        failure_reason="",
        toolchain=toolchain,
        rule=rule_of(weights),
    )
