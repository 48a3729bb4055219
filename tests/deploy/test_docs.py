"""Pages and code: the test of a promise is there, and code that a page shows is the file's own."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _named() -> list[tuple[str, str]]:
    """Files of tests, and names of tests in them; a name alone belongs to the file before it."""
    file, found = "", []
    for path, name, alone in re.findall(
        r"`(tests/[\w/]+\.py)(?:::(\w+))?`|`(test_\w+)`", (ROOT / "docs/security.md").read_text()
    ):
        file = path or file
        found.append((file, name or alone))
    return found


@pytest.mark.parametrize(("file", "name"), _named())
def test_the_test_of_a_promise_is_there(file: str, name: str) -> None:
    text = (ROOT / file).read_text()
    assert not name or re.search(rf"^(?:async )?def {name}\(", text, re.MULTILINE), name


def _shown() -> list[tuple[str, str, str]]:
    """Page, file and text of each block of Python below a sentence that names a file."""
    block = r"`([\w/]+\.py)`[^`]*:\n\n```python\n(.*?)```"
    return [
        (page.name, file, text)
        for page in sorted((ROOT / "docs").glob("*.md"))
        for file, text in re.findall(block, page.read_text(), re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("page", "file", "text"), [pytest.param(*each, id=f"{each[0]}-{each[1]}") for each in _shown()]
)
def test_code_that_a_page_shows_of_a_file_is_in_it(page: str, file: str, text: str) -> None:
    assert text in (ROOT / file).read_text(), page


def test_the_page_on_formats_shows_code_of_files() -> None:
    assert [page for page, _, _ in _shown()].count("adding-a-format.md") == 2
