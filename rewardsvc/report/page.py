"""A report as a page: its parts in order, written as HTML and as Markdown. Pure.

Both are of the same parts, so that they say the same. The HTML is one file that fetches nothing:
what stands beside it is its pictures.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from jinja2 import Environment, PackageLoader, StrictUndefined


@dataclass(frozen=True, slots=True)
class Heading:
    """Begins a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Cells as text: those of the heading, and rows of as many."""

    kind: ClassVar[str] = "table"
    heading: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A file beside the page, and what it shows, in words."""

    kind: ClassVar[str] = "picture"
    file: str
    shows: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Points, one a line."""

    kind: ClassVar[str] = "listing"
    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text as it stands, with what it is called and what is said of it, a point a line."""

    caption: str
    text: str
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Texts to compare: beside each other where there is room."""

    kind: ClassVar[str] = "sides"
    sides: Sequence[ShownText]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure that stands alone, with what it is of and, in small, what to know about it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures side by side: what a page is about, at a glance."""

    kind: ClassVar[str] = "tiles"
    items: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in segments. ``sizes``: of each; ``text``: what they come to, beside it."""

    label: str
    sizes: Sequence[float]
    text: str
    note: str = ""

    @property
    def whole(self) -> float:
        """All segments together."""
        return sum(self.sizes)


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars below each other on one scale. ``legend``: a name for each segment, where there are
    several (at most four have a colour of their own)."""

    kind: ClassVar[str] = "bars"
    shows: str
    items: Sequence[Bar]
    legend: Sequence[str] = ()

    @property
    def longest(self) -> float:
        """The scale's end."""
        return max((bar.whole for bar in self.items), default=0.0) or 1.0


@dataclass(frozen=True, slots=True)
class Histogram:
    """How values are spread: a column for each (what it holds, how many)."""

    kind: ClassVar[str] = "histogram"
    shows: str
    columns: Sequence[tuple[str, int]]

    @property
    def highest(self) -> int:
        """The scale's end."""
        return max((count for _, count in self.columns), default=0) or 1


@dataclass(frozen=True, slots=True)
class EntryText:
    """A text of an entry: words, or with ``code`` as it stands."""

    label: str
    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class PageEntry:
    """Something to look into: closed, a line with labels; open, its texts.

    ``facets``: what it is found by, one value for each of its browser's. ``good``: whether it is
    marked as well or as not; None for neither.
    """

    title: str
    summary: str
    facets: Sequence[str]
    mark: str
    good: bool | None
    blocks: Sequence[EntryText]


@dataclass(frozen=True, slots=True)
class Browser:
    """Entries that are searched by words and chosen by facets, with a little script in the page.

    Without scripts all of them are there.
    """

    kind: ClassVar[str] = "browser"
    facets: Sequence[str]
    entries: Sequence[PageEntry]

    def values(self, place: int) -> list[str]:
        """What a facet may be, in order."""
        return sorted({entry.facets[place] for entry in self.entries})


Drawn = Tiles | Bars | Histogram | Browser
"""What Markdown has as a table."""

Part = Heading | Paragraph | ReportTable | Picture | Listing | SideBySide | Drawn


@dataclass(frozen=True, slots=True)
class Page:
    """A report: its title, and its parts in the order in which they are read."""

    title: str
    parts: Sequence[Part]


_TEMPLATES = Environment(
    loader=PackageLoader("rewardsvc", "report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def page_to_html(page: Page) -> str:
    """The page as HTML, every text in it escaped (``page.html.jinja2``)."""
    return _TEMPLATES.get_template("page.html.jinja2").render(page=page)


def page_to_markdown(page: Page, *, aligned: bool = True) -> str:
    """The page as Markdown; ``aligned`` as of :func:`table_to_markdown`."""
    blocks = [f"# {page.title}"]
    for part in page.parts:
        match part:
            case Heading(text):
                blocks.append(f"## {text}")
            case Paragraph(text):
                blocks.append(text)
            case ReportTable():
                blocks.append(table_to_markdown(part, aligned=aligned))
            case Picture(file, shows):
                blocks.append(f"![{shows}]({file})")
            case Listing(items):
                blocks.append("\n".join(f"- {item}" for item in items))
            case SideBySide(sides):
                blocks += [block for side in sides for block in _side_to_markdown(side)]
            case Tiles() | Bars() | Histogram() | Browser():
                blocks.append(table_to_markdown(_as_table(part), aligned=aligned))
    return "\n\n".join(blocks) + "\n"


def _as_table(part: Drawn) -> ReportTable:
    """What a drawn part says, in cells."""
    match part:
        case Tiles(items):
            return ReportTable(
                ("", "", ""), [(tile.label, tile.value, tile.note) for tile in items]
            )
        case Bars(shows, bars):
            return ReportTable((shows, "", ""), [(bar.label, bar.text, bar.note) for bar in bars])
        case Histogram(shows, columns):
            return ReportTable((shows, "number"), [(label, str(count)) for label, count in columns])
        case Browser(facets, entries):
            return ReportTable(
                ("", *facets, ""), [(one.title, *one.facets, one.mark) for one in entries]
            )


def _side_to_markdown(side: ShownText) -> list[str]:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", side.text)), default=0))
    blocks = [f"**{side.caption}**", f"{fence}\n{side.text.rstrip()}\n{fence}"]
    return [*blocks, "\n".join(f"- {note}" for note in side.notes)] if side.notes else blocks


def table_to_markdown(table: ReportTable, *, aligned: bool = True) -> str:
    """The table as Markdown.

    ``aligned``: with cells as wide as their column, so that it reads well as it stands; a table
    that is wider than a screen reads better without.
    """
    rows = [[cell.replace("|", "\\|") for cell in row] for row in (table.heading, *table.rows)]
    widths = [
        max(len(row[column]) for row in rows) if aligned else 0
        for column in range(len(table.heading))
    ]
    heading, *lines = (
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )
    rule = "|" + "|".join("-" * max(width + 2, 5) for width in widths) + "|"
    return "\n".join([heading, rule, *lines])
