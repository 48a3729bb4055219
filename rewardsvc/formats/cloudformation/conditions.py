"""What conditions come to before anybody chooses a parameter: always, never or open.

So that checks see what will be made: resources that never are go, and so do branches of ``Fn::If``
and properties that are ``AWS::NoValue``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewardsvc.formats.cloudformation.template import FOR_EACH, section
from rewardsvc.types import JsonValue

_PSEUDO = {
    "AWS::AccountId": re.compile(r"\d{12}"),
    "AWS::Partition": re.compile(r"aws(?:-cn|-us-gov|-iso[a-z]*)?"),
    "AWS::Region": re.compile(r"[a-z]{2,4}(?:-[a-z]++){1,4}-\d{1,2}"),
    "AWS::URLSuffix": re.compile(r"amazonaws\.com(?:\.cn)?|[a-z0-9.]+"),
}
"""What a value of a pseudo parameter looks like."""

_INDEX = re.compile(r"[0-9]{1,6}")

NO_VALUE = {"Ref": "AWS::NoValue"}
MAX_VALUES = 200_000
"""Compared in one template; what is compared beyond is open."""

Possible = frozenset[str] | None
"""The texts that a value may come to; None where that may be anything."""


class Conditions:
    """The conditions of a template."""

    def __init__(self, template: JsonValue) -> None:
        self._parameters = section(template, "Parameters")
        self._mappings = section(template, "Mappings")
        self._conditions = section(template, "Conditions")
        self._allowed: dict[str, Possible] = {}
        self._values_left = MAX_VALUES
        self._known: dict[str, bool | None] = {}
        for name in self._in_order():
            self._known[name] = self._holds(self._conditions[name])

    def _in_order(self) -> Iterator[str]:
        """The conditions, each behind those that it names; without those that never come to that,
        for they name each other in a circle: they stay open."""
        behind: dict[str, list[str]] = {}
        missing: dict[str, int] = {}
        for name, condition in self._conditions.items():
            named = set(_named_in(condition)) & self._conditions.keys()
            missing[name] = len(named)
            for each in named:
                behind.setdefault(each, []).append(name)
        ready = [name for name, count in missing.items() if not count]
        while ready:
            name = ready.pop()
            yield name
            for each in behind.get(name, ()):
                missing[each] -= 1
                if not missing[each]:
                    ready.append(each)

    def named(self, name: JsonValue) -> bool | None:
        """Whether the condition of that name always or never holds; None where that is open."""
        return self._known.get(name) if isinstance(name, str) else None

    def live(self, template: Mapping[str, Any]) -> Mapping[str, Any]:
        """The template without what is never made, and with what ``Fn::If`` always comes to."""
        without = {
            name: self._without_unmade(each) if name in ("Resources", "Outputs") else each
            for name, each in template.items()
        }
        return {
            name: each if name in ("Conditions", "Rules") else self._resolved(each)
            for name, each in without.items()
        }

    def _without_unmade(self, entries: JsonValue) -> JsonValue:
        if not isinstance(entries, dict):
            return entries
        kept = {}
        for name, entry in entries.items():
            match entry:
                case {"Condition": condition} if self.named(condition) is False:
                    continue
                case [_, [], dict()] if name.startswith(FOR_EACH):
                    continue
            kept[name] = entry
        return kept

    def _resolved(self, value: JsonValue) -> JsonValue:
        value = self._chosen(value)
        if isinstance(value, list):
            items = [self._resolved(each) for each in value]
            return [each for each in items if each != NO_VALUE]
        if isinstance(value, dict):
            branches = value.get("Fn::If")
            if isinstance(branches, list):  # an open one: none of its branches is a property yet
                return {**value, "Fn::If": list(map(self._resolved, branches))}
            entries = {key: self._resolved(each) for key, each in value.items()}
            return {key: each for key, each in entries.items() if each != NO_VALUE}
        return value

    def _chosen(self, value: JsonValue) -> JsonValue:
        while True:
            match value:
                case {"Fn::If": [condition, yes, no]} if self.named(condition) is not None:
                    value = yes if self.named(condition) else no
                case _:
                    return value

    def _holds(self, condition: JsonValue) -> bool | None:
        match condition:
            case {"Condition": name}:
                return self.named(name)
            case {"Fn::Equals": [left, right]}:
                return self._equal(left, right)
            case {"Fn::Not": [inner]}:
                holds = self._holds(inner)
                return None if holds is None else not holds
            case {"Fn::And": list() as inner}:
                return _all([self._holds(each) for each in inner])
            case {"Fn::Or": list() as inner}:
                some = [self._holds(each) for each in inner]
                none = _all([None if each is None else not each for each in some])
                return None if none is None else not none
        return None

    def _equal(self, left: JsonValue, right: JsonValue) -> bool | None:
        if left == right:
            return True
        one, other = self._possible(left), self._possible(right)
        for value, against in ((left, other), (right, one)):
            if _never_equal(value, against):
                return False
        if one is None or other is None:
            return None
        self._values_left -= min(len(one), len(other))
        if self._values_left < 0:
            return None
        if one.isdisjoint(other):
            return False
        return True if len(one) == len(other) == 1 else None

    def _possible(self, value: JsonValue) -> Possible:
        """The texts that a value may come to, as CloudFormation compares them."""
        match value:
            case bool():
                return frozenset({str(value).lower()})
            case str() | int() | float():
                return frozenset({str(value)})
            case {"Ref": str() as name}:
                return self._allowed_of(name)
            case {"Fn::FindInMap": [str() as name, str() as first, str() as second, *_]}:
                found = section(section(self._mappings, name), first).get(second)
                return None if found is None else self._possible(found)
            case {"Fn::Join": [str() as between, list() as parts]}:
                return self._joined(parts, between)
            case {"Fn::Select": [int() | str() as index, list() as items]}:
                at = int(index) if _INDEX.fullmatch(str(index)) else len(items)
                return self._possible(items[at]) if at < len(items) else None
            case {"Fn::Sub": str() as text} if "${" not in text:
                return frozenset({text})
        return None

    def _allowed_of(self, parameter: str) -> Possible:
        if parameter not in self._allowed:
            values = section(self._parameters, parameter).get("AllowedValues")
            texts = frozenset(map(_text, values)) if isinstance(values, list) else None
            self._allowed[parameter] = texts
        return self._allowed[parameter]

    def _joined(self, parts: Sequence[JsonValue], between: str) -> Possible:
        texts = [self._possible(each) for each in parts]
        if any(each is None or len(each) != 1 for each in texts):
            return None
        return frozenset({between.join(text for each in texts if each for text in each)})


def _named_in(condition: JsonValue) -> Iterator[str]:
    """The conditions that one is made of."""
    match condition:
        case {"Condition": str() as name}:
            yield name
        case {"Fn::And": list() as inner} | {"Fn::Or": list() as inner}:
            for each in inner:
                yield from _named_in(each)
        case {"Fn::Not": [inner]}:
            yield from _named_in(inner)


def _never_equal(value: JsonValue, other: Possible) -> bool:
    """Whether a pseudo parameter never has any of those values."""
    match value:
        case {"Ref": str() as name} if name in _PSEUDO and other is not None:
            return not any(_PSEUDO[name].fullmatch(each) for each in other)
    return False


def _all(holding: Sequence[bool | None]) -> bool | None:
    if False in holding:
        return False
    return None if None in holding else True


def _text(value: JsonValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
