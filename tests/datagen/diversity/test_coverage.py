"""What is covered: counted of rows, kept over runs, nothing twice."""

from collections import Counter
from pathlib import Path

import pytest

from datagen.coverage_ledger import covered, enter_coverage, require_ledger
from datagen.diversity import (
    CoverageCell,
    coverage_from_json,
    coverage_in,
    coverage_to_json,
)
from datagen.errors import OutputUnusable, WrongUsage
from rewardsvc.tasks import TaskRow

A = CoverageCell("docker", "go-static", "dockerfile", "easy", "developer")
B = CoverageCell("docker", "go-static", "dockerfile")


def row(id: str, **provenance: object) -> TaskRow:
    return TaskRow(
        id=id, category="docker", format="dockerfile", instruction="x", provenance=provenance
    )


def test_rows_count_in_the_cell_that_their_provenance_names() -> None:
    cell = {"difficulty": "easy", "persona": "developer"}
    rows = [row("1", topic="go-static", cell=cell), row("2", topic="go-static", cell="odd")]
    rows.append(row("3", topic="go-static"))
    assert coverage_in(rows) == {A: 1, B: 2}


def test_what_is_kept_is_read_again() -> None:
    said = coverage_to_json({A: 3, B: 1, CoverageCell("x", "y", "z"): 0})
    assert coverage_from_json(said) == {A: 3, B: 1}


@pytest.mark.parametrize("said", [["a", "b", "c", 1], ["a", "b", "c", "d", 1, 2], "abcdef"])
def test_what_is_no_cell_is_refused(said: object) -> None:
    with pytest.raises(ValueError, match="is no cell"):
        coverage_from_json([said])


def test_runs_add_up_and_one_that_goes_on_counts_once(tmp_path: Path) -> None:
    ledger = tmp_path / "deep" / "coverage.sqlite3"
    assert covered(ledger) == Counter()
    enter_coverage(ledger, "one", {A: 2})
    enter_coverage(ledger, "two", {A: 1, B: 4})
    enter_coverage(ledger, "one", {A: 3, B: 1})
    assert covered(ledger) == {A: 4, B: 5}


def test_a_file_that_is_no_ledger_is_refused_and_stays(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("keep this, it is long enough to be anything but a database " * 3)
    with pytest.raises(WrongUsage, match="is no coverage ledger"):
        require_ledger(other)
    assert other.read_text().startswith("keep this")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputUnusable, match="cannot be entered"):
        enter_coverage(tmp_path / "file" / "ledger", "run", {A: 1})
