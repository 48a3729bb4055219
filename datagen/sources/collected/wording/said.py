"""What the formats have in common: sentences with their checks, names in JMESPath, YAML."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import yaml

from datagen.sources.collected.units import Unit
from rewardsvc.types import Check, JsonValue

MOST_VALUE = 120
"""Characters of a value that is told."""

_MOST_VALUES = 20_000
"""Of one file; one of 64 kB that names few of them twice has fewer."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, with what holds if it was followed."""

    sentence: str
    checks: tuple[Check, ...]


def described(checks: Iterable[Check], words: str) -> tuple[Check, ...]:
    """The checks of a sentence, described by its words."""
    return tuple(replace(check, description=words) for check in checks)


def sentence(words: str, checks: Iterable[Check]) -> Said:
    """A sentence that stands alone."""
    return Said(f"- {words[0].upper()}{words[1:]}.", described(checks, words))


def key(name: object) -> str:
    """A name in JMESPath."""
    return json.dumps(str(name))


def coded(values: Iterable[object]) -> str:
    """Values as code, in a list: `` `a`, `b` and `c` ``."""
    return listed([f"`{value}`" for value in values])


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def quoted(description: str | None) -> str:
    """A description as its author wrote it, where it is a line of a usable length."""
    if not description or len(description) > MOST_VALUE * 2 or "\n" in description:
        return ""
    return f' ("{description.rstrip(". ")}")'


def yaml_documents(unit: Unit) -> list[Mapping[str, Any]]:
    """The documents of a file of one, each a mapping.

    Raises:
        ValueError: one is no mapping, or its aliases make it too large.
        yaml.YAMLError: it is not YAML.
    """
    loaded = yaml_values(unit)
    if any(each is not None and not isinstance(each, dict) for each in loaded):
        raise ValueError("not a mapping")
    return [each for each in loaded if each]


def yaml_values(unit: Unit, loader: type[yaml.SafeLoader] = yaml.SafeLoader) -> list[Any]:
    """What a file of one has.

    Not LibYAML's loader: deep nesting is an error here, and the end of the process there.

    Raises:
        ValueError: aliases make it too large.
        yaml.YAMLError: it is not YAML.
    """
    (text,) = unit.files.values()
    loaded = list(yaml.load_all(text, loader))
    if sum(1 for _ in islice(_values_in(loaded), _MOST_VALUES)) == _MOST_VALUES:
        raise ValueError("too large with its aliases")
    return loaded


def _values_in(value: object) -> Iterator[object]:
    """All values below, one of several aliases as often as it is named; without end where one
    holds itself."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each


def scalars(value: object, names: Sequence[str]) -> Iterator[tuple[str, JsonValue]]:
    """The texts and numbers that a mapping has under these names."""
    if isinstance(value, dict):
        for name in names:
            if isinstance(found := value.get(name), str | int):
                yield name, found
