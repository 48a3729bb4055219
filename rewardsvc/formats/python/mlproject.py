"""MLflow project files: what ``mlflow run`` would refuse (mlflow.org/docs, "MLflow Projects").

An entry point must have a command whose placeholders are declared parameters and whose scripts are
there, and the environment file that a project names must be, where the answer has more than the
project file itself. What MLflow does not load at all is in ``refusals``.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from string import Formatter
from typing import Any, Literal

from rewardsvc.artifact import File
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.ladder import shortened
from rewardsvc.yaml12 import Lines, YamlError, load_documents

NAME = re.compile(r"(?:.*/)?MLproject", re.IGNORECASE)

ENVIRONMENTS = ("conda_env", "docker_env", "python_env", "uv_env")
"""The keys that name one."""

_SPARK = "databricks_spark_job"
_KEYS = frozenset({"name", "entry_points", _SPARK, *ENVIRONMENTS})
_TYPES = frozenset({"string", "float", "path", "uri"})


@dataclass(frozen=True, slots=True)
class Project:
    """A project file that is one mapping. ``value`` is that; ``lines`` tells where it stands."""

    path: str
    value: dict[str, JsonValue]
    lines: Lines

    def problem(
        self,
        message: str,
        code: str,
        at: Sequence[str] = (),
        severity: Literal["error", "warning"] = "error",
    ) -> Diagnostic:
        """A diagnostic about the place that keys lead to."""
        return Diagnostic(
            severity, shortened(message), code, self.path, self.lines.line_of(0, at) or 1
        )

    @property
    def usable(self) -> dict[str, Mapping[str, Any]]:
        """The entry points that are mappings with a command; a Spark job runs a file without."""
        found = self.value.get("entry_points")
        return {
            str(name): entry
            for name, entry in (found.items() if isinstance(found, dict) else ())
            if isinstance(entry, dict)
            and isinstance(entry.get("command"), str)
            and entry["command"]
        }

    @property
    def runs(self) -> bool:
        """Whether there is anything to run."""
        job = self.value.get(_SPARK)
        return bool(self.usable) or (isinstance(job, dict) and bool(job.get("python_file")))


def is_project(file: File) -> bool:
    """Whether the file is an MLflow project's."""
    return NAME.fullmatch(file.path) is not None


def parse(file: File) -> tuple[Project | None, Diagnostic | None]:
    """The project, or why there is none."""
    try:
        documents = load_documents(file.text)
    except YamlError as error:
        return None, Diagnostic("error", error.message, "yaml", file.path, error.line)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        return None, Diagnostic("error", "an MLproject is one mapping", "yaml", file.path, 1)
    return Project(file.path, documents[0].value, Lines(file.text)), None


def problems(project: Project, files: frozenset[str]) -> Iterator[Diagnostic]:
    """What does not resolve when it is run; ``files`` are all of the answer.

    What MLflow does not even load is in :mod:`rewardsvc.formats.python.refusals`.
    """
    base = PurePosixPath(project.path).parent
    for key in sorted(set(project.value) - _KEYS):
        words = f"{key!r} means nothing to MLflow"
        yield project.problem(words, "unknown-key", (key,), "warning")
    alone = len(files) == 1
    for key in ENVIRONMENTS:
        file = project.value.get(key)
        if isinstance(file, str) and file and not alone and str(base / file) not in files:
            yield project.problem(f"{key}: {file} is not there", "environment", (key,))
    declared = project.value.get("entry_points")
    usable = project.usable
    for name, entry in declared.items() if isinstance(declared, dict) else ():
        if isinstance(entry, dict) and str(name) not in usable:
            words = f"entry point {name!r} has no command"
            yield project.problem(words, "entry-points", ("entry_points", name))
    for name, entry in usable.items():
        yield from _of_parameters(project, name, entry)
        for message in _unresolved(entry, base, files, alone=alone):
            at = ("entry_points", name, "command")
            yield project.problem(f"entry point {name!r}: {message}", "entry-points", at)


def _of_parameters(project: Project, name: str, entry: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Types that MLflow does not document: it takes them, and looks at nothing."""
    declared = entry.get("parameters")
    for parameter, value in declared.items() if isinstance(declared, dict) else ():
        kind = value.get("type", "string") if isinstance(value, dict) else value
        if isinstance(value, str | dict) and kind not in _TYPES:
            types = ", ".join(sorted(_TYPES))
            words = f"parameter {parameter!r} has the type {kind!r}, not one of {types}"
            at = ("entry_points", name, "parameters", str(parameter))
            yield project.problem(f"entry point {name!r}: {words}", "parameter-type", at, "warning")


def _unresolved(
    entry: Mapping[str, Any], base: PurePosixPath, files: frozenset[str], *, alone: bool
) -> Iterator[str]:
    declared = entry.get("parameters")
    parameters = declared if isinstance(declared, dict) else {}
    command = str(entry["command"])
    try:
        used = {field for _, field, _, _ in Formatter().parse(command) if field is not None}
        words = shlex.split(command)
    except ValueError as error:
        yield f"the command cannot be read: {error}"
        return
    for field in sorted(used - set(map(str, parameters))):
        yield f"the command uses {{{field}}}, which is no parameter"
    if alone:
        return
    for word in words:
        if re.fullmatch(r"[\w./-]+\.(?:py|sh)", word) and str(base / word) not in files:
            yield f"{word} is not there"
