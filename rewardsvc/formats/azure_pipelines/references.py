"""What an Azure pipeline names: its own stages, jobs and steps, and what it refers to."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from rewardsvc.formats.azure_pipelines.pipeline import AzurePipeline, plain
from rewardsvc.formats.azure_pipelines.units import AzureUnit, Path, templated
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.values import cycle, mapping, texts

_TEMPLATE = re.compile(r".+@(?P<alias>[^@/\\]+)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MATRIX_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_RESOURCES = {"repositories": "repository", "pipelines": "pipeline", "containers": "container"}

Find = Callable[[AzurePipeline], Iterator[Diagnostic]]


def _units(pipeline: AzurePipeline) -> Iterator[tuple[str, Sequence[AzureUnit]]]:
    """The stages together, then the jobs of each stage."""
    if "stages" in pipeline.root:
        yield "stage", pipeline.stages
    for jobs in pipeline.jobs:
        yield "job", jobs


def identifiers(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """Stages and jobs have letters, digits and underscores in their names."""
    for _, units in _units(pipeline):
        for unit in units:
            for key in ("stage", "job", "deployment"):
                name = plain(unit.value.get(key))
                if name and not _IDENTIFIER.fullmatch(name):
                    words = f"{key} {name!r}: letters, digits and underscores, no digit first"
                    yield pipeline.problem("name", words, (*unit.path, key))


def step_identifiers(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """So do steps."""
    for steps in pipeline.steps:
        for step, path in steps:
            name = plain(step.get("name"))
            if name and not _IDENTIFIER.fullmatch(name):
                words = f"the step {name!r}: letters, digits and underscores, no digit first"
                yield pipeline.problem("step-name", words, (*path, "name"))


def repeated_steps(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """The steps of a job have different names."""
    for steps in [] if pipeline.folded else pipeline.steps:
        seen: set[tuple[Path, str]] = set()
        for step, path in steps:
            name = plain(step.get("name"))
            key = (path[:-1], name.lower() if name else "")
            if name and key in seen:
                words = f"two steps of a job are called {name!r}"
                yield pipeline.problem("step-duplicate", words, (*path, "name"))
            seen.add(key)


def repeated(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """Stages, and the jobs of a stage, have different names."""
    for kind, units in [] if pipeline.folded else _units(pipeline):
        seen: set[str] = set()
        for unit in units:
            if unit.name in seen:
                words = f"two {kind}s are called {unit.name!r}"
                yield pipeline.problem("duplicate", words, unit.path)
            if unit.name and "$" not in unit.name:
                seen.add(unit.name)


def waited_for(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """What is waited for is there."""
    for kind, units in _units(pipeline):
        names = Counter(unit.name for unit in units if unit.name and "$" not in unit.name)
        if any(templated(unit) or "$" in unit.name for unit in units):
            continue
        for unit in units:
            for other in texts(unit.value.get("dependsOn")):
                if other and "$" not in other and other.lower() not in names:
                    words = (
                        f"{unit.name or kind} depends on the {kind} {other!r}, which is not there"
                    )
                    yield pipeline.problem("dependsOn", words, (*unit.path, "dependsOn"))


def circles(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """Nothing waits for itself in a circle."""
    for kind, units in _units(pipeline):
        waiting = {
            unit.name: [other.lower() for other in texts(unit.value.get("dependsOn"))]
            for unit in units
            if unit.name
        }
        if circle := cycle(waiting):
            words = f"{kind}s wait in a circle: {' → '.join(circle[:20])}"
            path = next(unit.path for unit in units if unit.name == circle[0])
            yield pipeline.problem("cycle", words, (*path, "dependsOn"))


def repositories(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """Templates come from repositories that are declared."""
    if not pipeline.whole:
        return
    declared = {"self", "none"} | {
        str(entry.get("repository")) for entry, _ in pipeline.resources("repositories")
    }
    for template, path in _templates(pipeline.root):
        match = _TEMPLATE.fullmatch(template)
        if match and "$" not in match["alias"] and match["alias"] not in declared:
            words = f"the template {template!r} is of a repository that resources do not declare"
            yield pipeline.problem("repository", words, path)


def _templates(value: JsonValue, path: Path = ()) -> Iterator[tuple[str, Path]]:
    if isinstance(value, dict):
        if isinstance(value.get("template"), str):
            yield value["template"], (*path, "template")
        for key, inner in value.items():
            yield from _templates(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _templates(inner, (*path, index))


def taken(key: str, section: str, known: frozenset[str]) -> Find:
    """What a step checks out or downloads is among the resources."""

    def find(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
        if not pipeline.whole or "extends" in pipeline.root:
            return
        declared = {
            str(entry.get(_RESOURCES[section])).lower() for entry, _ in pipeline.resources(section)
        }
        if any("$" in name for name in declared):
            return
        for steps in pipeline.steps:
            for step, path in steps:
                name = plain(step.get(key))
                if not name or name.lower() in declared | known or "://" in name:
                    continue
                words = f"{key}: {name}: the resources declare no such {_RESOURCES[section]}"
                yield pipeline.problem(key, words, (*path, key))

    return find


def repeated_resources(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """Resources of a kind have different names."""
    for section, key in () if pipeline.folded else _RESOURCES.items():
        seen: set[str] = set()
        for entry, path in pipeline.resources(section):
            name = plain(entry.get(key))
            if name and name.lower() in seen:
                words = f"two resources are called {name!r}"
                yield pipeline.problem("resource-duplicate", words, path)
            seen.add((name or "").lower())


def matrix_names(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """What a matrix makes has letters, digits and underscores in its name."""
    for jobs in pipeline.jobs:
        for job in jobs:
            matrix = mapping(job.value.get("strategy")).get("matrix")
            for name in mapping(matrix):
                if plain(name) and not _MATRIX_NAME.fullmatch(name):
                    words = f"{name!r}: letters, digits and underscores, a letter first"
                    yield pipeline.problem(
                        "matrix-name", words, (*job.path, "strategy", "matrix", name)
                    )
