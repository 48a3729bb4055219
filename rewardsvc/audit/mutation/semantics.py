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

_ORDERED = re.compile(r"stages|steps|script|before_script|after_script|tasks|rules")
"""Lists in which one thing comes after another."""

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
    ``growing``: paths of what gives access or is reached; one more there is more than was asked.
    """

    sections: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()
    references: re.Pattern[str] | None = None
    growing: re.Pattern[str] | None = None

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

    def grows(self, path: Path) -> bool:
        """Whether one more entry at a path gives more access, or is reached."""
        return self.growing is not None and self.growing.fullmatch(dotted(path)) is not None

    def alike(
        self, path: Path, value: str, documents: Sequence[JsonValue], index: int
    ) -> Iterator[str]:
        """The text with its reference leading to another thing of the kind, for each of those."""
        target = self.target(value)
        seen = {target}
        for group in self.groups(documents, index, path):
            if target in group:
                for other in group:
                    if other not in seen and other not in path:  # nothing refers to itself
                        seen.add(other)
                        yield value.replace(target, other, 1)

    def groups(
        self, documents: Sequence[JsonValue], index: int, path: Path
    ) -> Iterator[Sequence[str]]:
        """The names that the answer gives to things, those of one kind together."""
        document = documents[index]
        if isinstance(document, Mapping):
            for section in _NAMING:
                entries = document.get(section)
                if isinstance(entries, Mapping):
                    yield tuple(entries)

    def same(self, one: Sequence[JsonValue], other: Sequence[JsonValue]) -> bool:
        """Whether documents that differ in what refers to what are the same in other words."""
        return bool(unordered(list(one)) == unordered(list(other)))

    def reversed_references(
        self, document: JsonValue
    ) -> Iterator[tuple[Path, JsonValue, str, str]]:
        """References between things of one kind, the other way round: where, what stands there
        then, and how the reference went before and goes after."""
        yield from ()

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


def unordered(value: JsonValue, key: str = "") -> JsonValue:
    """A value in which lists have an order of their own, but for those of steps."""
    if isinstance(value, Mapping):
        return {name: unordered(inner, name) for name, inner in value.items()}
    if not isinstance(value, list):
        return value
    items = [unordered(inner) for inner in value]
    return items if _ORDERED.fullmatch(key) else sorted(items, key=repr)


def dotted(path: Path) -> str:
    """A path as one text: ``jobs.build.needs.0``."""
    return ".".join(map(str, path))
