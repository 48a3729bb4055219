"""An export of rows that a model passes now and then: those between two rates, and no others."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from datagen.cli import main
from datagen.outputs.exports.settings import Export
from rewardsvc.tasks import PassRate, TaskRow, row_to_json

ROW = TaskRow(
    id="bare",
    category="docker",
    format="dockerfile",
    instruction="Write it.",
    output="```dockerfile\nFROM scratch\n```\n",
    split="train",
)


def rated(id: str, passed: int, of: int) -> TaskRow:
    row = PassRate(student="openai:m", passed=passed, of=of).on(ROW)
    return TaskRow.of(row.task, id=id, output=row.output, provenance=row.provenance)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [ROW, rated("never", 0, 8), rated("some", 3, 8), rated("half", 4, 8), rated("all", 8, 8)]
    path = tmp_path / "tasks.jsonl"
    path.write_text("".join(f"{row_to_json(row)}\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("bounds", "ids"),
    [
        (("0.1", "0.9"), ["some", "half"]),
        (("0.5", "1"), ["half", "all"]),
        (("0", "0"), ["never"]),
        (("0", "1"), ["never", "some", "half", "all"]),
    ],
)
def test_rows_between_two_rates_are_written(
    bounds: tuple[str, str], ids: list[str], data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = ["export", str(data), "--as", "rl", "--pass-rate", *bounds, "--out", str(out)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    lines = (out / "rl" / "train.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids


@pytest.mark.parametrize("bounds", [(0.9, 0.1), (-0.1, 0.5), (0.1, 1.5), (0.5,)])
def test_what_is_no_range_is_refused(bounds: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="pass_rate"):
        Export.model_validate({"pass_rate": bounds})


@pytest.mark.parametrize(
    "said",
    [
        "hard",
        {"student": "m", "passed": 3, "of": 0},
        {"student": "m", "passed": 9, "of": 8},
        {"student": "m", "passed": -1, "of": 8},
        {"passed": 1, "of": 8},
    ],
)
def test_what_is_no_pass_rate_is_none(said: object) -> None:
    row = TaskRow.of(ROW.task, id="x", provenance={"difficulty": said})
    assert row.pass_rate is None
