"""What the formats have in common: sentences with their checks, names in JMESPath, YAML."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datagen.sources.collected.units import Unit
from rewardsvc.types import Check, JsonValue
from rewardsvc.yaml12 import LocalTag, load_documents

MOST_VALUE = 120
"""Characters of a value that is told."""

_SHORT_FORM = re.compile(r"!\w+")
"""Of a function in a template (``!Ref``)."""


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
        ValueError: one is no mapping, or it is not YAML.
    """
    loaded = yaml_values(unit)
    if any(each is not None and not isinstance(each, dict) for each in loaded):
        raise ValueError("not a mapping")
    return [each for each in loaded if each]


def yaml_values(unit: Unit) -> list[Any]:
    """What a file of one has, in YAML 1.2 as its checks see it; nothing in place of a template's
    short forms.

    Raises:
        ValueError: it is not YAML, or its aliases make it too large.
    """
    (text,) = unit.files.values()
    short = _SHORT_FORM.findall(text) if unit.format == "cloudformation" else ()
    tags: dict[str, LocalTag] = dict.fromkeys(short, lambda _: None)
    # GitHub, alone, merges nothing.
    merge = unit.format != "github-actions"
    return [each.value for each in load_documents(text, merge=merge, tags=tags)]


def scalars(value: object, names: Sequence[str]) -> Iterator[tuple[str, JsonValue]]:
    """The texts and numbers that a mapping has under these names."""
    if isinstance(value, dict):
        for name in names:
            if isinstance(found := value.get(name), str | int):
                yield name, found
