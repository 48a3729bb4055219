"""``${VAR}`` in Compose files, as compose-go's template package reads it.

https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md: ``$VAR``, ``${VAR}``,
``${VAR:-default}`` and the like, which nest, and ``$$`` for a dollar sign.

Not ``string.Template``: it knows no defaults, and nothing that nests.
"""

import re
from collections.abc import Iterator

from rewardsvc.formats.compose.project import Project
from rewardsvc.types import Diagnostic, JsonValue

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_OPERATOR = re.compile(r":?[-+?]")
_SECTIONS = ("services", "networks", "volumes", "configs", "secrets", "models")


def unreadable(project: Project) -> Iterator[Diagnostic]:
    """Values in which a dollar sign begins nothing: ``docker compose`` refuses the file."""
    source = project.source
    for section in _SECTIONS:
        for path, text in _texts(source.value.get(section), (section,)):
            if not is_valid(text):
                yield source.problem(
                    "interpolation",
                    f"not a variable, and a dollar sign is written as $$: {text!r}",
                    path,
                )


def is_valid(text: str) -> bool:
    """Whether every dollar sign begins a variable or is escaped."""
    at = text.find("$")
    while at >= 0:
        end = _after(text, at + 1)
        if end is None:
            return False
        at = text.find("$", end)
    return True


def _after(text: str, at: int) -> int | None:
    """Where what a dollar sign before ``at`` begins has ended; None where it is nothing."""
    if text[at : at + 1] == "$":
        return at + 1
    if text[at : at + 1] != "{":
        name = _NAME.match(text, at)
        return name.end() if name else None
    name = _NAME.match(text, at + 1)
    if name is None:
        return None
    if text[name.end() : name.end() + 1] == "}":
        return name.end() + 1
    operator = _OPERATOR.match(text, name.end())
    return _closing(text, operator.end()) if operator else None


def _closing(text: str, at: int) -> int | None:
    """Where the brace that is open at ``at`` is closed, others within it first."""
    depth = 1
    for position in range(at, len(text)):
        if text[position] == "}":
            depth -= 1
            if depth == 0:
                return position + 1
        elif text[position] == "{" and text[position - 1] == "$":
            depth += 1
    return None


def _texts(
    value: JsonValue, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text that holds a dollar sign; keys are not interpolated."""
    if isinstance(value, str):
        if "$" in value:
            yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not str(key).startswith("x-"):
                yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
