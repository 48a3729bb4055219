"""What set-up read of the provider's documentation: a page for each resource type."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datagen.errors import SourceMissing

_FILE = Path("documentation") / "aws.json.gz"
MISSING = "run `make setup`, or `python -m sandbox.toolchain documentation`"

_BEYOND = frozenset({"id", "tags_all", "timeouts"})


@dataclass(frozen=True, slots=True)
class Nested:
    """A block inside of a block. ``least`` and ``most``: how many; 0 for no limit."""

    block: "PageBlock"
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class PageAttribute:
    """An attribute: its type as Terraform writes it in JSON, and whether one must or may set it."""

    type: Any
    required: bool
    settable: bool
    computed: bool


@dataclass(frozen=True, slots=True)
class PageBlock:
    """What a resource, or a block in it, consists of."""

    attributes: Mapping[str, PageAttribute]
    blocks: Mapping[str, Nested]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "PageBlock":
        """Out of ``terraform providers schema -json``."""
        attributes = {
            name: PageAttribute(
                each.get("type", "dynamic"),
                bool(each.get("required")),
                bool(each.get("required") or each.get("optional")),
                bool(each.get("computed")),
            )
            for name, each in data.get("attributes", {}).items()
        }
        blocks = {
            name: Nested(
                cls.of(each["block"]),
                each.get("min_items", 0),
                1 if each["nesting_mode"] in ("single", "group") else each.get("max_items", 0),
            )
            for name, each in data.get("block_types", {}).items()
        }
        return cls(attributes, blocks)

    @property
    def names(self) -> list[str]:
        """Of all that one may write in it."""
        settable = [name for name, each in self.attributes.items() if each.settable]
        return [name for name in (*settable, *self.blocks) if name not in _BEYOND]

    @property
    def required(self) -> list[str]:
        """Of all that one must write in it."""
        attributes = [name for name, each in self.attributes.items() if each.required]
        return [*attributes, *(name for name, each in self.blocks.items() if each.least)]


@dataclass(frozen=True, slots=True)
class TypePage:
    """What is documented of a type. ``arguments``: texts by path (``ingress.from_port``)."""

    type: str
    cls: str
    introduction: str
    arguments: Mapping[str, str]
    examples: tuple[str, ...]
    schema: PageBlock

    @property
    def service(self) -> str:
        """The service that it belongs to, by the documentation's own order."""
        return self.cls.partition(".")[0].strip("_") or self.type.split("_")[1]


@dataclass(frozen=True, slots=True)
class Pages:
    """All pages. ``source``: what they are made of, with licences; ``digest`` names that."""

    pages: Mapping[str, TypePage]
    types: Mapping[str, str]
    """By the class that documents them, as examples write it."""
    source: str
    digest: str


def read_pages(tools: Path) -> Pages:
    """The pages in the folder of tools.

    Raises:
        SourceMissing: set-up has not read them.
    """
    path = tools / _FILE
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            head = json.loads(file.readline())
            pages = {page.type: page for page in map(_page, _rows(file))}
    except (OSError, EOFError, zlib.error, ValueError, KeyError) as error:  # or cut off, or damaged
        raise SourceMissing(f"there is no documentation at {path}: {MISSING}") from error
    types: dict[str, str] = {}
    for page in pages.values():
        if page.cls:
            types.setdefault(page.cls, page.type)
            types.setdefault(f"{page.cls}V2", page.type)  # the client's second class for it
    return Pages(
        pages,
        types,
        f"{head['provider']}, read from {head['distribution']}: {head['licences']}",
        f"{head['sha256'][:12]}/{head['provider']}/{head['reader']}",
    )


def _rows(lines: Iterator[str]) -> Iterator[Mapping[str, Any]]:
    return (json.loads(line) for line in lines)


def _page(row: Mapping[str, Any]) -> TypePage:
    return TypePage(
        row["type"],
        row["class"],
        row["introduction"],
        row.get("arguments", {}),
        tuple(row["examples"]),
        PageBlock.of(row["schema"]),
    )
