"""A page says the same in HTML and in Markdown, escapes what it is given, and fetches nothing."""

import re
from html.parser import HTMLParser

import pytest

from rewardsvc.report.page import (
    Bar,
    Bars,
    Browser,
    EntryText,
    Heading,
    Histogram,
    Listing,
    Page,
    PageEntry,
    Paragraph,
    Part,
    Picture,
    ReportTable,
    Tile,
    Tiles,
    page_to_html,
    page_to_markdown,
    table_to_markdown,
)

TAGS = {
    "heading": "h2", "paragraph": "p", "table": "td", "listing": "li", "tiles": "strong",
    "bars": "span", "histogram": "p", "browser": "pre",
}  # fmt: skip

HOSTILE = '<script>alert("1")</script> & {{ 7 * 7 }} \' `x`'

ENTRY = PageEntry(
    HOSTILE, HOSTILE, (HOSTILE,), HOSTILE, False, (EntryText("b", HOSTILE, code=True),)
)

PARTS: list[Part] = [
    Heading(HOSTILE),
    Paragraph(HOSTILE),
    ReportTable((HOSTILE, "b"), [(HOSTILE, "2")]),
    Picture('a" onerror="alert(1).png', HOSTILE),
    Listing((HOSTILE,)),
    Tiles((Tile(HOSTILE, HOSTILE, HOSTILE),)),
    Bars(HOSTILE, (Bar(HOSTILE, (1, 2), HOSTILE, HOSTILE),), (HOSTILE, "b")),
    Histogram(HOSTILE, ((HOSTILE, 1), ("b", 3))),
    Browser((HOSTILE,), (ENTRY,)),
]


class Read(HTMLParser):
    """What a browser makes of a page: tags with their attributes, and texts by tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "input"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "tags are nested"

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.setdefault(self._open[-1], []).append(data)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.kind)
def test_what_a_part_is_given_stays_text(part: Part) -> None:
    read = Read(page_to_html(Page(HOSTILE, [part])))
    assert read.texts["h1"] == [HOSTILE] == read.texts["title"]
    names = [name for name, _ in read.tags]
    assert names.count("script") == (part.kind == "browser")  # the page's own
    assert all(HOSTILE not in text for text in read.texts.get("script", ()))
    assert not [each for _, attributes in read.tags for each in attributes if each[:2] == "on"]
    if isinstance(part, Picture):
        (shown,) = (attributes for name, attributes in read.tags if name == "img")
        assert shown == {"src": "a%22%20onerror%3D%22alert%281%29.png", "alt": HOSTILE}
    else:
        assert HOSTILE in read.texts[TAGS[part.kind]]


def test_nothing_is_fetched_but_pictures_beside_it() -> None:
    html = page_to_html(Page("Report", [Picture("curve.png", "A curve"), *PARTS]))
    assert html.startswith("<!doctype html>")
    assert not re.search(r"https?:|@import|url\(", html)
    assert {name for name, _ in Read(html).tags}.isdisjoint({"link", "iframe"})
    assert "src=" not in html.replace('src="curve.png"', "").replace('src="a%22', "")


def test_a_wide_table_scrolls_by_itself_and_by_keyboard() -> None:
    tags = Read(page_to_html(Page("Report", [ReportTable(("a", "b"), [])]))).tags
    place = next(number for number, (name, _) in enumerate(tags) if name == "table")
    around, attributes = tags[place - 1]
    assert around == "div"
    assert attributes == {
        "class": "table", "role": "region", "aria-label": "a, b", "tabindex": "0",
    }  # fmt: skip


def test_markdown_says_the_same() -> None:
    page = Page(
        "Report",
        [
            Paragraph("Two models."),
            ReportTable(("model", "reward"), [("base", "0.1"), ("after SFT", "a|b")]),
            Picture("curve.png", "A curve"),
            Heading("Notes"),
            Listing(("one", "two")),
        ],
    )
    assert page_to_markdown(page) == (
        "# Report\n\n"
        "Two models.\n\n"
        "| model     | reward |\n"
        "|-----------|--------|\n"
        "| base      | 0.1    |\n"
        "| after SFT | a\\|b   |\n\n"
        "![A curve](curve.png)\n\n"
        "## Notes\n\n"
        "- one\n- two\n"
    )


def test_what_is_drawn_is_a_table_in_markdown() -> None:
    entry = PageEntry("id", "ask", ("docker",), "reward 1.00", True, ())
    page = Page(
        "Report",
        [
            Tiles((Tile("rows", "24", "all"),)),
            Bars("by topic", (Bar("go", (1, 3), "4"),), ("train", "test")),
            Histogram("words", (("1 to 5", 2),)),
            Browser(("category",), (entry,)),
        ],
    )
    text = page_to_markdown(page, aligned=False)
    for line in ("| rows | 24 | all |", "| go | 4 |  |", "| 1 to 5 | 2 |"):
        assert line in text
    assert "| id | docker | reward 1.00 |" in text


def test_a_table_that_is_not_aligned_has_no_padding() -> None:
    table = ReportTable(("a", "long heading"), [("1", "2")])
    assert table_to_markdown(table, aligned=False) == (
        "| a | long heading |\n|-----|-----|\n| 1 | 2 |"
    )
