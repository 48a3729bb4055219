"""A YAML file that says what is to be made: what is wrong in it is named with key and line.

``rl`` reads the configuration of a run with it, ``datagen`` a recipe.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from rewardsvc.answer import without_marks
from rewardsvc.errors import InvalidFile
from rewardsvc.nearest import nearest

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class YamlMapping:
    """What a file says. ``shown`` names it in errors; ``lines``: where each key stands, by its
    place (``grpo.steps``, ``exports.0.format``)."""

    shown: str
    values: dict[str, object]
    lines: Mapping[str, int] = field(default_factory=dict)


def read_yaml_mapping(path: Path) -> YamlMapping:
    """What a file says.

    Raises:
        InvalidFile: it cannot be read, or is no mapping in YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidFile(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidFile(f"{path}: is not UTF-8: {error}") from error
    return yaml_mapping(text, str(path))


def yaml_mapping(text: str, shown: str) -> YamlMapping:
    """What a text says.

    Raises:
        InvalidFile: it is no mapping in YAML.
    """
    text = without_marks(text)
    try:
        values = yaml.safe_load(text)
        lines = _lines(text)
    except yaml.YAMLError as error:
        raise InvalidFile(f"{shown}: is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise InvalidFile(f"{shown}: must be a mapping of keys to values")
    return YamlMapping(shown, values, lines)


def validated(model: type[Model], said: YamlMapping) -> Model:
    """The values as a model has them.

    A validator may raise a ``PydanticCustomError`` whose context has a ``key``: that key of the
    place is the one that is wrong.

    Raises:
        InvalidFile: names the file, each key that is wrong and its line; for an unknown key also
            the nearest one that there is.
    """
    try:
        return model.model_validate(said.values)
    except ValidationError as error:
        known = _keys(model.model_json_schema())
        problems = "; ".join(_problems(error, said, set(known)))
        raise InvalidFile(f"{said.shown}: {problems}") from error


def _lines(text: str) -> dict[str, int]:
    """The line of each key by its place. Of keys that are given twice the last one counts, as it
    does for its value."""
    lines: dict[str, int] = {}
    seen: set[yaml.Node] = set()  # an alias may stand in what it names
    waiting = [("", yaml.compose(text, yaml.SafeLoader))]
    for prefix, node in waiting:
        if node in seen:
            continue
        for name, place, value in _parts(node):
            lines[f"{prefix}{name}"] = place.start_mark.line + 1
            waiting.append((f"{prefix}{name}.", value))
        if node is not None:
            seen.add(node)
    return lines


def _parts(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), key, value
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield str(number), value, value


def _keys(schema: object) -> Iterator[str]:
    """Of all sections, to guess which was meant."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            yield from map(str, properties)
        for value in schema.values():
            yield from _keys(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _keys(value)


def _problems(error: ValidationError, said: YamlMapping, known: set[str]) -> Iterator[str]:
    for problem in error.errors():
        parts, written = _place(problem["loc"], said.values)
        key = problem.get("ctx", {}).get("key")
        place = ".".join(parts if key is None else [*parts, str(key)])
        if problem["type"] == "extra_forbidden":
            words = f"unknown key {place!r}{nearest(parts[-1], known)}"
        else:
            words = f"{place or 'file'}: {problem['msg']}"
        # What is not there is at the line of the section that lacks it.
        line = said.lines.get(place if key is not None else ".".join(parts[:written]))
        yield words if line is None else f"{words} (at line {line})"


def _place(location: Sequence[str | int], values: object) -> tuple[list[str], int]:
    """Where a problem is, and how many of the parts are written in the file.

    The tag of a union is part of pydantic's place but no key of the file.
    """
    parts: list[str] = []
    written = 0
    for number, part in enumerate(location):
        inside = _inside(values, part)
        if inside is not None:
            (values,) = inside
            written += 1
        elif number + 1 < len(location):
            continue
        parts.append(str(part))
    return parts, written


def _inside(values: object, part: str | int) -> tuple[object] | None:
    if isinstance(values, Mapping) and part in values:
        return (values[part],)
    if isinstance(values, list) and isinstance(part, int) and part < len(values):
        return (values[part],)
    return None
