"""Runs that share a coverage ledger or read earlier folders: what has fewest rows comes first."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.kills import PRICES, killed, paid_recipe
from benchmarks.teacher_service import TeacherService, served
from datagen.cli import main
from datagen.coverage_ledger import enter_coverage
from datagen.diversity import CoverageCell
from rewardsvc.tasks import read_tasks, row_to_json
from tests.datagen.curation.rows import topic_rows

RECIPE = """
seed: {seed}
count: {count}
categories: {{docker: {{topics: [go-static]}}}}
teachers: {{builtin: 1}}
taxonomy: {{difficulty: {{easy: Add nothing.}}, persona: {{{personas}}}}}
coverage: {{ledger: {ledger}}}
concurrency: 2
"""


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TeacherService]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-right")
    monkeypatch.setenv("ASSAY_PRICES", json.dumps(PRICES))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with served(TeacherService({}, faulty=False, seconds=0.3)) as service:
        yield service


def recipe_of(
    path: Path, service: TeacherService, ledger: Path, *, seed: int, count: int, personas: str
) -> Path:
    said = ", ".join(f"{name}: It is {name} who asks." for name in personas)
    path.write_text(RECIPE.format(seed=seed, count=count, personas=said, ledger=ledger))
    paid_recipe(path, service, budget=10)
    return path


def personas_of(folder: Path) -> list[str]:
    return [row.provenance["cell"]["persona"] for row in read_tasks(folder / "tasks.jsonl")]


async def finished(recipe: Path, out: Path) -> None:
    # In a thread: the command runs an event loop of its own, and the server needs this one.
    command = ["run", str(recipe), "--out", str(out)]
    result = await asyncio.to_thread(CliRunner().invoke, main, command)
    assert result.exit_code == 0, result.stderr


async def test_a_run_begins_with_cells_that_are_empty_and_keeps_to_what_it_saw_at_its_start(
    service: TeacherService, tmp_path: Path
) -> None:
    ledger, first, second = tmp_path / "ledger", tmp_path / "first", tmp_path / "second"
    one = recipe_of(tmp_path / "1.yaml", service, ledger, seed=0, count=3, personas="abc")
    assert await killed(one, first, lambda: service.asked(2))
    # Another run enters what it came to; the first one goes on as it began.
    cell = CoverageCell("docker", "go-static", "dockerfile", "easy", "a")
    enter_coverage(ledger, "another", {cell: 5, replace(cell, persona="d"): 1})
    await finished(one, first)
    assert sorted(personas_of(first)) == ["a", "b", "c"]
    two = recipe_of(tmp_path / "2.yaml", service, ledger, seed=1, count=2, personas="abcdef")
    await finished(two, second)
    assert sorted(personas_of(second)) == ["e", "f"]
    told = CliRunner().invoke(main, ["coverage", "--ledger", str(ledger)])
    assert told.exit_code == 0
    lines = [line.split("\t") for line in told.stdout.splitlines()]
    assert {line[5]: int(line[0]) for line in lines} == dict(a=6, b=1, c=1, d=1, e=1, f=1)


def test_a_topic_that_earlier_folders_have_waits_for_the_others(tmp_path: Path) -> None:
    recipe, first, second = tmp_path / "r.yaml", tmp_path / "first", tmp_path / "second"
    recipe.write_text("count: 2\ncategories: {docker: {topics: [go-static]}}\n")
    run = ["run", str(recipe), "--out"]
    assert CliRunner().invoke(main, [*run, str(first)]).exit_code == 0
    recipe.write_text(
        "seed: 1\ncount: 3\ncategories: {docker: {topics: [go-static, node-multi-stage]}}\n"
        f"coverage: {{folders: [{first}]}}\n"
    )
    result = CliRunner().invoke(main, [*run, str(second)])
    assert result.exit_code == 0, result.stderr
    assert {row.topic for row in read_tasks(second / "tasks.jsonl")} == {"node-multi-stage"}
    told = CliRunner().invoke(main, ["coverage", str(first), str(second)])
    assert "2\tdocker\tgo-static\tdockerfile\t-\t-" in told.stdout
    empty = CliRunner().invoke(main, ["coverage", str(first), "--empty"])
    assert "0\tdocker\tnode-multi-stage\tdockerfile\t-\t-" in empty.stdout
    assert "go-static" not in empty.stdout


def test_empty_cells_have_the_difficulties_and_personas_of_the_rows(tmp_path: Path) -> None:
    cells = [("beginner", "student"), ("expert", "auditor"), ("expert", "student")]
    rows = topic_rows("docker", "go-static", count=3)
    drawn = [
        replace(row, provenance={**row.provenance, "cell": {"difficulty": level, "persona": asks}})
        for row, (level, asks) in zip(rows, cells, strict=True)
    ]
    (tmp_path / "tasks.jsonl").write_text("".join(f"{row_to_json(row)}\n" for row in drawn))
    empty = CliRunner().invoke(main, ["coverage", str(tmp_path), "--empty"])
    lines = [tuple(line.split("\t")[2:]) for line in empty.stdout.splitlines()]
    product = {(level, asks) for level, _ in cells for _, asks in cells}
    assert {line[2:] for line in lines} == product
    of_topic = [line for line in lines if line[0] == "go-static"]
    assert of_topic == [("go-static", "dockerfile", "beginner", "auditor")]
    recipe = tmp_path / "r.yaml"
    recipe.write_text("count: 2\ncategories: {docker: {topics: [go-static]}}\n")
    lone = CliRunner().invoke(main, ["coverage", str(tmp_path), "--recipe", str(recipe)])
    assert lone.exit_code == 2
    assert "--recipe: says which cells there are: give --empty, too" in lone.stderr


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("coverage: {}", "names neither a ledger nor folders"),
        ("coverage: {folders: [nowhere]}", "nowhere: there is no such file"),
        ("coverage: {ledger: r.yaml}", "is no coverage ledger"),
        ("taxonomy: {persona: {a: {word: x}}}", "did you mean 'words'?"),
    ],
)
def test_what_cannot_be_read_is_named_before_anybody_is_asked(
    asked: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = tmp_path / "r.yaml"
    recipe.write_text(f"count: 2\ncategories: {{docker: {{topics: [go-static]}}}}\n{asked}\n")
    result = CliRunner().invoke(main, ["run", str(recipe), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not (tmp_path / "out").exists()
