"""`rl check`: rows that nobody should train on are refused, with file, line and field."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from rewardsvc.errors import InvalidRequest
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import (
    Component,
    Diagnostic,
    FailureKind,
    Means,
    ScoreRequest,
    Stage,
    StageStatus,
    Verdict,
)
from rl.cli import main
from rl.errors import InvalidTasks
from rl.reward.check import Checked, check
from tests.rl.samples import FaultyScorer, faulty, row, scored

BEYOND = Stage(
    "means",
    Component.CORRECTNESS,
    StageStatus.FAILED,
    0.0,
    diagnostics=(Diagnostic("error", "not named: random", "means"),),
)


def answer(request: ScoreRequest) -> Verdict | Exception:
    """What comes of a row is in its instruction."""
    match request.task.instruction.split():
        case ["unscored", kind]:
            return faulty(FailureKind(kind), "it is not here")
        case ["invalid", field]:
            return InvalidRequest(field, "does not compile")
        case ["beyond"]:
            return replace(scored(0.35), stages=(BEYOND,))
    return scored(1.0)


async def checked(folder: Path, *lines: str | TaskRow) -> Checked:
    file = folder / "tasks.jsonl"
    texts = [line if isinstance(line, str) else row_to_json(line) for line in lines]
    file.write_text("".join(f"{text}\n" for text in texts))
    async with FaultyScorer(answer) as scorer:
        return await check(file, scorer, lambda: None)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        (replace(row(1), instruction="unscored PROVIDER_MISSING"), "output", "PROVIDER_MISSING"),
        (replace(row(1), instruction="unscored SANDBOX_FAILED"), "output", "SANDBOX_FAILED"),
        (replace(row(1), instruction="unscored TOOL_MISSING", output=""), "means", "TOOL_MISSING"),
        (replace(row(1), instruction="invalid task.checks[0].expr"), "checks[0].expr", "compile"),
        (replace(row(1), instruction="invalid task.format"), "format", "compile"),
        (row(0), "id", "twice"),
        ('{"id": "a", "format": "bash", "instruction": "x", "checks": 3}', "checks", "tuple"),
        ('{"id": "a"', "row", "JSON"),
    ],
)
async def test_a_row_that_nobody_should_train_on_is_refused(
    tmp_path: Path, wrong: str | TaskRow, field: str, reason: str
) -> None:
    found = await checked(tmp_path, row(0), wrong, row(2))
    (refused,) = found.refused
    assert (refused.place, refused.field) == (f"{tmp_path}/tasks.jsonl:2", field)
    assert reason in refused.reason
    assert found.rows == 3


@pytest.mark.asyncio
async def test_sound_rows_pass_and_doubts_are_said(tmp_path: Path) -> None:
    sound = await checked(tmp_path, row(0), row(1))
    assert (sound.rows, sound.refused, sound.warnings) == (2, (), ())
    without = await checked(tmp_path, *(replace(row(n), checks=()) for n in range(2)))
    assert "no row has checks" in without.warnings[0]
    some = await checked(tmp_path, row(0), replace(row(1), checks=(), instruction="beyond"))
    assert [warning.partition(": ")[2] for warning in some.warnings] == [
        "means: its own reference is beyond them: not named: random"
    ]
    assert some.refused == ()


@pytest.mark.asyncio
async def test_a_file_without_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidTasks, match="holds no tasks"):
        await checked(tmp_path)


def test_the_command_prints_what_is_refused_and_fails(tmp_path: Path) -> None:
    means = Means(providers={"acme/rocket": ()})
    rows = [row(0), replace(row(1), means=means), replace(row(2), format="cobol")]
    (tmp_path / "tasks.jsonl").write_text("".join(row_to_json(each) + "\n" for each in rows))
    done = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert done.exit_code == 1, done.output
    lines = done.stdout.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{tmp_path}/tasks.jsonl:2", "output"],
        [f"{tmp_path}/tasks.jsonl:3", "format"],
    ]
    assert "acme/rocket" in lines[0] and "cobol" in lines[1]
    assert "3 rows: 2 refused" in done.stderr
    (tmp_path / "tasks.jsonl").write_text(json.dumps(json.loads(row_to_json(row(0)))) + "\n")
    assert CliRunner().invoke(main, ["check", str(tmp_path)]).exit_code == 0
