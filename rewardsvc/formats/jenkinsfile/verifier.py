"""Declarative Jenkinsfiles: Groovy, the declarative model, shellcheck on the scripts of ``sh``."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.jenkinsfile.calls import called
from rewardsvc.formats.jenkinsfile.groovy import GroovyError, parse
from rewardsvc.formats.jenkinsfile.groovy.nodes import GString, Literal, Node
from rewardsvc.formats.jenkinsfile.refusals import REFUSALS, JenkinsPipeline
from rewardsvc.formats.jenkinsfile.structure import Model, read_model
from rewardsvc.types import Component, Diagnostic, JsonValue, Stage, Target
from rewardsvc.verification.ladder import shortened, skipped, syntax
from rewardsvc.verification.pipelines.scripts import STAGE as SHELLCHECK
from rewardsvc.verification.pipelines.scripts import Script, check_scripts
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.verifier import Findings, Workbench

_LATER = (("structure", Component.SYNTAX), (SHELLCHECK, Component.FORMAT))
_NOT_DECLARATIVE = (
    "there is no pipeline { … } block: a scripted pipeline (node { … }) is not a declarative one"
)


@dataclass(frozen=True, slots=True)
class _Looked:
    """One file, looked at. ``model`` is None where it does not parse."""

    file: File
    model: Model | None
    problem: Diagnostic | None
    empty: bool


class JenkinsfileVerifier:
    """Stages: ``parse``, ``structure`` (syntax), ``shellcheck`` (format).

    ``ast`` is the declarative model, in the shape that docs/ci.md describes.
    """

    format = "jenkinsfile"
    languages = frozenset({"groovy", "jenkinsfile", "jenkins"})
    default_path = "Jenkinsfile"
    many = False
    companions = False
    tools: tuple[str, ...] = ("bubblewrap",)
    targets = frozenset({Target.AST})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        findings, scripts = _verify(artifact)
        if not findings.parsed or findings.vacuous:
            return findings
        stage = await check_scripts(scripts, workbench)
        return Findings((*findings.stages, stage), projections=findings.projections)


def _verify(artifact: Artifact) -> tuple[Findings, list[Script]]:
    started = time.perf_counter()
    looked = [_look(file) for file in artifact.files]
    problems = [one.problem for one in looked if one.problem is not None]
    parsed = syntax("parse", problems, time.perf_counter() - started)
    if problems:
        later = (skipped(name, component, "a file does not parse") for name, component in _LATER)
        return Findings((parsed, *later), parsed=False), []
    started = time.perf_counter()
    objections = list(_objections(looked))
    structure = syntax("structure", objections, time.perf_counter() - started)
    models = [one.model for one in looked if one.model is not None]
    vacuous = _vacuous(looked, models)
    projections: dict[Target, JsonValue] = {}
    if not objections and len(models) == 1:
        projections = {Target.AST: models[0].tree}
    if vacuous:
        stages: tuple[Stage, ...] = (
            parsed, structure, skipped(SHELLCHECK, Component.FORMAT, vacuous),
        )  # fmt: skip
        return Findings(stages, vacuous=vacuous, projections=projections), []
    scripts = [
        script
        for one in looked
        if one.model is not None
        for script in _scripts(one.model.steps, one.file.path)
    ]
    return Findings((parsed, structure), projections=projections), scripts


def _look(file: File) -> _Looked:
    try:
        script = parse(file.text)
    except GroovyError as error:
        problem = Diagnostic("error", shortened(error.message), "groovy", file.path, error.line)
        return _Looked(file, None, problem, empty=False)
    return _Looked(file, read_model(script, file.text), None, empty=not script)


def _objections(looked: Sequence[_Looked]) -> Iterator[Diagnostic]:
    for one in looked:
        if one.model is None:
            continue
        if not one.model.found:
            yield Diagnostic("error", _NOT_DECLARATIVE, "declarative", one.file.path, 1)
        yield from refusals_in(REFUSALS, JenkinsPipeline(one.file, one.model))


def _vacuous(looked: Sequence[_Looked], models: Sequence[Model]) -> str:
    if all(one.empty for one in looked):
        return "there is nothing but comments in it"
    if not any(model.found for model in models):
        return _NOT_DECLARATIVE
    if not any(model.works for model in models):
        return "no stage that may run has a step that does more than echo"
    return ""


def _scripts(statements: Sequence[Node], path: str) -> Iterator[Script]:
    """What ``sh`` steps run; where Groovy puts a value in, an ``x`` stands in for it."""
    for statement in statements:
        for call in called(statement):
            if call.name != "sh":
                continue
            node = call.named.get("script", call.positional[0] if call.positional else None)
            if isinstance(node, Literal) and isinstance(node.value, str):
                text = node.value
            elif isinstance(node, GString):
                text = "".join(part if isinstance(part, str) else "x" for part in node.parts)
            else:
                continue
            yield Script(text.strip("\n"), path, partial(int, node.line))
