"""A provider's schema, cut down to the types that a configuration names. Pure.

Decoding the full schema (AWS: 4.9 MB, 2,100 types) is what ``terraform validate`` spends its time
on. The answer to ``GetProviderSchema`` holds resource, data source and ephemeral types as map
fields, so a smaller answer is a concatenation of some of its entries, byte for byte.
https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.8.proto
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox import protowire

_TYPE_MAPS = frozenset({2, 3, 8, 9, 10, 11})
"""The schemas of resources, data sources, ephemeral resources, and in later versions of the
protocol those of list resources, state stores and actions; in 5 and in 6 alike."""

_RESOURCES = 2
"""Of the schemas, those of resources."""

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")

_SUGGESTED_WITHIN = 2
"""Edits up to which Terraform asks "Did you mean": internal/didyoumean of hashicorp/terraform."""

_MISSPELT = 32
"""Names of no type whose neighbours are looked up; a configuration may hold thousands of words."""


@dataclass(frozen=True, slots=True)
class SchemaIndex:
    """A schema answer: what every projection holds, and the entries by type name."""

    common: bytes
    entries: Mapping[str, bytes]
    letters: Mapping[str, int]
    """The letters of each type name, as bits."""
    families: frozenset[str]
    """What the type names begin with: ``aws``."""

    @classmethod
    def of(cls, answer: bytes) -> "SchemaIndex":
        """Index a provider's full answer.

        Raises:
            protowire.BrokenMessage: it is not a schema answer.
        """
        common = bytearray()
        entries: dict[str, bytes] = defaultdict(bytes)
        for field in protowire.fields(answer):
            if field.number in _TYPE_MAPS and field.value is not None:
                key = next(part for part in protowire.fields(field.value) if part.number == 1)
                entries[(key.value or b"").decode()] += field.raw
            else:
                common += field.raw
        letters = {name: _letters(name) for name in entries}
        families = frozenset(name.partition("_")[0] for name in entries)
        return cls(bytes(common), dict(entries), letters, families)

    def projected(self, names: Iterable[str]) -> bytes:
        """The answer with only the types of these names.

        A name of no type brings the types that Terraform would suggest instead of it.
        """
        wanted = set(names)
        chosen = wanted & self.entries.keys()
        strange = (n for n in wanted - chosen if "_" in n and n.partition("_")[0] in self.families)
        for name in sorted(strange)[:_MISSPELT]:
            chosen |= self._neighbours(name)
        return self.common + b"".join(self.entries[name] for name in sorted(chosen))

    def resource(self, name: str) -> bytes:
        """The ``Schema`` message of a type of resource.

        Raises:
            KeyError: there is none of that name.
        """
        for field in protowire.fields(self.entries[name]):
            if field.number == _RESOURCES and field.value is not None:
                entry = protowire.fields(field.value)
                return next(part.value or b"" for part in entry if part.number == 2)
        raise KeyError(name)

    def _neighbours(self, name: str) -> set[str]:
        bits = _letters(name)
        return {
            known
            for known, letters in self.letters.items()
            if abs(len(known) - len(name)) <= _SUGGESTED_WITHIN
            and (bits ^ letters).bit_count() <= 2 * _SUGGESTED_WITHIN  # an edit changes two
            and _distance(name, known) <= _SUGGESTED_WITHIN
        }


def names_in(files: Mapping[str, bytes]) -> frozenset[str]:
    """Every word in the configuration that could name a type: a superset is harmless."""
    return frozenset(name.decode() for content in files.values() for name in _NAME.findall(content))


def _letters(name: str) -> int:
    bits = 0
    for letter in name:
        bits |= 1 << ord(letter) % 64
    return bits


def _distance(one: str, other: str) -> int:
    """Levenshtein's: how many letters to put in, take out or exchange."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, opposite in enumerate(other, 1):
            before, row[at] = (
                row[at],
                min(row[at] + 1, row[at - 1] + 1, before + (letter != opposite)),
            )
    return row[-1]
