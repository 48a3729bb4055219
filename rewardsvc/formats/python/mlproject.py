"""MLflow project files: what ``mlflow run`` would refuse (mlflow.org/docs, "MLflow Projects").

An entry point must have a command whose placeholders are declared parameters and whose scripts are
there, and the environment file that a project names must be, where the answer has more than the
project file itself.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from string import Formatter
from typing import Any

from rewardsvc.artifact import File
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.yaml12 import YamlError, load_documents

NAME = re.compile(r"(?:.*/)?MLproject", re.IGNORECASE)

_ENVIRONMENTS = ("conda_env", "docker_env", "python_env", "uv_env")
_KEYS = frozenset({"name", "entry_points", *_ENVIRONMENTS})
_TYPES = frozenset({"string", "float", "path", "uri"})


def is_project(file: File) -> bool:
    """Whether the file is an MLflow project's."""
    return NAME.fullmatch(file.path) is not None


def parse(file: File) -> tuple[dict[str, JsonValue] | None, Diagnostic | None]:
    """The project, or why there is none."""
    try:
        documents = load_documents(file.text)
    except YamlError as error:
        return None, Diagnostic("error", error.message, "yaml", file.path, error.line)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        return None, Diagnostic("error", "an MLproject is one mapping", "yaml", file.path, 1)
    return documents[0].value, None


def entry_points(project: Mapping[str, JsonValue]) -> dict[str, Mapping[str, Any]]:
    """The entry points that are mappings with a command."""
    found = project.get("entry_points")
    return {
        str(name): entry
        for name, entry in (found.items() if isinstance(found, dict) else ())
        if isinstance(entry, dict) and isinstance(entry.get("command"), str) and entry["command"]
    }


def problems(
    project: Mapping[str, JsonValue], path: str, files: frozenset[str]
) -> Iterator[Diagnostic]:
    """What does not resolve; ``files`` are all of the answer."""

    def problem(message: str, code: str) -> Diagnostic:
        return Diagnostic("error", message, code, path)

    base = PurePosixPath(path).parent
    for key in sorted(set(project) - _KEYS):
        yield Diagnostic("warning", f"{key!r} means nothing to MLflow", "unknown-key", path)
    named = [key for key in _ENVIRONMENTS if project.get(key)]
    if len(named) > 1:
        yield problem(f"{' and '.join(named)}: a project has one environment", "environment")
    alone = len(files) == 1
    for key in named:
        file = project[key]
        if key == "docker_env":
            if not (isinstance(file, dict) and isinstance(file.get("image"), str)):
                yield problem("docker_env names no image", "environment")
        elif not isinstance(file, str):
            yield problem(f"{key} is not the path of a file", "environment")
        elif not alone and str(base / file) not in files:
            yield problem(f"{key}: {file} is not there", "environment")
    declared = project.get("entry_points")
    if "entry_points" in project and not isinstance(declared, dict):
        yield problem("entry_points is not a mapping", "entry-points")
    usable = entry_points(project)
    for name in declared if isinstance(declared, dict) else ():
        if str(name) not in usable:
            yield problem(f"entry point {name!r} has no command", "entry-points")
    for name, entry in usable.items():
        for message in _unresolved(entry, base, files, alone=alone):
            yield problem(f"entry point {name!r}: {message}", "entry-points")


def _unresolved(
    entry: Mapping[str, Any], base: PurePosixPath, files: frozenset[str], *, alone: bool
) -> Iterator[str]:
    parameters = entry.get("parameters", {})  # MLflow asks even nothing for its items
    if not isinstance(parameters, dict):
        yield "parameters is not a mapping"
        return
    for name, declared in parameters.items():
        kind = declared.get("type", "string") if isinstance(declared, dict) else declared
        if kind not in _TYPES:
            types = ", ".join(sorted(_TYPES))
            yield f"parameter {name!r} has the type {kind!r}, not one of {types}"
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
