"""The way of a completion: request → files → verifier → checks → judge → reward → verdict.

:func:`prepare` is pure and finds out whether a request can be scored at all; :func:`decide` runs
the tools and, where one is configured, asks the judge. One direction: no step calls back up.
"""

from dataclasses import dataclass, replace

from rewardsvc.artifact import Artifact
from rewardsvc.checks import CheckResults, CompiledChecks, Policies, compile_checks
from rewardsvc.errors import InvalidRequest
from rewardsvc.extract import extract
from rewardsvc.faults import classify
from rewardsvc.judge import Case, Judging
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
) -> Verdict:
    """Run the tools and compose the verdict; a fault of ours gives an UNSCORED one.

    ``policies`` evaluates Rego checks; ``judging`` rates the intent, nobody does where None.
    """
    toolchain = workbench.toolchain.digest
    if prepared.artifact is None:
        return _scored(prepared, (prepared.fences,), NO_REWARD, toolchain, weights)
    try:
        bench = replace(workbench, looked_at=prepared.checks.targets)
        findings = await prepared.verifier.verify(prepared.artifact, bench)
        stages, results = await _with_checks(prepared, findings, policies)
        if judging is not None and _worth_judging(findings, results):
            case = Case(prepared.request.task, prepared.artifact, stages)
            stages = (*stages, await judging.stage(case))
        components = components_of(
            stages,
            parsed=findings.parsed,
            vacuous=bool(findings.vacuous),
            off_task=results.off_task,
        )
    except Exception as error:  # noqa: BLE001 - the one place that classifies
        return unscored(prepared.request.id, classify(error), toolchain, weights)
    if findings.fault is not None:
        verdict = unscored(prepared.request.id, findings.fault, toolchain, weights)
        return replace(verdict, stages=(prepared.fences, *findings.stages))
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


def _worth_judging(findings: Findings, results: CheckResults) -> bool:
    """Whether the correctness is still open: a judgement costs, and what is 0 stays 0."""
    accepted = findings.parsed and not findings.vacuous and findings.fault is None
    return accepted and not results.off_task


async def _with_checks(
    prepared: Prepared, findings: Findings, policies: Policies | None
) -> tuple[tuple[Stage, ...], CheckResults]:
    """All stages in order, the fences first and the checks last."""
    stages = (prepared.fences, *findings.stages)
    if not findings.parsed or findings.vacuous or findings.fault is not None:
        if not prepared.checks.checks:
            return stages, CheckResults(None, off_task=False)
        skipped = Stage("checks", Component.CORRECTNESS, StageStatus.SKIPPED, 0.0)
        return (*stages, skipped), CheckResults(skipped, off_task=False)
    consulted = await prepared.checks.consult(findings.projections, policies)
    results = prepared.checks.evaluate(findings.projections, consulted)
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
