"""An answer as a chart, before Helm has looked at it: what it is made of, and what is to be run."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rewardsvc.artifact import Artifact
from rewardsvc.formats.helm import rendering
from rewardsvc.formats.helm.chart import METADATA, VALUES, Chart, Dependency, alternatives
from rewardsvc.types import Diagnostic, JsonValue, Stage
from rewardsvc.verification.given import laid_over
from rewardsvc.verification.ladder import shortened, syntax
from rewardsvc.yaml12 import YamlError, load_documents

TEMPLATE, LINT = "template", "lint"
"""The names of runs: of the chart with its default values, and of the linter."""

_ANSWER, _GIVEN, _VALUES = "answer", "given", "values"
"""Folders inside of the box."""


@dataclass(frozen=True, slots=True)
class ChartAnswer:
    """A chart whose metadata and values can be read, and the one that the task gives, if any."""

    chart: Chart
    metadata: Mapping[str, Any]
    values: JsonValue
    given: Chart | None
    alternatives: Mapping[str, str]
    """Values that the task gives, by their names."""

    @property
    def missing(self) -> list[Dependency]:
        """The charts that would have to be fetched."""
        return self.chart.missing(self.metadata, self.values)

    @property
    def runs(self) -> dict[str, Sequence[str]]:
        """What Helm is to do, by names, of which :func:`with_values` and :func:`of_given` tell."""
        runs: dict[str, Sequence[str]] = {
            TEMPLATE: rendering.template(_ANSWER),
            LINT: rendering.lint(_ANSWER),
        }
        for name in self.alternatives:
            runs[with_values(name)] = rendering.template(_ANSWER, _values_file(name))
        if self.given is not None:
            runs[of_given(TEMPLATE)] = rendering.template(_GIVEN)
            for name in self.alternatives:
                words = rendering.template(_GIVEN, _values_file(name))
                runs[of_given(with_values(name))] = words
        return runs

    @property
    def laid_out(self) -> dict[str, str]:
        """The files of the box."""
        files = self.chart.laid_out(self.metadata)
        placed = {f"{_ANSWER}/{path}": text for path, text in files.items()}
        if self.given is not None:
            placed |= {f"{_GIVEN}/{path}": text for path, text in self.given.files.items()}
        return placed | {_values_file(name): text for name, text in self.alternatives.items()}

    @property
    def tree(self) -> dict[str, JsonValue]:
        """What checks see of the chart itself."""
        return {"chart": dict(self.metadata), "values": self.values}

    @property
    def tree_of_given(self) -> dict[str, JsonValue]:
        """What they would see of an answer that leaves everything as the task gives it."""
        files = self.given.files if self.given is not None else {}
        return {"chart": _read(files, METADATA), "values": _read(files, VALUES)}


def with_values(name: str) -> str:
    """The name of the run with values that the task gives."""
    return f"with {name}"


def of_given(run: str) -> str:
    """The name of the same run on the chart that the task gives."""
    return f"given {run}"


def read_answer(artifact: Artifact, given: Mapping[str, str]) -> tuple[Stage, ChartAnswer | None]:
    """The ``parse`` stage, and the chart where there is one that can be read."""
    started = time.perf_counter()
    files = {file.path: file.text for file in artifact.files}
    chart = Chart.of(laid_over(files, given))
    problems: list[Diagnostic] = []
    values: dict[str, JsonValue] = {}
    if chart is None:
        words = f"there is no {METADATA}, so this is no chart"
        problems.append(Diagnostic("error", words, "no-chart"))
    else:
        for path in chart.parsed:
            try:
                values[path] = _only(chart.files[path])
            except YamlError as error:
                place = (chart.path(path), error.line)
                problems.append(Diagnostic("error", shortened(error.message), "yaml", *place))
    stage = syntax("parse", problems, time.perf_counter() - started)
    if chart is None or problems:
        return stage, None
    answer = ChartAnswer(
        chart, values[METADATA], values.get(VALUES, {}), Chart.of(given), alternatives(given)
    )
    return stage, answer


def _values_file(name: str) -> str:
    return f"{_VALUES}/{name}.yaml"


def _only(text: str) -> JsonValue:
    """The mapping that a file holds; an empty one where it is empty.

    Raises:
        YamlError: it does not parse, or holds something else.
    """
    documents = [each for each in load_documents(text) if each.value is not None]
    if len(documents) > 1:
        raise YamlError("the file may hold one document only", documents[1].line)
    value = documents[0].value if documents else {}
    if not isinstance(value, dict):
        raise YamlError("the file must hold a mapping", documents[0].line)
    return value


def _read(files: Mapping[str, str], path: str) -> JsonValue:
    """A file of the task's; what cannot be read shows nothing."""
    try:
        return _only(files.get(path, ""))
    except YamlError:
        return {}
