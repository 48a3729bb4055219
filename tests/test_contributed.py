"""A format and a category that somebody adds as CONTRIBUTING.md says: the folder, and what it tells
to write where, in a copy of the packages. Nothing else is touched, and everything knows them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from examples.a_format.gaming import SCENES
from rewardsvc.audit.gaming.scored import honest_id, hostile_id, requests_of
from rewardsvc.wire.json import request_to_json

ROOT = Path(__file__).resolve().parents[1]
FORMATS = "rewardsvc/formats/__init__.py"
TABLE = "sandbox/toolchain/table.py"
CATEGORIES = "datagen/categories/__init__.py"


@pytest.fixture(scope="module")
def contributed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with the format ``dotenv`` and the category ``sites``."""
    root = tmp_path_factory.mktemp("checkout")
    for package in ("sandbox", "rewardsvc", "datagen", "protos"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copytree(ROOT / "tests", root / "tests", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copytree(ROOT / "examples/a_format", root / "rewardsvc/formats/dotenv")
    _write(root / FORMATS, {"    dockerfile,\n": "    dockerfile,\n    dotenv,\n"})
    row = '    FormatNeeds("compose"'
    _write(root / TABLE, {row: f'    FormatNeeds("dotenv", needs=()),\n{row}'})
    sites = root / "datagen/categories/sites"
    sites.mkdir()
    shutil.copy(ROOT / "examples/a_category.py", sites / "__init__.py")
    importing, listing = "from datagen.topic import", "for module in ("
    _write(
        root / CATEGORIES,
        {
            importing: f"from datagen.categories import sites\n{importing}",
            listing: f"{listing}sites, ",
        },
    )
    return root


def _write(file: Path, replaced: Mapping[str, str]) -> None:
    text = file.read_text()
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def run(root: Path, *command: str | Path, given: str = "") -> str:
    """What a command prints in that checkout."""
    python = os.pathsep.join([str(root), str(root / "protos")])
    own = {"PYTHONPATH": python, "ASSAY_CACHE": "false", "ASSAY_TOOLS": str(ROOT / ".tools")}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={**os.environ, **own},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_holds_of_every_format_holds_of_one_that_was_added(contributed: Path) -> None:
    run(
        contributed,
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/rewardsvc/formats/test_registry.py",
    )


def test_its_answers_are_scored_and_hostile_ones_earn_nothing_worth_having(
    contributed: Path,
) -> None:
    requests = requests_of(SCENES)
    lines = "".join(f"{json.dumps(request_to_json(each))}\n" for each in requests)
    verdicts = map(
        json.loads, run(contributed, "rewardsvc", "score", "-", given=lines).splitlines()
    )
    rewards = {verdict["id"]: verdict["reward"] for verdict in verdicts}
    (scene,) = SCENES
    assert [rewards[honest_id(scene, number)] for number in range(2)] == [1.0, 1.0]
    assert max(rewards[hostile_id(scene, each)] for each in scene.hostile) <= 0.35


def test_its_words_are_a_tasks_checks(contributed: Path) -> None:
    named = {"kind": "named", "name": "variable_is", "arguments": {"variable": "A", "value": "1"}}
    request = {
        "task": {"format": "dotenv", "checks": [named]},
        "completion": "```env\nA=1\nb=2\n```",
    }
    verdict = json.loads(run(contributed, "rewardsvc", "score", "-", given=json.dumps(request)))
    assert verdict["components"] == {"syntax": 1.0, "correctness": 1.0, "format": 0.8333}


def test_its_pairs_are_made_and_its_checks_tested(contributed: Path, tmp_path: Path) -> None:
    made = run(
        contributed, "datagen", "synth", "--category", "sites", "--count", "2", "--out", tmp_path
    )
    assert made.strip() == str(tmp_path / "tasks.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "tasks.jsonl").read_text().splitlines()]
    assert {row["category"] for row in rows} == {"sites"} and len(rows) == 2
    reports = run(contributed, "rewardsvc", "mutate", tmp_path / "tasks.jsonl").splitlines()
    assert len(reports) == 2
