"""What CONTRIBUTING.md tells a newcomer to run is there, and the check that it tries works."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z-]+)", TEXT, re.M))))
def test_a_target_that_is_named_is_one(target: str) -> None:
    assert target in TARGETS


_PLACE = r"(?:tests|rewardsvc|datagen|sandbox|examples|docs|deploy|\.ci|\.github)/[\w./-]*\w/?"

MADE = tuple(re.findall(r"^mkdir (\S+)$", TEXT, re.MULTILINE))
"""What the page's own commands make; tests/test_contributed.py runs them."""


@pytest.mark.parametrize("place", sorted(set(re.findall(rf"(?<![\w./]){_PLACE}", TEXT))))
def test_a_place_that_is_named_is_there(place: str) -> None:
    assert (ROOT / place).exists() is not place.startswith(MADE)


def test_the_check_that_is_tried_does_not_hold_and_says_so() -> None:
    (script,) = re.findall(r"^```\n(\.venv/bin/rewardsvc score.*?^END)\n```", TEXT, re.S | re.M)
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    verdict = json.loads(done.stdout)
    assert verdict["reward"] == 0.35
    (checks,) = [stage for stage in verdict["stages"] if stage["name"] == "checks"]
    assert "expected" in checks["diagnostics"][0]["message"]
