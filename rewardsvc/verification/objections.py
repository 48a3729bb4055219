"""What a schema's errors say of a value: each mistake once, at its own place, in words.

A validator reports by keyword: all keys that are too many in one error about the mapping, and the
key that is lacking for one of them was mistyped in another; of alternatives, that none holds.
Whoever reads wants the key, what was expected instead, and one objection for one mistake.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jsonschema_rs

from rewardsvc.nearest import meant
from rewardsvc.types import JsonValue
from rewardsvc.verification.ladder import shortened

_SHOWN_ALTERNATIVES = 3
"""Of alternatives that are equally near."""

MAX_NAMES = 50
"""Of keys that one mapping lacks or has too many, that are compared as misspellings."""

MAX_NAME = 100
"""Characters of a key that can be a misspelling: to compare long ones takes their product."""

_ALIKE = 0.7
"""How alike a key is to the one that it was to be, as :mod:`difflib` counts."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """One objection of a schema. ``path`` leads to the value, or the key, that it concerns,
    ``against`` to the keys that it excludes."""

    path: Path
    message: str
    against: tuple[Path, ...] = ()

    @property
    def place(self) -> str:
        """The path as people write it: ``spec.containers[0].image``."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


@dataclass(frozen=True, slots=True)
class _Objection:
    """One error, or the part of it that is about one key.

    ``lacking``, ``unexpected``: the key that is not there, or should not be, "" of other errors.
    ``against``: as a violation has it.
    """

    path: Path
    message: str
    lacking: str = ""
    unexpected: str = ""
    against: tuple[Path, ...] = ()

    @property
    def violation(self) -> Violation:
        path = (*self.path, self.unexpected) if self.unexpected else self.path
        return Violation(path, shortened(self.message), self.against)


def violations_of(
    errors: Iterable[jsonschema_rs.ValidationError], schema: JsonValue, value: JsonValue
) -> list[Violation]:
    """What the errors of one validation of a value by a schema say, each mistake once."""
    told = _typed_once([_most_telling(error) for error in errors])
    found = [part for error in told for part in _objections(error, schema, value)]
    return list(dict.fromkeys(part.violation for part in _misspelt_once(found)))


def _objections(
    error: jsonschema_rs.ValidationError, schema: JsonValue, value: JsonValue
) -> Iterator[_Objection]:
    path = tuple(error.instance_path)
    alternative = _nearest_alternatives(error)
    if exclusive := _exclusive(error, schema):
        together = [key for key in _at(value, path) if key in exclusive]  # in the file's order
        words = f"{' and '.join(together)} exclude each other"
        others = tuple((*path, key) for key in together[:-1])
        yield _Objection((*path, together[-1]), words, against=others)
    elif alternative:
        keys = [key for branch in alternative[:1] for each in branch for key in _unexpected(each)]
        only = keys[0] if len(alternative) == 1 and keys else ""
        yield _Objection(path, _wanted(error), unexpected=only)
    elif unexpected := _unexpected(error):
        for key in _unheard_of(error, unexpected, schema):
            words = f"Additional properties are not allowed ({key!r} was unexpected)"
            yield _Objection(path, words, unexpected=key)
    else:
        lacking = getattr(error.kind, "property", "")
        yield _Objection(path, _wanted(error) or error.message, lacking=str(lacking))


def _typed_once(
    errors: Sequence[jsonschema_rs.ValidationError],
) -> list[jsonschema_rs.ValidationError]:
    """The errors without those that a value of another type is none of the words it may be."""
    other = {tuple(error.instance_path) for error in errors if error.kind.name == "type"}
    words = {"enum", "const"}
    return [
        error
        for error in errors
        if error.kind.name not in words or tuple(error.instance_path) not in other
    ]


def _misspelt_once(found: Sequence[_Objection]) -> list[_Objection]:
    """The objections without those to a lack, where a key of another spelling is what was meant."""
    lacking: dict[Path, list[_Objection]] = {}
    for part in found:
        if part.lacking and len(part.lacking) <= MAX_NAME:
            lacking.setdefault(part.path, []).append(part)
    if not lacking:
        return list(found)
    said: list[_Objection] = []
    explained: set[_Objection] = set()
    for part in found:
        wanted = [each for each in lacking.get(part.path, ())[:MAX_NAMES] if each not in explained]
        if wanted and part.unexpected and len(part.unexpected) <= MAX_NAME:
            names = {each.lacking.lower(): each for each in wanted}
            near = difflib.get_close_matches(part.unexpected.lower(), names, n=1, cutoff=_ALIKE)
            if near:
                other = names[near[0]]
                explained.add(other)
                said.append(replace(part, message=f"{part.message}{meant(other.lacking)}"))
                continue
        said.append(part)
    return [part for part in said if part not in explained]


def _most_telling(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Of a failed anyOf or oneOf, the error of the branch that got furthest into the value."""
    for _ in range(20):
        context: Sequence[Sequence[jsonschema_rs.ValidationError]] = getattr(
            error.kind, "context", ()
        )
        branches = [branch for branch in context if branch]
        if not branches or _holds_twice(error):
            return error
        deepest = max(
            branches,
            key=lambda branch: (max(len(inner.instance_path) for inner in branch), -len(branch)),
        )
        inner = max(deepest, key=lambda found: len(found.instance_path))
        if len(inner.instance_path) <= len(error.instance_path):
            return error
        error = inner
    return error


def _wanted(error: jsonschema_rs.ValidationError) -> str:
    """What the nearest alternative of a failed anyOf or oneOf wants; "" where it is none.

    Nearest are those that take the value's type, and of them the ones with the fewest objections;
    where none takes it, the types that they take.
    """
    branches = _alternatives(error)
    nearest = [
        "; ".join(dict.fromkeys(_wanted(each) or each.message for each in branch))
        for branch in _nearest_alternatives(error)
    ]
    types = [name for branch in branches for each in branch for name in _types(each)]
    if nearest:
        others = [] if isinstance(error.instance, dict | list) else list(dict.fromkeys(types))
        said = list(dict.fromkeys(nearest))[:_SHOWN_ALTERNATIVES]
        return ", or ".join([*said, *([f"it is not of type {' or '.join(others)}"] * bool(others))])
    value = json.dumps(error.instance, ensure_ascii=False, default=str)
    return f"{value} is not of type {' or '.join(dict.fromkeys(types))}" if types else ""


def _exclusive(error: jsonschema_rs.ValidationError, schema: JsonValue) -> set[str]:
    """The keys that a value has and should have one of: several alternatives of a oneOf ask for
    theirs, or a ``not`` names them; none of other errors."""
    if not isinstance(error.instance, dict):
        return set()
    if error.kind.name == "not":
        keys = _required_by(getattr(error.kind, "schema", None))
    elif error.kind.name == "oneOf" and _holds_twice(error):
        alternatives = list(_at(schema, error.schema_path))
        both = zip(alternatives, getattr(error.kind, "context", ()), strict=False)
        keys = [key for branch, failed in both if not failed for key in _required_by(branch)]
    else:
        return set()
    given = error.instance.keys() & keys
    return given if len(given) > 1 else set()


def _holds_twice(error: jsonschema_rs.ValidationError) -> bool:
    """Whether several alternatives of a oneOf hold."""
    return sum(not branch for branch in getattr(error.kind, "context", ())) > 1


def _required_by(schema: JsonValue) -> list[str]:
    """The keys that a schema only asks to be there."""
    required = schema.get("required") if isinstance(schema, dict) else None
    return [str(key) for key in required] if isinstance(required, list) else []


def _at(value: JsonValue, path: Iterable[str | int]) -> Iterable[Any]:
    """The items of the list, or the keys of the mapping, at a path; none where it leads nowhere."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
    return value if isinstance(value, list | dict) else ()


_Branch = Sequence[jsonschema_rs.ValidationError]


def _alternatives(error: jsonschema_rs.ValidationError) -> list[_Branch]:
    """Of a failed anyOf or oneOf, the objections of each alternative."""
    return [branch for branch in getattr(error.kind, "context", ()) if branch]


def _nearest_alternatives(error: jsonschema_rs.ValidationError) -> list[_Branch]:
    """Those of the alternatives that take the value's type, with the fewest objections."""
    if _holds_twice(error):
        return []  # those that fail are right to
    fitting = [branch for branch in _alternatives(error) if not any(map(_is_type, branch))]
    fewest = min(map(len, fitting), default=0)
    return [branch for branch in fitting if len(branch) == fewest]


def _unexpected(error: jsonschema_rs.ValidationError) -> list[str]:
    """The keys that an objection is about, which should not be there."""
    return [str(name) for name in getattr(error.kind, "unexpected", ())]


def _unheard_of(
    error: jsonschema_rs.ValidationError, keys: Sequence[str], schema: JsonValue
) -> Iterator[str]:
    """Of keys that should not be there, those that no other error is about.

    To ``unevaluatedProperties`` a key whose value is wrong is one that nothing describes, and so is
    each key beside it (JSON Schema 2020-12, core 7.7.1.1: what fails leaves no annotations).
    """
    if error.kind.name != "unevaluatedProperties":
        yield from keys
        return
    named, patterns = _described(schema, _at(schema, tuple(error.schema_path)[:-1]))
    for key in keys:
        if key not in named and not any(re.search(pattern, key) for pattern in patterns):
            yield key


def _described(schema: JsonValue, part: JsonValue) -> tuple[set[str], set[str]]:
    """The keys, and the patterns of keys, that a part of a schema describes whatever the value is:
    its own and those of what it refers to, not those of alternatives."""
    named: set[str] = set()
    patterns: set[str] = set()
    parts, seen = [part], set[str]()
    while parts:
        part = parts.pop()
        if not isinstance(part, dict):
            continue
        named.update(part.get("properties", ()))
        patterns.update(part.get("patternProperties", ()))
        parts.extend(part.get("allOf", ()))
        address = part.get("$ref", "")
        if address.startswith("#/") and address not in seen:
            seen.add(address)
            parts.append(_at(schema, address[2:].split("/")))
    return named, patterns


def _is_type(error: jsonschema_rs.ValidationError) -> bool:
    return bool(_types(error))


def _types(error: jsonschema_rs.ValidationError) -> list[str]:
    """The types that an objection to a value's type names."""
    found = getattr(error.kind, "types", None)
    return [json.dumps(str(name)) for name in found] if found else []
