"""A chart as files: which folder it is, what it depends on, and what of that is here.

Pure. The files are the answer's, over those that the task gives.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from rewardsvc.types import JsonValue
from sandbox.lack import Lack, LackKind

METADATA = "Chart.yaml"
VALUES = "values.yaml"

_PARSED = re.compile(r"(?:charts/[^/]+/)*(?:Chart\.yaml|values(?:\.schema\.json|\.yaml))")
"""Files of a chart and of the charts in it that Helm reads as YAML or JSON, whatever is in them."""

_LEFT_OUT = frozenset({"Chart.lock", ".helmlintignore"})
"""What the answer brings for Helm's other commands, or for its linter."""

_ALTERNATIVE_VALUES = re.compile(r"(?:.*/)?ci/([^/]+)-values\.yaml")
"""As chart-testing has them."""

MAX_ALTERNATIVES = 4


@dataclass(frozen=True, slots=True)
class Dependency:
    """A chart that another one needs. ``repository`` is "" where none is named."""

    name: str
    version: str
    repository: str
    condition: str

    @property
    def remote(self) -> bool:
        """Whether it would be fetched."""
        return self.repository.startswith(("http://", "https://", "oci://", "@", "alias:"))

    @property
    def source(self) -> str:
        """Where it would be fetched from, and its name."""
        return f"{self.repository.rstrip('/')}/{self.name}"


@dataclass(frozen=True, slots=True)
class Chart:
    """The files of one chart, by their paths in it. ``folder``: where it lies, "" at the top."""

    folder: str
    files: Mapping[str, str]

    @classmethod
    def of(cls, files: Mapping[str, str]) -> "Chart | None":
        """The first chart among files that is no part of another one; None where there is none."""
        folders = [_parent(path) for path in files if PurePosixPath(path).name == METADATA]
        outer = [folder for folder in folders if not _is_within(folder, folders)]
        if not outer:
            return None
        folder = outer[0]
        prefix = f"{folder}/" if folder else ""
        inner = {
            path.removeprefix(prefix): text
            for path, text in files.items()
            if path.startswith(prefix)
        }
        return cls(folder, inner)

    def path(self, inner: str) -> str:
        """The path in the answer of a file of the chart."""
        return f"{self.folder}/{inner}" if self.folder else inner

    @property
    def parsed(self) -> list[str]:
        """The files that are YAML or JSON before anything is rendered."""
        return [path for path in self.files if _PARSED.fullmatch(path)]

    def missing(self, metadata: JsonValue, values: JsonValue) -> list[Dependency]:
        """Dependencies that would have to be fetched and are not among the files.

        One that the default values switch off takes no part.
        """
        return [
            each
            for each in dependencies(metadata)
            if each.remote and not self._has(each.name) and not _is_off(each, values)
        ]

    def laid_out(self, metadata: JsonValue) -> dict[str, str]:
        """What Helm is given: without what it would fetch, which it refuses to render without."""
        files = {path: text for path, text in self.files.items() if path not in _LEFT_OUT}
        absent = {
            each.name for each in dependencies(metadata) if each.remote and not self._has(each.name)
        }
        if absent:
            kept = [
                each
                for each in metadata["dependencies"]
                if not (isinstance(each, dict) and each.get("name") in absent)
            ]
            files[METADATA] = json.dumps({**metadata, "dependencies": kept})
        return files

    def _has(self, name: str) -> bool:
        """Whether a chart of that name lies in it."""
        return any(path.startswith(f"charts/{name}/") for path in self.files)


def alternatives(given: Mapping[str, str]) -> dict[str, str]:
    """Values beside the default ones that a task gives as ``ci/NAME-values.yaml``, by that name."""
    matches = ((_ALTERNATIVE_VALUES.fullmatch(path), text) for path, text in given.items())
    found = ((match[1], text) for match, text in matches if match)
    return dict(itertools.islice(found, MAX_ALTERNATIVES))


def dependencies(metadata: JsonValue) -> Iterator[Dependency]:
    """What Chart.yaml names, as far as it can be read."""
    listed = metadata.get("dependencies") if isinstance(metadata, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            version, repository, condition = (
                str(entry.get(key) or "") for key in ("version", "repository", "condition")
            )
            yield Dependency(entry["name"], version, repository, condition)


def lacks(missing: Iterable[Dependency]) -> tuple[Lack, ...]:
    """What a server does not have for a chart."""
    return tuple(Lack(LackKind.MODULE, each.source, each.version) for each in missing)


def _is_off(dependency: Dependency, values: JsonValue) -> bool:
    """Whether the first condition that the default values have says no."""
    for condition in filter(None, dependency.condition.split(",")):
        value: Any = values
        for part in condition.strip().split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, bool):
            return not value
    return False


def _parent(path: str) -> str:
    parent = str(PurePosixPath(path).parent)
    return "" if parent == "." else parent


def _is_within(folder: str, folders: Iterable[str]) -> bool:
    """Whether a folder is a chart in the ``charts`` of another one."""
    others = {other for other in folders if other != folder}
    return any(
        parent.name == "charts" and _parent(str(parent)) in others
        for parent in PurePosixPath(folder).parents
    )
