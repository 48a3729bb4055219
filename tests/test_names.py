"""One word, one thing: no two public classes share a name outside of the formats, and
docs/words.md has each word once."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from tests.imports import PACKAGES

ROOT = Path(__file__).resolve().parents[1]
FORMATS = ROOT / "rewardsvc/formats"
"""Formats do not know of each other: a Job is another thing in each pipeline."""


def _classes(path: Path) -> list[str]:
    body = ast.parse(path.read_text()).body
    names = [node.name for node in body if isinstance(node, ast.ClassDef)]
    return [name for name in names if not name.startswith("_")]


def test_no_two_public_classes_share_a_name() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(
        each for package in (*PACKAGES, "benchmarks") for each in (ROOT / package).rglob("*.py")
    ):
        if not path.is_relative_to(FORMATS):
            for name in _classes(path):
                places[name].append(str(path.relative_to(ROOT)))
    assert len(places) > 200
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_each_word_is_told_once_in_a_line() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", (ROOT / "docs/words.md").read_text(), re.MULTILINE)
    words = [word for row, _ in rows if row not in {"word", "---"} for word in row.split(", ")]
    assert len(words) > 60
    assert sorted(words) == sorted(set(words))
