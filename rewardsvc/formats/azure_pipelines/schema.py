"""Microsoft's schema of Azure Pipelines, read as Azure reads pipelines, and which branch is meant.

The schema is the one of the editor's language server. It says in keywords of its own
(``ignoreCase``) what JSON Schema cannot: names differ by more than their case. And every scalar is
text to Azure: ``true``, ``"true"`` and ``$(flag)`` are all fine where it wants a boolean
(learn.microsoft.com, "YAML schema reference" and "Define variables").

What it says of the inputs of tasks is the editor's help: neither the service nor the agent looks at
them, the task does when it runs (:mod:`rewardsvc.formats.azure_pipelines.inputs`).
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import jsonschema_rs

from rewardsvc.formats.azure_pipelines.inputs import TaskInputs, lowered
from rewardsvc.types import JsonValue
from rewardsvc.verification.ladder import shortened
from rewardsvc.verification.objections import MAX_NAME, violations_of
from rewardsvc.verification.schemas import MAX_VIOLATIONS, Violation

_RUN_TIME = r"\$[({\[]"
"""``$(macro)``, ``${{ template expression }}``, ``$[runtime expression]``: anything may come."""

_TRUTHS = "|".join(
    "".join(f"[{letter.upper()}{letter}]" for letter in word)
    for word in ("true", "false", "yes", "no", "y", "n", "on", "off")
)
_SCALARS: dict[str, JsonValue] = {
    "string": {"type": ["string", "number", "boolean", "null"]},
    "boolean": {
        "anyOf": [
            {"type": "boolean"},
            {"type": "string", "pattern": rf"^({_TRUTHS})?$|{_RUN_TIME}"},
        ]
    },
    "integer": {
        "anyOf": [{"type": "number"}, {"type": "string", "pattern": rf"^\d*$|{_RUN_TIME}"}]
    },
}
_PROSE = frozenset({"description", "deprecationMessage", "$comment", "title", "$id", "examples"})
_FIXED = re.compile(r"\^([\w@. -]+)\$")
"""A pattern that is nothing but a word."""

_QUOTED = re.compile(r"'([^']+)'")

_MAX_DEPTH = 30

_FILLERS: Mapping[str, JsonValue] = {
    "steps": {"script": "x"},
    "jobs": {"job": "x", "steps": [{"script": "x"}]},
    "stages": {"stage": "x", "jobs": [{"job": "x", "steps": [{"script": "x"}]}]},
}
"""By the name of a list: an item that the schema accepts in it."""

_MAX_NAMES = 5
"""Keys too many that are held against the one that is lacking."""

_MAX_EXPLAINED = 25
"""Items of which the schema is asked what is wrong: with its hundreds of kinds of steps each takes
it 30 ms. Of the others it is only said that they are wrong."""


class AzureSchema:
    """The schema, compiled. Safe to use from several threads."""

    def __init__(self, schema: JsonValue) -> None:
        relaxed = _relaxed(schema)
        self.inputs = TaskInputs.of(schema, relaxed)
        relaxed["definitions"]["task"] = _with_any_task(relaxed["definitions"]["task"])
        self._schema = relaxed
        self._validator = jsonschema_rs.validator_for(relaxed, offline=True)

    def accepts(self, pipeline: JsonValue) -> bool:
        """Whether there is nothing to object to."""
        return self._validator.is_valid(lowered(pipeline))

    def violations(self, pipeline: JsonValue) -> list[Violation]:
        """What the schema objects to in a pipeline whose template expressions are opened."""
        small = lowered(pipeline)
        if self._validator.is_valid(small):
            return []
        narrowed, others = self._narrowed(small)
        found = [
            Violation(_as_written(pipeline, path), "is not valid, like those before it")
            for path in others[: MAX_VIOLATIONS // 2]
        ]
        if self._validator.is_valid(narrowed):
            return found or [Violation((), "the schema does not accept it as a whole")]
        names = _names(pipeline)
        errors = chain.from_iterable(map(_meant, self._validator.iter_errors(narrowed)))
        told_of = violations_of(islice(errors, MAX_VIOLATIONS), self._schema, narrowed)
        for told in told_of[:MAX_VIOLATIONS]:  # one error may be about all keys of a mapping
            message = shortened(_in_its_case(told.message, names))
            found.append(Violation(_as_written(pipeline, told.path), message))
        return found[:MAX_VIOLATIONS]

    def _narrowed(self, pipeline: JsonValue) -> tuple[JsonValue, list[tuple[str | int, ...]]]:
        """The pipeline with an accepted filler for every item of a list that is no culprit.

        And the places of culprits beyond the first, which have a filler as well.
        """
        explained = 0
        others: list[tuple[str | int, ...]] = []

        def narrowed(value: JsonValue, path: tuple[str | int, ...]) -> JsonValue:
            if not isinstance(value, dict):
                return value
            return {
                key: [item(key, inner, (*path, key, index)) for index, inner in enumerate(items)]
                if key in _FILLERS and isinstance(items, list)
                else items
                for key, items in value.items()
            }

        def item(key: str, value: JsonValue, path: tuple[str | int, ...]) -> JsonValue:
            nonlocal explained
            if self._validator.is_valid({key: [value]}):
                return _FILLERS[key]
            if explained == _MAX_EXPLAINED:
                others.append(path)
                return _FILLERS[key]
            inside = narrowed(value, path)
            explained += inside == value
            return inside

        return narrowed(pipeline, ()), others


def _relaxed(schema: JsonValue) -> JsonValue:
    """The schema with keys in lower case, scalars as Azure takes them and tasks of others."""
    if isinstance(schema, list):
        return [_relaxed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, JsonValue] = {}
    for key, value in schema.items():
        if key in _PROSE:
            continue
        if key == "properties" and isinstance(value, dict):
            found[key] = _relaxed_properties(value)
        elif key in {"required", "firstProperty"} and isinstance(value, list):
            found[key] = [name.lower() for name in value]
        elif key == "definitions" and isinstance(value, dict):
            found[key] = {name: _relaxed(inner) for name, inner in value.items()}
        else:
            found[key] = _relaxed(value)
    _relax_values(found)
    return found


def _relaxed_properties(properties: dict[str, Any]) -> dict[str, JsonValue]:
    """The properties, by each name that they have."""
    found: dict[str, JsonValue] = {}
    for name, value in properties.items():
        relaxed = _relaxed(value)
        aliases = value.get("aliases") if isinstance(value, dict) else None
        for called in (name, *(aliases or ())):
            found[called.lower()] = relaxed
    return found


def _with_any_task(task: dict[str, Any]) -> dict[str, JsonValue]:
    """A step with any task, for the marketplace has thousands and an organization its own, and with
    any inputs."""
    said = {key: value for key, value in task.items() if key != "anyOf"}
    named = {"type": "string", "pattern": r"^[^@\s]+@\d|\$"}
    properties = {**task["properties"], "task": named, "inputs": {"type": ["object", "null"]}}
    return {**said, "properties": properties, "required": ["task"]}


def _relax_values(schema: dict[str, JsonValue]) -> None:
    if isinstance(schema.get("enum"), list):
        words = "|".join(_any_case(str(word)) for word in schema.pop("enum"))
        schema["pattern"] = rf"^({words})$|{_RUN_TIME}"
        schema.setdefault("type", "string")
    elif isinstance(schema.get("pattern"), str) and schema.get("ignoreCase") in {"value", "all"}:
        fixed = _FIXED.fullmatch(schema["pattern"])
        if fixed:
            schema["pattern"] = f"^{_any_case(fixed[1])}$"
    kind = schema.get("type")
    if isinstance(kind, str) and kind in _SCALARS:
        del schema["type"]
        schema.update(_SCALARS[kind])


def _any_case(word: str) -> str:
    """A pattern for a word in capital and small letters (ECMA's patterns have no flags)."""
    return "".join(
        f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else re.escape(letter)
        for letter in word
    )


def _as_written(value: JsonValue, path: Sequence[str | int]) -> tuple[str | int, ...]:
    """The path with its keys as the file has them."""
    found: list[str | int] = []
    for part in path:
        key: str | int = part
        if isinstance(value, dict):
            key = next((name for name in value if name.lower() == part), part)
            value = value.get(str(key))
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        found.append(key)
    return tuple(found)


def _names(pipeline: JsonValue) -> Mapping[str, str]:
    """The keys of a file by their form in small letters, where that is another."""
    found: dict[str, str] = {}
    waiting = [pipeline]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key in value:
                if key.lower() != key:
                    found.setdefault(key.lower(), key)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return found


def _in_its_case(message: str, names: Mapping[str, str]) -> str:
    """The message with the names that it quotes as the file has them."""
    return _QUOTED.sub(lambda quoted: f"'{names.get(quoted[1], quoted[1])}'", message)


def _meant(
    error: jsonschema_rs.ValidationError, depth: int = 0
) -> Iterator[jsonschema_rs.ValidationError]:
    """The objections of the alternative that was most likely meant, all the way down.

    That one whose own level has the fewest objections: another kind of step lacks its first key
    and does not know the keys that are there; another task has another name.
    """
    branches: list[Any] = [branch for branch in getattr(error.kind, "context", ()) or () if branch]
    if not branches or depth > _MAX_DEPTH:
        yield error
        return
    level = len(error.instance_path)
    best = min(branches, key=lambda branch: _strangeness(branch, level))
    for inner in best:
        yield from _meant(inner, depth + 1)


def _strangeness(
    branch: Sequence[jsonschema_rs.ValidationError], level: int
) -> tuple[int, int, float]:
    """How little a branch fits: its objections to the value itself and to the name of its task,
    each key that is too many being one; and of two that are as near, how little what is lacking
    looks like what is too many."""
    own = [
        error
        for error in branch
        if len(error.instance_path) <= level or list(error.instance_path)[level:] == ["task"]
    ]
    many = [str(key) for error in own for key in getattr(error.kind, "unexpected", ())]
    lacking = [name for error in own if (name := str(getattr(error.kind, "property", "")))]
    others = sum(error.kind.name != "additionalProperties" for error in own)
    alike = max(
        (
            difflib.SequenceMatcher(None, one, other).ratio()
            for one in many[:_MAX_NAMES]
            for other in lacking[:1]
            if len(one) <= MAX_NAME
        ),
        default=0.0,
    )
    return len(many) + others, len(branch), -alike
