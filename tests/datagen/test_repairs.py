"""Repairs of verified rows, by the real tools: less before than after, and pairs to prefer."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from datagen.cli import main
from datagen.curation import rows_in
from datagen.outputs.exports.settings import RowShape
from datagen.outputs.exports.shapes import SHAPES
from rewardsvc.preferences import worse_answers
from rewardsvc.tasks import row_to_json
from tests.datagen.curation.rows import topic_rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = list(topic_rows("docker", "go-static", "compose-web-db", count=4))
    folder = tmp_path_factory.mktemp("data")
    said = [{"teacher": "docs", "held_out": n == 2} if n % 2 == 0 else {} for n in range(len(rows))]
    lines = [
        row_to_json(
            replace(
                row,
                split="test" if n == 2 else "train",
                provenance={**row.provenance, **said[n]},
            )
        )
        for n, row in enumerate(rows)
    ]
    (folder / "tasks.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


def test_a_repair_is_worth_less_before_than_after_and_makes_a_pair(
    data: Path, tmp_path: Path
) -> None:
    def repaired(out: Path) -> bytes:
        done = CliRunner().invoke(main, ["repair", str(data), "--out", str(out)])
        assert done.exit_code == 0, done.stderr
        return (out / "tasks.jsonl").read_bytes()

    first = repaired(tmp_path / "out")
    assert repaired(tmp_path / "out") == first  # nothing is done twice
    parents = {row.id: row for row in rows_in(data)}
    rows = list(rows_in(tmp_path / "out"))
    assert len(rows) == len(parents)
    for row in rows:
        parent = parents[str(row.provenance["parent"])]
        assert (row.output, row.checks, row.split) == (parent.output, parent.checks, parent.split)
        assert row.provenance["spec"] == parent.provenance["spec"]
        assert row.provenance["teacher"] == parent.provenance.get("teacher", "unknown")
        assert row.provenance.get("held_out") == parent.provenance.get("held_out")
        (worse,) = worse_answers(row)
        assert worse.reward == row.provenance["repair"]["reward"] < 1.0
        assert worse.output != row.output
        (pair,) = SHAPES[RowShape.PREFERENCE].rows(row)
        assert pair["chosen"][0]["content"] == row.output
    assert not (tmp_path / "out" / "rejected.jsonl").read_text()
    fates = CliRunner().invoke(main, ["why", rows[0].id, "--in", str(tmp_path / "out"), "--json"])
    assert json.loads(fates.stdout)["end"] == "row"


def test_rows_that_are_there_are_not_replaced_in_silence(data: Path, tmp_path: Path) -> None:
    def repair(out: Path, *options: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["repair", str(data), "--out", str(out), *options])
        return done.exit_code, " ".join(done.stderr.split())

    code, said = repair(data)
    assert (code, "the rows are read from there" in said) == (2, True)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "tasks.jsonl").write_bytes((data / "tasks.jsonl").read_bytes())
    code, said = repair(foreign)
    assert (code, "was not made by a step like this" in said) == (2, True)

    out = tmp_path / "out"
    assert repair(out, "--count", "2")[0] == 0
    code, said = repair(out, "--count", "1")
    assert (code, "has 2 rows, and this run has 1" in said) == (1, True)
    assert len(list(rows_in(out))) == 2
    assert repair(out, "--count", "1", "--shrink")[0] == 0
    assert len(list(rows_in(out))) == 1


def test_more_than_there_are_rows_is_said(data: Path, tmp_path: Path) -> None:
    there = len(list(rows_in(data)))
    out = str(tmp_path / "out")
    done = CliRunner().invoke(main, ["repair", str(data), "--out", out, "--count", "9"])
    assert done.exit_code == 1
    assert f"{there} of 9: one is made of each row" in " ".join(done.stderr.split())
    assert len(list(rows_in(tmp_path / "out"))) == there


def test_repairs_are_not_broken_again(data: Path, tmp_path: Path) -> None:
    (row,) = topic_rows("docker", "go-static", count=1)
    child = replace(row, id="repair-x", provenance={**row.provenance, "parent": row.id})
    (tmp_path / "tasks.jsonl").write_text(row_to_json(child))
    done = CliRunner().invoke(main, ["repair", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "no row to break" in done.stderr
