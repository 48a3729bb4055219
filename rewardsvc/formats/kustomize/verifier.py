"""Kustomize overlays: built by kubectl, and judged by what they build."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rewardsvc.artifact import Artifact
from rewardsvc.formats.kubernetes.ladder import RUNGS, ManifestLadder
from rewardsvc.formats.kubernetes.rendering import BESIDE, Rendering, render
from rewardsvc.formats.kustomize import building
from rewardsvc.formats.kustomize.building import ANSWER, GIVEN, Built
from rewardsvc.formats.kustomize.folders import shown
from rewardsvc.formats.kustomize.reading import YAML, OverlayAnswer, read_answer, run_of, tree_of
from rewardsvc.types import (
    Component,
    Diagnostic,
    FailureKind,
    Fault,
    JsonValue,
    Stage,
    StageStatus,
    Target,
)
from rewardsvc.verification.given import UnusableFixtures, given_files
from rewardsvc.verification.ladder import lint, skipped, syntax
from rewardsvc.verification.verifier import Findings, Workbench

__all__ = ["KustomizeVerifier"]

_LATER = (*RUNGS, ("kustomize-lint", Component.FORMAT))


class KustomizeVerifier:
    """Stages: ``parse``, ``build``, ``schema`` and ``references`` (syntax), ``lint`` and
    ``kustomize-lint`` (format).

    ``documents`` holds what the first overlay builds; ``ast`` has the kustomizations, and what each
    overlay builds. docs/kustomize.md says which folders are built, and describes both.
    """

    format = "kustomize"
    languages = YAML | BESIDE
    default_path = "kustomization.yaml"
    many = True
    companions = True
    tools: tuple[str, ...] = ("kubectl", "kubernetes-schemas", "bubblewrap")
    targets = frozenset({Target.DOCUMENTS, Target.AST})

    def __init__(self) -> None:
        self._ladder = ManifestLadder()

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        workbench.toolchain.require("kubectl")
        workbench.toolchain.require("kubernetes-schemas")
        try:
            given = given_files(workbench.task_input)
        except UnusableFixtures as error:
            return Findings((), fault=Fault(FailureKind.INTERNAL, f"the task's input: {error}"))
        parse, answer = read_answer(artifact, given)
        if answer is None:
            why = "there is no kustomization that can be read"
            later = (("build", Component.SYNTAX), *_LATER)
            return Findings((parse, *(skipped(*rung, why) for rung in later)), parsed=False)
        started = time.perf_counter()
        said = await render(workbench, "kubectl", answer.runs, answer.laid_out)
        built = {
            root.folder: building.read(
                said[run_of(ANSWER, root)], root, answer.folders, answer.sources
            )
            for root in answer.roots
        }
        tool = Diagnostic("info", workbench.toolchain.require("kubectl").title, "toolchain")
        problems = [problem for each in built.values() for problem in each.problems]
        build = syntax("build", [tool, *problems], time.perf_counter() - started)
        linted = lint("kustomize-lint", list(_deprecated(answer, said)), 0.0)
        lacking = answer.folders.lacks
        first = built[answer.roots[0].folder]
        if first.problems:
            why = "kubectl does not build it"
            stages = (parse, build, *(skipped(*rung, why) for rung in RUNGS), linted)
            return Findings(stages, parsed=first.readable, lacking=lacking)
        found = await self._judged(answer, built, said, workbench)
        if found.vacuous:
            linted = skipped("kustomize-lint", Component.FORMAT, found.vacuous)
        return replace(
            found,
            stages=(parse, build, *found.stages, linted),
            lacking=(*found.lacking, *lacking),
        )

    async def _judged(
        self,
        answer: OverlayAnswer,
        built: Mapping[str, Built],
        said: Mapping[str, Rendering],
        workbench: Workbench,
    ) -> Findings:
        """The manifests' ladder of what each overlay builds, together."""
        declared = tuple(answer.folders.files.values())
        before = {
            shown(root.folder): building.values(said[run_of(GIVEN, root)])
            for root in answer.given_roots
        }
        judged = {
            folder: await self._ladder.climb(each.documents, workbench, declared=declared)
            for folder, each in built.items()
            if not each.problems
        }
        overlays = {
            shown(folder): each.projections[Target.DOCUMENTS] for folder, each in judged.items()
        }
        first = judged[answer.roots[0].folder]
        found = _together(list(judged.values()))
        return replace(
            found,
            vacuous=_vacuous(found.vacuous, answer, built, before),
            projections={
                Target.DOCUMENTS: first.projections[Target.DOCUMENTS],
                Target.AST: {"kustomizations": tree_of(answer.folders), "overlays": overlays},
            },
            no_op=_no_op(answer, before),
        )


def _deprecated(answer: OverlayAnswer, said: Mapping[str, Rendering]) -> Iterable[Diagnostic]:
    """What kustomize warns of; told once of all overlays, for they may share it."""
    told: set[str] = set()
    for root in answer.roots:
        for found in building.warnings(said[run_of(ANSWER, root)], root):
            if found.message not in told:
                told.add(found.message)
                yield found


def _together(judged: Sequence[Findings]) -> Findings:
    """The findings of several overlays as one: what they share is told once."""
    first, *others = judged
    if not others:
        return first
    stages = [_merged([each.stages[number] for each in judged]) for number in range(len(RUNGS))]
    return replace(
        first,
        stages=tuple(stages),
        vacuous=first.vacuous if all(each.vacuous for each in judged) else "",
        lacking=tuple(dict.fromkeys(lack for each in judged for lack in each.lacking)),
    )


def _merged(stages: Sequence[Stage]) -> Stage:
    """One stage of several overlays: worth no more than that of the worst."""
    had = [stage for stage in stages if stage.status is not StageStatus.SKIPPED]
    if not had:
        return stages[0]
    found = list(dict.fromkeys(found for stage in had for found in stage.diagnostics))
    component, seconds = had[0].component, sum(stage.seconds for stage in had)
    made = lint if component is Component.FORMAT else syntax
    merged = made(had[0].name, found, seconds)
    return replace(merged, score=min(merged.score, *(stage.score for stage in had)))


def _vacuous(
    why: str, answer: OverlayAnswer, built: Mapping[str, Built], before: Mapping[str, JsonValue]
) -> str:
    shows = [
        [source.value for source in each.documents] for each in built.values() if not each.problems
    ]
    if not any(shows):
        elsewhere = "it builds no resource of its own: all is left to what would be fetched"
        return elsewhere if answer.folders.lacks else "it builds no resource"
    if not why and before and all(each in before.values() for each in shows):
        return "it builds nothing but what the task gives"
    return why


def _no_op(answer: OverlayAnswer, before: Mapping[str, JsonValue]) -> dict[Target, JsonValue]:
    """What checks would see of an answer that leaves everything as the task gives it."""
    return {
        Target.DOCUMENTS: next(iter(before.values()), []),
        Target.AST: {"kustomizations": tree_of(answer.given), "overlays": dict(before)},
    }
