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

from sandbox.terraform import protowire

_TYPE_MAPS = frozenset({2, 3, 8})
"""resource_schemas, data_source_schemas and ephemeral_resource_schemas, in protocols 5 and 6."""

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class SchemaIndex:
    """A schema answer: what every projection holds, and the entries by type name."""

    common: bytes
    entries: Mapping[str, bytes]

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
        return cls(bytes(common), dict(entries))

    def projected(self, names: Iterable[str]) -> bytes:
        """The answer with only the types of these names; names of no type are passed over."""
        chosen = sorted(name for name in set(names) if name in self.entries)
        return self.common + b"".join(self.entries[name] for name in chosen)


def names_in(files: Mapping[str, bytes]) -> frozenset[str]:
    """Every word in the configuration that could name a type: a superset is harmless."""
    return frozenset(name.decode() for content in files.values() for name in _NAME.findall(content))
