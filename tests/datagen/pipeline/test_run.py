"""``datagen run`` as it is used: killed, in two processes, asked for what became of a row."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from datagen.categories import CATEGORIES
from datagen.cli import main
from datagen.recipe import write_starter
from rewardsvc.tasks import read_tasks

COMMAND = (sys.executable, "-c", "from datagen.cli import main; main()")
FILES = ("tasks.jsonl", "rejected.jsonl", "README.md")


def found(folder: Path) -> int:
    """How many results a run has in its journal so far."""
    try:
        path = folder / ".state" / "journal.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
            return int(opened.execute("SELECT count(*) FROM results").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


def begun(recipe: Path, folder: Path, results: int) -> "subprocess.Popen[str]":
    """A run that has found so much."""
    process = subprocess.Popen(
        [*COMMAND, "run", str(recipe), "--out", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while found(folder) < results and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    return process


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "recipe.yaml"
    write_starter(path)
    return path


@pytest.fixture(scope="module")
def undisturbed(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the starter recipe."""
    folder = tmp_path_factory.mktemp("undisturbed")
    result = CliRunner().invoke(main, ["run", str(recipe), "--out", str(folder)])
    assert result.exit_code == 0, result.stderr
    assert (folder / "export" / "croissant.json").exists()
    card = (folder / "README.md").read_text()
    assert "| topic | format | train | validation | test |" in card
    assert "- Repeated rows: " in card and "- Sides, by values: " in card
    return folder


def test_killed_twice_it_ends_with_the_bytes_of_an_undisturbed_run(
    recipe: Path, undisturbed: Path, tmp_path: Path
) -> None:
    for results in (1, 40):
        process = begun(recipe, tmp_path, results)
        second = CliRunner().invoke(main, ["run", str(recipe), "--out", str(tmp_path)])
        assert second.exit_code == 1
        assert f"the process {process.pid} works in it" in second.stderr
        process.kill()
        process.communicate(timeout=30)
        assert not (tmp_path / "tasks.jsonl").exists()
    result = CliRunner().invoke(main, ["run", str(recipe), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.stderr
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (undisturbed / name).read_bytes()


def test_sigterm_ends_it_as_ctrl_c_does(recipe: Path, tmp_path: Path) -> None:
    process = begun(recipe, tmp_path, 4)
    os.kill(process.pid, signal.SIGTERM)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "run the same command again to go on" in stderr


def test_another_recipe_is_refused_with_the_difference(
    recipe: Path, undisturbed: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(recipe.read_text().replace("seed: 0", "seed: 5"))
    result = CliRunner().invoke(main, ["run", str(other), "--out", str(undisturbed)])
    assert result.exit_code == 2
    assert "seed was 0, now 5" in result.stderr
    with pytest.MonkeyPatch.context() as other_version:
        docker = CATEGORIES["docker"]
        fewer = replace(docker, topics=docker.topics[1:])
        other_version.setattr(
            "datagen.pipeline.planning.CATEGORIES", {**CATEGORIES, "docker": fewer}
        )
        result = CliRunner().invoke(main, ["run", str(recipe), "--out", str(undisturbed)])
    assert result.exit_code == 2
    assert "topics of docker for builtin was" in result.stderr


def test_fewer_rows_replace_more_only_if_it_is_said(
    recipe: Path, undisturbed: Path, tmp_path: Path
) -> None:
    fewer = tmp_path / "fewer.yaml"
    fewer.write_text(recipe.read_text().replace("count: 24", "count: 12"))
    before = (undisturbed / "tasks.jsonl").read_bytes()
    command = ["run", str(fewer), "--out", str(undisturbed)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "has 24 rows, and this run has 12" in result.stderr
    assert (undisturbed / "tasks.jsonl").read_bytes() == before
    assert CliRunner().invoke(main, [*command, "--shrink"]).exit_code == 0
    assert len(list(read_tasks(undisturbed / "tasks.jsonl"))) == 12
    again = CliRunner().invoke(main, ["run", str(recipe), "--out", str(undisturbed)])
    assert again.exit_code == 0
    assert (undisturbed / "tasks.jsonl").read_bytes() == before


def test_rows_that_repeat_others_are_made_up_for(tmp_path: Path) -> None:
    recipe, folder = tmp_path / "r.yaml", tmp_path / "out"
    recipe.write_text(
        "count: 3\ncategories: {docker: {topics: [go-static]}}\n"
        "deduplicate: {by: [answer], threshold: 0.7, ngram: 1}\n"
        "export: {shapes: [preference, messages]}\n"
    )
    result = CliRunner().invoke(main, ["run", str(recipe), "--out", str(folder)])
    assert result.exit_code == 0, result.stderr
    assert len(list(read_tasks(folder / "tasks.jsonl"))) == 3
    (dedupe, _) = json.loads((folder / "curation.json").read_text())
    gone, why = next(iter(dedupe["dropped"].items()))
    told = CliRunner().invoke(main, ["why", gone, "--in", str(folder)]).output
    assert f"left out: it repeats {why['repeats']} (answer, similarity 0." in told
    assert "nothing as preference: no row knows a worse answer" in " ".join(result.stderr.split())
    assert {each.name for each in (folder / "export").iterdir() if each.is_dir()} == {"messages"}
    assert "\n# out\n" in (folder / "export" / "README.md").read_text()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("export: {shapes: [messages]}", "export: holds something that no export wrote"),
        ("split: {by: service}", "rows of go-static name no service"),
    ],
)
def test_what_would_fail_in_the_end_fails_before_anybody_is_asked(
    asked: str, said: str, tmp_path: Path
) -> None:
    recipe, folder = tmp_path / "r.yaml", tmp_path / "out"
    recipe.write_text(f"count: 3\ncategories: {{docker: {{topics: [go-static]}}}}\n{asked}\n")
    (folder / "export").mkdir(parents=True)
    (folder / "export" / "mine.txt").write_text("keep")
    result = CliRunner().invoke(main, ["run", str(recipe), "--out", str(folder)])
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not (folder / ".state").exists()


def test_why_tells_what_became_of_a_candidate(undisturbed: Path) -> None:
    def why(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["why", *arguments, "--in", str(undisturbed)])
        return result.exit_code, result.output

    row = next(read_tasks(undisturbed / "tasks.jsonl"))
    code, words = why(row.id)
    assert code == 0
    assert f"{row.id}: a row of the split {row.split}" in words
    told = json.loads(why(row.id, "--json")[1])
    assert [each["stage"] for each in told["trail"]] == ["ask", "verify", "strength"]
    assert json.loads(told["trail"][0]["result"]["text"])["instruction"] == row.instruction
    code, words = why(f"{row.id[:-1]}x")
    assert (code, f"did you mean {row.id!r}?" in words) == (2, True)
    assert "no run has worked there" in CliRunner().invoke(main, ["why", "x"]).output
