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


Part = Heading | Paragraph | ReportTable | Picture | Listing | SideBySide


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
    return "\n\n".join(blocks) + "\n"


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
