"""What the parts of a YAML format mean: what is a resource, a reference, a permission.

:class:`YamlSemantics` knows what is common; a format says what is its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from rewardsvc.types import JsonValue

Path = tuple[str | int, ...]

_LISTED = re.compile(
    r"stages|jobs|containers|initContainers|workerGroupSpecs|templates"
    r"|steps|script|before_script|after_script"
)
"""Lists whose items are things of their own."""

_NAMING = ("services", "networks", "volumes", "secrets", "configs", "jobs", "orbs")
"""Top-level sections whose keys are names."""

_MISSING = "-missing"
_ANYWHERE = ("0.0.0.0/0", "::/0")
_CIDR = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")


class YamlSemantics:
    """What the parts of one format's files mean. Pure.

    ``sections``: top-level sections whose entries are things of their own.
    ``unlisted``: lists whose items are not, though those of that name elsewhere are.
    ``references``: paths whose text refers; a text there that the answer does not define is a
    name like others.
    """

    sections: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()
    references: re.Pattern[str] | None = None

    def is_resource(self, path: Path, document: JsonValue) -> bool:
        """Whether the entry at a path is a resource, service, job, stage, container or step."""
        if len(path) == 2 and path[0] in self.sections:
            return isinstance(path[1], str)
        if isinstance(path[-1], int) and len(path) > 1 and isinstance(path[-2], str):
            return path[-2] not in self.unlisted and _LISTED.fullmatch(path[-2]) is not None
        return False

    def names_resource(self, path: Path, document: JsonValue) -> bool:
        """Whether the key at a path is the name of such a thing."""
        return isinstance(path[-1], str) and self.is_resource(path, document)

    def refers(self, path: Path, value: str, documents: Sequence[JsonValue], index: int) -> bool:
        """Whether a text points to something that is defined in the answer."""
        if self.references is None or self.references.fullmatch(dotted(path)) is None:
            return False
        return self.target(value) in self.defined(documents, index, path)

    def broken(
        self, path: Path, value: str, documents: Sequence[JsonValue], index: int
    ) -> Iterator[str]:
        """The text with its reference leading nowhere."""
        if self.refers(path, value, documents, index):
            target = self.target(value)
            yield value.replace(target, target + _MISSING, 1)

    def weakened(self, path: Path, value: JsonValue) -> Iterator[JsonValue]:
        """The value with more allowed than before."""
        if isinstance(value, str) and _CIDR.fullmatch(value) and value not in _ANYWHERE:
            yield _ANYWHERE[0]
        yield from self.more_allowed(path, value)

    def more_allowed(self, path: Path, value: JsonValue) -> Iterator[JsonValue]:
        """What of :meth:`weakened` is the format's own."""
        if path[-1] == "permissions" and value != "write-all":
            yield "write-all"

    def target(self, value: str) -> str:
        """What of a text is the name."""
        return value

    def defined(self, documents: Sequence[JsonValue], index: int, path: Path) -> frozenset[str]:
        """The names that the answer gives to things, as one at ``path`` may refer to them."""
        document = documents[index]
        if not isinstance(document, Mapping):
            return frozenset()
        sections = (document.get(section) for section in _NAMING)
        return frozenset(
            name for entries in sections if isinstance(entries, Mapping) for name in entries
        )


def dotted(path: Path) -> str:
    """A path as one text: ``jobs.build.needs.0``."""
    return ".".join(map(str, path))
