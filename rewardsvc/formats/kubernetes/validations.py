"""The rules that a custom resource's schema has in CEL (``x-kubernetes-validations``).

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
(validation rules). An API server asks them of what the schema accepts, with defaults filled in;
so are they here. A rule of a change (``oldSelf``) is skipped, as is one whose functions the library
lacks; :func:`tally` counts them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rewardsvc.formats.kubernetes.expressions import Expression, Skipped, compiled
from rewardsvc.verification.schemas import Violation, read_schema
from sandbox.toolchain.model import Toolchain

KEYWORD = "x-kubernetes-validations"
MAX_VALUES = 20_000
"""Values in a resource that rules are asked of at all, and in one that a rule of one loop is."""
MAX_LOOPED = 1_000
"""Values in one that a rule of several loops is asked of: they may go over the same list."""
MAX_DEPTH = 60
MAX_ASKED = 5_000
"""Times that rules are asked about one resource."""

_RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"}
    | {"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
)
_MARKS = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_MARK = re.compile(r"__|[.\-/]")
_OF_TYPE = "self.type"
_FIELD = re.compile(r"(?:\.[A-Za-z_][A-Za-z0-9_]*)+")


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """One rule. ``within``: the way to the field that its message is about."""

    expression: Expression
    message: str
    within: tuple[str, ...]


@dataclass(slots=True)
class _Place:
    """What is asked of a value, and of what is below it."""

    rules: list[ValidationRule] = field(default_factory=list)
    properties: dict[str, "_Place"] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    each: "_Place | None" = None
    asks: bool = False
    """Whether there is a rule here or below."""


class Validations:
    """The rules of one schema, compiled when it is made."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.skipped: Counter[Skipped] = Counter()
        self.count = 0
        self._root = self._place(schema)

    def violations(self, value: Any) -> list[Violation]:
        """What the rules object to in a resource that the schema accepts."""
        asking = _Asking()
        seen, size = asking.seen(self._root, value)
        if size > MAX_VALUES:
            return []
        return list(asking.of(self._root, seen, ()))

    def _place(self, schema: Mapping[str, Any]) -> _Place:
        place = _Place()
        for row in schema.get(KEYWORD, ()):
            found = compiled(row["rule"])
            if isinstance(found, Skipped):
                self.skipped[found] += 1
                continue
            self.count += 1
            where = str(row.get("fieldPath", ""))
            within = tuple(where.split(".")[1:]) if _FIELD.fullmatch(where) else ()
            message = str(row.get("message") or f"failed rule: {' '.join(row['rule'].split())}")
            place.rules.append(ValidationRule(found, message, within))
        for name, child in schema.get("properties", {}).items():
            if isinstance(child, Mapping):
                place.properties[name] = self._place(child)
                if "default" in child:
                    place.defaults[name] = child["default"]
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), Mapping):
                place.each = self._place(schema[key])
        below = [*place.properties.values(), *([place.each] if place.each else ())]
        place.asks = bool(place.rules) or any(each.asks for each in below)
        return place


_BARE = _Place()


class _Asking:
    """One resource being asked about; what is asked is bounded."""

    def __init__(self) -> None:
        self._left = MAX_ASKED
        self._values = 0
        self._sizes: dict[int, int] = {}

    def seen(self, place: _Place, value: Any, depth: int = 0) -> tuple[Any, int]:
        """The value as rules see it, and how many values are in it.

        With its defaults, without nulls, and with names as expressions write them.
        """
        self._values += 1
        if self._values > MAX_VALUES or depth > MAX_DEPTH:
            return None, MAX_VALUES + 1
        made: Any = value
        size = 1
        if isinstance(value, dict):
            made = {}
            for key, inner in ({**place.defaults, **value} if place.defaults else value).items():
                if inner is None or not isinstance(key, str):
                    continue
                known = place.properties.get(key)
                below = known or place.each or _BARE
                name = key if known is None else escaped(key)
                made[name], more = self.seen(below, inner, depth + 1)
                size += more
        elif isinstance(value, list):
            parts = [self.seen(place.each or _BARE, inner, depth + 1) for inner in value]
            made = [part for part, _ in parts]
            size += sum(more for _, more in parts)
        if place.rules:
            self._sizes[id(made)] = size
        return made, size

    def of(self, place: _Place, seen: Any, path: tuple[str | int, ...]) -> Iterator[Violation]:
        """What the rules of a place and below it object to."""
        by_type = False
        for rule in place.rules:
            most = MAX_LOOPED if rule.expression.loops > 1 else MAX_VALUES
            if self._sizes.get(id(seen), 1) > most or self._left <= 0:
                continue
            self._left -= 1
            if by_type and _OF_TYPE in rule.expression.text:
                continue  # what its type does not have was told with what it has instead
            if rule.expression.holds(seen) is False:
                by_type = by_type or _OF_TYPE in rule.expression.text
                yield Violation((*path, *rule.within), rule.message)
        if isinstance(seen, dict):
            for name, child in place.properties.items():
                if child.asks and (inner := seen.get(escaped(name))) is not None:
                    yield from self.of(child, inner, (*path, name))
            if place.each is not None and place.each.asks:
                for name, inner in seen.items():
                    if name not in place.properties:
                        yield from self.of(place.each, inner, (*path, name))
        elif isinstance(seen, list) and place.each is not None and place.each.asks:
            for index, inner in enumerate(seen):
                yield from self.of(place.each, inner, (*path, index))


def escaped(name: str) -> str:
    """A property's name as expressions write it."""
    if name in _RESERVED:
        return f"__{name}__"
    return _MARK.sub(lambda mark: _MARKS[mark[0]], name)


def tally(folder: Path) -> tuple[int, Counter[Skipped]]:
    """Of the schemas of custom resources in a folder: rules that are asked, and why others not.

    Raises:
        ToolchainError: a schema cannot be read.
    """
    asked, skipped = 0, Counter[Skipped]()
    for path in sorted(folder.glob("*_*_*.json")):
        if KEYWORD in path.read_text(encoding="utf-8"):
            found = Validations(read_schema(path))
            asked += found.count
            skipped += found.skipped
    return asked, skipped


def examined(toolchain: Toolchain) -> str:
    """See :attr:`rewardsvc.format.Format.examined`."""
    if toolchain.crd_schemas is None:
        return "no rules in CEL: there are no schemas of custom resources"
    asked, skipped = tally(toolchain.crd_schemas)
    pairs = sorted((reason.value, count) for reason, count in skipped.items())
    left = "".join(f", {count} skipped ({reason})" for reason, count in pairs)
    return f"rules in CEL of custom resources: {asked} asked{left}"
