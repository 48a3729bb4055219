"""A promise in docs/security.md names the test that holds it, and there is one of that name."""

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
