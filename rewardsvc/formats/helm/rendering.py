"""What Helm makes of a chart: how it is asked, its documents, and what it says is wrong."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rewardsvc.artifact import File
from rewardsvc.formats.helm.chart import METADATA, Chart
from rewardsvc.formats.helm.outline import TemplatePlaces
from rewardsvc.formats.kubernetes.rendering import Rendering, inside, parts
from rewardsvc.types import Diagnostic
from rewardsvc.verification.ladder import OVERRUN, shortened
from rewardsvc.verification.yaml_files import YamlFile
from rewardsvc.yaml12 import YamlError, load_documents

RELEASE = "release-name"
"""Helm's own name of a release that nobody named."""

ENVIRONMENT = {"HELM_NO_PLUGINS": "1"}

_HOOK = "helm.sh/hook"

_SAID = re.compile(r"^Error: (.*?)(?:\n\nUse --debug flag|\Z)", re.DOTALL | re.MULTILINE)
_PLACE = re.compile(r"(?<![^\s:()\"'])([^\s:()\"']++):(\d*+)")
"""A path, which begins with the chart's name, and a line where there is one."""
_UNREADABLE = re.compile(r"(?:parse error at|YAML parse error on) ")
_FINDING = re.compile(r"\[(INFO|WARNING|ERROR)\] (\S*?): ([^\n]*+)")
_SOURCE = re.compile(r"\s*+# Source: [^/\n]*+/([^\n]*+)\n")
_LEVELS: Mapping[str, Literal["error", "warning", "info"]] = {
    "ERROR": "error",
    "WARNING": "warning",
    "INFO": "info",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A chart with one set of values.

    ``readable``: False where a template or what it renders does not parse.
    """

    documents: tuple[YamlFile, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    readable: bool = True


def template(folder: str, *more: str) -> tuple[str, ...]:
    """The words that render the chart in a folder; ``more`` are values files."""
    values = (word for path in more for word in ("--values", inside(path)))
    return ("template", RELEASE, inside(folder), "--include-crds", *values)


def lint(folder: str) -> tuple[str, ...]:
    """The words that have a chart linted."""
    return ("lint", inside(folder))


def read(rendering: Rendering, chart: Chart) -> Rendered:
    """The documents of a rendering, or what is wrong."""
    if rendering.overrun:
        words = f"helm ran out of {rendering.overrun} rendering it"
        problem = Diagnostic("error", words, OVERRUN, chart.path(METADATA))
        return Rendered(problems=(problem,), readable=False)
    if rendering.error:
        match = _SAID.search(rendering.error)
        said = match[1] if match else rendering.error
        problem = Diagnostic("error", shortened(said), "helm", *_place(said, chart))
        return Rendered(problems=(problem,), readable=not _UNREADABLE.match(said))
    documents: list[YamlFile] = []
    problems: list[Diagnostic] = []
    places: dict[str, TemplatePlaces] = {}
    for part in parts(rendering.text):
        match = _SOURCE.match(part.text)
        inner = match[1] if match else ""
        if inner not in places:
            places[inner] = TemplatePlaces(chart.files.get(inner, ""))
        file = File(chart.path(inner), "yaml", part.text)
        try:
            for index, found in enumerate(load_documents(part.text)):
                if found.value is not None:
                    documents.append(YamlFile(file, index, found.value, 1, places[inner]))
        except YamlError as error:
            words = f"what it renders is no YAML: {error.message}"
            problems.append(Diagnostic("error", shortened(words), "yaml", file.path))
    return Rendered(tuple(documents), tuple(problems), readable=not problems)


def findings(rendering: Rendering, chart: Chart) -> Iterator[Diagnostic]:
    """What Helm's linter found."""
    if rendering.overrun:
        yield Diagnostic("error", f"helm ran out of {rendering.overrun} linting it", OVERRUN)
        return
    for level, place, message in _FINDING.findall(rendering.text):
        path = METADATA if place.startswith("/") else place  # it says where the chart lies
        yield Diagnostic(_LEVELS[level], shortened(message), "helm-lint", chart.path(path))


def is_hook(body: Mapping[str, Any]) -> bool:
    """Whether a resource is no part of the release, but a hook or a test of it."""
    metadata = body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return isinstance(annotations, dict) and _HOOK in annotations


def _place(said: str, chart: Chart) -> tuple[str, int]:
    """File and line that Helm names; ("", 0) where it names none."""
    for match in _PLACE.finditer(said[:2000]):
        path = match[1].partition("/")[2]
        if path in chart.files:
            return chart.path(path), int(match[2][:9] or 0)
    return "", 0
