"""Commands over rows that are there: nothing is written unasked, and what is written says why."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

from datagen.cli import main
from datagen.curation import Deduplication, rows_in
from datagen.outputs import curated
from datagen.outputs.curated import history_of
from datagen.outputs.files import replace_file
from rewardsvc.tasks import row_to_json
from tests.datagen.curation.rows import renamed, topic_rows


def _run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, [str(each) for each in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data set of 20 rows, five of which repeat others."""
    rows = list(topic_rows("docker", "go-static", count=15))
    folder = tmp_path / "data"
    folder.mkdir()
    lines = map(row_to_json, (*rows, *renamed(rows[:5], "again-")))
    (folder / "tasks.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


def test_steps_follow_each_other_and_tell_what_they_did(data: Path, tmp_path: Path) -> None:
    before = (data / "tasks.jsonl").read_bytes()
    code, shown, said = _run("dedupe", data)
    assert code == 0
    assert [json.loads(line)["id"][:6] for line in shown.splitlines()] == ["again-"] * 5
    assert said == "5 of 20 rows repeat an earlier one (5 by artifact)\n"
    assert [each.name for each in data.iterdir()] == ["tasks.jsonl"]

    unique, clean, sides = tmp_path / "unique", tmp_path / "clean", tmp_path / "sides"
    assert _run("dedupe", data, "--out", unique)[:2] == (0, f"{unique}/tasks.jsonl\n")
    benchmark = tmp_path / "benchmark.jsonl"
    benchmark.write_text((unique / "tasks.jsonl").read_text().splitlines()[2])
    leaks = ("decontaminate", unique, "--against", benchmark)
    code, shown, _ = _run(*leaks)
    (leak,) = map(json.loads, shown.splitlines())
    assert (code, leak["place"]) == (0, "benchmark.jsonl:1")
    assert _run(*leaks, "--drop", "--out", clean)[0] == 0
    assert _run("split", clean, "--test", "0.2", "--out", sides)[0] == 0
    assert _run("split", clean, "--test", "0.2", "--out", sides)[0] == 0  # once more is the same

    assert (data / "tasks.jsonl").read_bytes() == before
    rows = list(rows_in(sides))
    assert len(rows) == 14
    assert sorted({row.split for row in rows}) == ["test", "train", "validation"]
    steps = history_of(sides)
    assert [(step.name, step.rows, step.kept) for step in steps] == [
        ("dedupe", 20, 15),
        ("decontaminate", 15, 14),
        ("split", 14, 14),
    ]
    assert list(steps[1].dropped) == [leak["id"]]
    assert str(tmp_path) not in (sides / "curation.json").read_text()


def test_a_step_that_ended_between_its_files_goes_on(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, lines: Iterable[str]) -> None:
        replace_file(path, lines)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(curated, "replace_file", killed)
        curated.deduplicate(data, Deduplication(), tmp_path / "out")
    assert _run("dedupe", data, "--out", tmp_path / "out")[0] == 0
    assert len(list(rows_in(tmp_path / "out"))) == 15


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("dedupe", "{data}", "--out", "{data}"), "the rows are read from there"),
        (("split", "{data}", "--out", "{other}"), "was not made by a step like this"),
        (("split", "{data}", "--by", "service"), "its provenance names no service"),
        (("split", "{data}", "--test", "0.7", "--validation", "0.4"), "nothing to train on"),
        (("decontaminate", "{data}", "--against", "{data}", "--drop"), "belong together"),
        (("dedupe", "{empty}"), "there is no such file; datagen synth"),
        (("dedupe", "{bad}"), "bad.jsonl:2: format"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_touched(
    data: Path, tmp_path: Path, wrong: tuple[str, ...], words: str
) -> None:
    places = {name: tmp_path / name for name in ("data", "other", "empty", "bad.jsonl")}
    for name in ("other", "empty"):
        places[name].mkdir()
    row = (data / "tasks.jsonl").read_text().splitlines()[0]
    (places["other"] / "tasks.jsonl").write_text(row)
    places["bad.jsonl"].write_text(f'{row}\n{{"id": "x", "instruction": "y"}}\n')
    shown = {name.partition(".")[0]: path for name, path in places.items()}
    code, _, said = _run(*(each.format(**shown) for each in wrong))
    assert code == 2
    assert words in " ".join(said.split())
    assert (places["other"] / "tasks.jsonl").read_text() == row
