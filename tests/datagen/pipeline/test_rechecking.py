"""``datagen verify`` and ``judge`` on rows that are there already."""

import json
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from datagen.categories import CATEGORIES
from datagen.cli import main
from datagen.sources import TopicSource
from rewardsvc.tasks import TaskRow, read_tasks, row_to_json
from rewardsvc.types import Means


def rows(count: int) -> list[TaskRow]:
    """Right answers of a topic."""
    topic = next(topic for topic in CATEGORIES["docker"].topics if topic.name == "go-static")
    source = TopicSource("docker", topic, 3)
    records = [record for index in range(count) if (record := source.record(index))]
    return [TaskRow.of(each.task, id=each.id, output=each.reference) for each in records]


def test_rows_that_do_not_hold_are_shown_or_left_out(tmp_path: Path) -> None:
    good, bad = rows(2)
    bad = replace(bad, output=bad.output.replace("EXPOSE", "EXPOSED"))
    file = tmp_path / "tasks.jsonl"
    file.write_text(f"{row_to_json(good)}\n{row_to_json(bad)}\n")
    shown = CliRunner().invoke(main, ["verify", str(file)])
    assert shown.exit_code == 0, shown.stderr
    told = json.loads(shown.stdout)
    assert told["id"] == bad.id
    assert any("EXPOSED" in words for words in told["diagnostics"])
    out = tmp_path / "out"
    for _ in range(2):  # the second time nothing is scored
        result = CliRunner().invoke(main, ["verify", str(file), "--out", str(out)])
        assert result.exit_code == 0, result.stderr
        assert "1 of 2 rows do not hold" in result.stderr
        assert list(read_tasks(out / "tasks.jsonl")) == [good]


def test_a_row_that_nobody_can_decide_is_not_left_out(tmp_path: Path) -> None:
    (row,) = rows(1)
    file = tmp_path / "tasks.jsonl"
    nowhere = replace(row, means=Means(libraries=("no_such_library",)))
    file.write_text(f"{row_to_json(nowhere)}\n")
    result = CliRunner().invoke(main, ["verify", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "1 rows could not be decided" in result.stderr and "no_such_library" in result.stderr
    assert not (tmp_path / "out" / "tasks.jsonl").exists()


def test_a_judge_has_to_be_named(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    file.write_text(f"{row_to_json(rows(1)[0])}\n")
    result = CliRunner().invoke(main, ["judge", str(file)])
    assert result.exit_code == 2
    assert "who is to rate them?" in result.stderr
