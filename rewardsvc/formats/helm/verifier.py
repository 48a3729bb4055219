"""Helm charts: rendered by Helm with their default values, and judged by what they render."""

import time
from collections.abc import Mapping
from dataclasses import replace

from rewardsvc.artifact import Artifact
from rewardsvc.formats.helm import rendering
from rewardsvc.formats.helm.chart import METADATA, lacks
from rewardsvc.formats.helm.reading import (
    LINT,
    TEMPLATE,
    ChartAnswer,
    of_given,
    read_answer,
    with_values,
)
from rewardsvc.formats.helm.rendering import Rendered, is_hook
from rewardsvc.formats.kubernetes.ladder import RUNGS, ManifestLadder
from rewardsvc.formats.kubernetes.rendering import BESIDE, render
from rewardsvc.types import Component, Diagnostic, FailureKind, Fault, JsonValue, Stage, Target
from rewardsvc.verification.given import UnusableFixtures, given_files
from rewardsvc.verification.ladder import lint, skipped, syntax
from rewardsvc.verification.verifier import Findings, Workbench

__all__ = ["HelmVerifier"]

_LABELS = frozenset({"yaml", "yml", "json", "helm", "tpl", "gotmpl", "go-template", "smarty"})
_LATER = (*RUNGS, ("helm-lint", Component.FORMAT))


class HelmVerifier:
    """Stages: ``parse``, ``template``, ``schema`` and ``references`` (syntax), ``lint`` and
    ``helm-lint`` (format).

    ``documents`` holds what is installed with the default values, without hooks and tests; ``ast``
    has the chart's metadata and values, its hooks, and what it renders with values that the task
    gives. docs/helm.md describes both.
    """

    format = "helm"
    languages = _LABELS | BESIDE
    default_path = METADATA
    many = True
    companions = True
    tools: tuple[str, ...] = ("helm", "kubernetes-schemas", "bubblewrap")
    targets = frozenset({Target.DOCUMENTS, Target.AST})

    def __init__(self) -> None:
        self._ladder = ManifestLadder()

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        workbench.toolchain.require("helm")
        workbench.toolchain.require("kubernetes-schemas")
        try:
            given = given_files(workbench.task_input)
        except UnusableFixtures as error:
            return Findings((), fault=Fault(FailureKind.INTERNAL, f"the task's input: {error}"))
        parse, answer = read_answer(artifact, given)
        if answer is None:
            why = "there is no chart that can be read"
            later = (("template", Component.SYNTAX), *_LATER)
            return Findings((parse, *(skipped(*rung, why) for rung in later)), parsed=False)
        started = time.perf_counter()
        said = await render(
            workbench, "helm", answer.runs, answer.laid_out, env=rendering.ENVIRONMENT
        )
        linted = said.pop(LINT)
        rendered = {name: rendering.read(each, answer.chart) for name, each in said.items()}
        title = workbench.toolchain.require("helm").title
        template = _template(title, answer, rendered, time.perf_counter() - started)
        lacking = lacks(answer.missing)
        style = lint("helm-lint", list(rendering.findings(linted, answer.chart)), 0.0)
        if rendered[TEMPLATE].problems:
            why = "helm does not render it"
            stages = (parse, template, *(skipped(*rung, why) for rung in RUNGS), style)
            parsed = rendered[TEMPLATE].readable
            return Findings(stages, parsed=parsed, lacking=lacking)
        found = await self._judged(answer, rendered, workbench)
        last = skipped("helm-lint", Component.FORMAT, found.vacuous) if found.vacuous else style
        return replace(
            found,
            stages=(parse, template, *found.stages, last),
            lacking=(*found.lacking, *lacking),
        )

    async def _judged(
        self, answer: ChartAnswer, rendered: Mapping[str, Rendered], workbench: Workbench
    ) -> Findings:
        """The manifests' ladder of what is rendered with the default values."""
        found = await self._ladder.climb(
            rendered[TEMPLATE].documents,
            workbench,
            declared=tuple(answer.chart.files.values()),
            counts=lambda manifest: not is_hook(manifest.body),
        )
        resources = found.projections[Target.DOCUMENTS]
        renderings: dict[str, JsonValue] = {}
        for name in answer.alternatives if Target.AST in workbench.looked_at else ():
            documents = rendered[with_values(name)].documents
            other = await self._ladder.climb(documents, workbench)
            renderings[name] = _installed(other.projections[Target.DOCUMENTS])
        hooks = [body for body in resources if is_hook(body)]
        return replace(
            found,
            vacuous=_vacuous(found.vacuous, answer, rendered),
            projections={
                Target.DOCUMENTS: _installed(resources),
                Target.AST: {**answer.tree, "hooks": hooks, "renderings": renderings},
            },
            no_op=_no_op(answer, rendered),
        )


def _template(
    title: str, answer: ChartAnswer, rendered: Mapping[str, Rendered], seconds: float
) -> Stage:
    """What Helm says is wrong, with the default values and with those that the task gives."""
    found = [Diagnostic("info", title, "toolchain"), *rendered[TEMPLATE].problems]
    for name in answer.alternatives:
        for problem in rendered[with_values(name)].problems:
            words = f"with the values {name}: {problem.message}"
            found.append(replace(problem, message=words))
    return syntax("template", found, seconds)


def _vacuous(why: str, answer: ChartAnswer, rendered: Mapping[str, Rendered]) -> str:
    documents = _shown(rendered[TEMPLATE])
    if not documents and answer.missing:
        return "it renders no resource of its own: all is left to other charts"
    if not documents:
        return "it renders no resource with its default values"
    if all(map(is_hook, documents)):
        return "it renders nothing but hooks and tests"
    if why or answer.given is None:
        return why
    runs = [TEMPLATE, *map(with_values, answer.alternatives)]
    unchanged = all(_shown(rendered[run]) == _shown(rendered[of_given(run)]) for run in runs)
    if unchanged and answer.tree == answer.tree_of_given:
        return "it leaves the task's chart as it is"
    return ""


def _no_op(answer: ChartAnswer, rendered: Mapping[str, Rendered]) -> dict[Target, JsonValue]:
    """What checks would see of an answer that leaves the task's chart as it is."""
    resources = _of_given(TEMPLATE, rendered)
    return {
        Target.DOCUMENTS: _installed(resources),
        Target.AST: {
            **answer.tree_of_given,
            "hooks": [body for body in resources if is_hook(body)],
            "renderings": {
                name: _installed(_of_given(with_values(name), rendered))
                for name in answer.alternatives
            },
        },
    }


def _of_given(run: str, rendered: Mapping[str, Rendered]) -> list[JsonValue]:
    found = rendered.get(of_given(run))
    return _shown(found) if found is not None else []


def _shown(rendered: Rendered) -> list[JsonValue]:
    """The resources as they are rendered."""
    return [source.value for source in rendered.documents if isinstance(source.value, dict)]


def _installed(resources: list[JsonValue]) -> list[JsonValue]:
    return [body for body in resources if not is_hook(body)]
