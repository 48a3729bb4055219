"""Terraform: parse, validate and plan with the real providers, ``terraform fmt``, and deploy."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from rewardsvc.artifact import Artifact
from rewardsvc.formats.terraform.changes import CHANGE, changes_in
from rewardsvc.formats.terraform.config import read_config
from rewardsvc.formats.terraform.lint import warnings_of
from rewardsvc.formats.terraform.planned import Planned
from rewardsvc.formats.terraform.refusals import REFUSALS
from rewardsvc.formats.terraform.vacuity import plans_nothing, why_vacuous
from rewardsvc.formats.terraform.versions import used
from rewardsvc.means import Lack, LackKind
from rewardsvc.types import Component, Diagnostic, FailureKind, Fault, JsonValue, Stage, Target
from rewardsvc.verification.ladder import gate, lint, shortened, skipped, syntax
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.errors import ToolMissing
from sandbox.terraform import Deployment, Depth, Phase, TerraformOutcome

_LATER = (
    ("validate", Component.SYNTAX),
    ("plan", Component.CORRECTNESS),
    ("fmt", Component.FORMAT),
    ("lint", Component.FORMAT),
)
_DEPLOY = ("deploy", Component.CORRECTNESS)

_MOST_TOLD = 200
"""Changes that a verdict names."""

APPLIED_CREDIT = 0.5
"""Of ``deploy`` for what is applied, and then would change again or cannot be destroyed."""


class TerraformVerifier:
    """Stages: ``parse``, ``validate`` (syntax), ``plan`` (correctness), ``fmt`` and
    ``lint`` (format), which is what :mod:`rewardsvc.formats.terraform.lint` finds.

    Where the workbench takes configurations that far, ``deploy`` (correctness) comes last.

    ``plan`` is ``terraform show -json`` of the plan, there where it succeeded; ``config`` is the
    parsed HCL of the root module (:mod:`rewardsvc.formats.terraform.config` has its shape). Where
    something stood before, the plan is of changes to it, and who changes nothing has done nothing.
    """

    format = "terraform"
    languages = frozenset({"hcl", "terraform", "tf"})
    default_path = "main.tf"
    many = True
    companions = True
    tools: tuple[str, ...] = ("terraform",)
    targets = frozenset({Target.PLAN, Target.CONFIG})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        files = {file.path: file.text.encode() for file in artifact.files}
        deploys = workbench.terraform_until >= Depth.DEPLOY
        started = time.perf_counter()
        vacuous = why_vacuous(files, workbench.toolchain.terraform_modules)
        if vacuous:
            parse = syntax("parse", (), time.perf_counter() - started)
            return _with_deploy(_vacuous(parse, vacuous), None, deploys)
        if workbench.terraform is None:
            workbench.toolchain.require("terraform")
            raise ToolMissing("terraform was not found when the server started")
        before = {path: text.encode() for path, text in workbench.task_before.items()}
        outcome, read = await asyncio.gather(
            workbench.terraform.run(files, workbench.terraform_until, before),
            _read(files, workbench),  # meanwhile
        )
        findings = _findings(outcome, files, *read)
        if outcome.unchanged is not None:
            findings = replace(findings, no_op=_unchanged(outcome.unchanged, before, workbench))
        return _with_deploy(findings, outcome.deploy, deploys)


def _unchanged(
    plan: Mapping[str, JsonValue], before: Mapping[str, bytes], workbench: Workbench
) -> dict[Target, JsonValue]:
    """What the projections would show of an answer that leaves everything as it was."""
    config = read_config(before) if Target.CONFIG in workbench.looked_at else None
    return {Target.PLAN: plan} | ({} if config is None else {Target.CONFIG: config})


async def _read(
    files: Mapping[str, bytes], workbench: Workbench
) -> tuple[JsonValue, tuple[str, ...], tuple[Diagnostic, ...]]:
    """What is known without Terraform: the parsed configuration, the tools, lint."""
    config = read_config(files if Target.CONFIG in workbench.looked_at else {})
    return config, used(files, workbench.toolchain), warnings_of(files)


def _findings(
    outcome: TerraformOutcome,
    files: Mapping[str, bytes],
    config: JsonValue,
    tools: tuple[str, ...],
    warnings: tuple[Diagnostic, ...],
) -> Findings:
    parse = syntax("parse", _diagnostics(outcome.parse), outcome.parse.seconds)
    if not outcome.parse.passed:
        why = "a file does not parse"
        return Findings((parse, *_skip(_LATER, why)), parsed=False)
    projections: dict[Target, JsonValue] = {}
    if config is not None:
        projections[Target.CONFIG] = config
    warnings = (*warnings, *_refused(outcome.plan_json, files))
    looks = (_fmt(outcome), lint("lint", warnings, 0.0))
    if outcome.missing_providers:
        missing = ", ".join(outcome.missing_providers)
        stages = (parse, *_skip(_LATER[:2], f"not installed: {missing}"), *looks)
        return Findings(stages, projections=projections, lacking=outcome.lacking)
    notes = [Diagnostic("info", tool, "toolchain") for tool in tools]
    notes += [Diagnostic("info", f"overlooked: {what}", "relaxed") for what in outcome.relaxed]
    validate = syntax(
        "validate", [*_diagnostics(outcome.validate), *notes], outcome.validate.seconds
    )
    if outcome.plan is None:
        plan = skipped("plan", Component.CORRECTNESS, "validate failed")
        stages = (parse, validate, plan, *looks)
        return Findings(stages, projections=projections, lacking=outcome.lacking)
    plan = _plan(outcome.plan)
    if outcome.plan_json is not None:
        edited = outcome.unchanged is not None
        if empty := plans_nothing(outcome.plan_json, edited=edited):
            return _vacuous(parse, empty)
        if edited:
            plan = replace(plan, diagnostics=(*plan.diagnostics, *_told(outcome.plan_json)))
        projections[Target.PLAN] = outcome.plan_json
    stages = (parse, validate, plan, *looks)
    return Findings(stages, projections=projections, lacking=outcome.lacking)


def _refused(plan: JsonValue, files: Mapping[str, bytes]) -> list[Diagnostic]:
    """What AWS would refuse at apply of what is planned."""
    if plan is None:
        return []
    return list(refusals_in(REFUSALS, Planned.of(plan, files)))


def _told(plan: JsonValue) -> Iterator[Diagnostic]:
    """The changes in a plan, those of the first resources each."""
    for change in changes_in(plan)[:_MOST_TOLD]:
        yield Diagnostic("info", str(change), CHANGE)


def _vacuous(parse: Stage, why: str) -> Findings:
    return Findings((parse, *_skip(_LATER, why)), vacuous=why)


def _skip(rungs: tuple[tuple[str, Component], ...], why: str) -> tuple[Stage, ...]:
    return tuple(skipped(name, component, why) for name, component in rungs)


def _with_deploy(findings: Findings, deployment: Deployment | None, asked: bool) -> Findings:
    """The findings with the stage ``deploy``, where that is asked for."""
    if not asked:
        return findings
    if deployment is None or findings.vacuous:
        stage = skipped(*_DEPLOY, findings.vacuous or "there is no plan to apply")
    elif deployment.gap:
        reason = shortened(f"the AWS emulator cannot tell: {deployment.gap}")
        stage = skipped(*_DEPLOY, reason)
        if deployment.broken:
            findings = replace(findings, fault=Fault(FailureKind.EMULATOR_FAILED, reason))
        else:
            lack = Lack(LackKind.FACT, _DEPLOY[0], reason)
            findings = replace(findings, lacking=(*findings.lacking, lack))
    else:
        stage = _deploy(deployment)
    return replace(findings, stages=(*findings.stages, stage))


def _deploy(deployment: Deployment) -> Stage:
    """Applied, planned empty and destroyed earns all, applied alone a part."""
    phases = (deployment.applied, deployment.unchanged, deployment.destroyed)
    ran = [phase for phase in phases if phase is not None]
    found = [item for phase in ran for item in _diagnostics(phase)]
    found += [Diagnostic("info", what, "deploy") for what in deployment.notes]
    passed = len(ran) == len(phases) and all(phase.passed for phase in ran)
    stage = gate(_DEPLOY[0], found, sum(phase.seconds for phase in ran), _DEPLOY[1])
    score = 1.0 if passed else APPLIED_CREDIT if deployment.applied.passed else 0.0
    return replace(stage, score=score)


def _plan(phase: Phase) -> Stage:
    """A plan succeeds or does not: no credit for one that half works."""
    stage = gate("plan", _diagnostics(phase), phase.seconds, Component.CORRECTNESS)
    if phase.passed:
        return stage
    return Stage(stage.name, stage.component, stage.status, 0.0, stage.seconds, stage.diagnostics)


def _fmt(outcome: TerraformOutcome) -> Stage:
    problems = [
        Diagnostic("error", f"terraform fmt would change {path}", "fmt", path)
        for path in outcome.unformatted
    ]
    return gate("fmt", problems, 0.0, Component.FORMAT)


def _diagnostics(phase: Phase) -> list[Diagnostic]:
    """What Terraform said; a phase that failed without a word still has an error."""
    found = [
        Diagnostic(
            problem.severity,
            shortened(
                f"{problem.summary}: {problem.detail}" if problem.detail else problem.summary
            ),
            "terraform",
            problem.file,
            problem.line,
        )
        for problem in phase.problems
    ]
    if not phase.passed and not any(item.severity == "error" for item in found):
        found.append(Diagnostic("error", "it failed without saying why", "terraform"))
    return found
