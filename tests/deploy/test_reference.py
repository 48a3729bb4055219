"""The API reference has a page for every front door, and a place for every name on it."""

import subprocess
import sys
from pathlib import Path

import pytest

import datagen
import rewardsvc
import rl

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/reference", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.mark.parametrize("package", [rewardsvc, datagen, rl], ids=lambda each: each.__name__)
def test_every_public_name_has_its_place(pages: Path, package: object) -> None:
    assert hasattr(package, "__name__") and hasattr(package, "__all__")
    page = (pages / f"{package.__name__}.html").read_text()
    assert [name for name in package.__all__ if f'id="{name}"' not in page] == []


def test_nothing_is_fetched_to_show_it(pages: Path) -> None:
    for page in pages.rglob("*.html"):
        text = page.read_text()
        assert 'src="http' not in text and 'rel="stylesheet"' not in text, page
