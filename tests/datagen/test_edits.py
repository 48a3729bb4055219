"""Edits of verified rows, by the real tools: less before than after, and nothing else changes."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from datagen.cli import main
from datagen.curation import rows_in
from datagen.sources.edits import renames
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.preferences import worse_answers
from rewardsvc.tasks import TaskRow, row_to_json
from sandbox.hcl.addresses import AWS
from sandbox.toolchain import discover
from tests.datagen.curation.rows import topic_rows
from tests.needs import lacks


def edited(folder: Path, rows: list[TaskRow], *options: str) -> list[TaskRow]:
    folder.mkdir()
    (folder / "tasks.jsonl").write_text("".join(f"{row_to_json(row)}\n" for row in rows))
    out = folder / "out"
    done = CliRunner().invoke(main, ["edit", str(folder), "--out", str(out), *options])
    assert done.exit_code == 0, done.stderr
    return list(rows_in(out))


def test_an_edit_is_worth_less_before_than_after_and_makes_a_pair(tmp_path: Path) -> None:
    parents = list(topic_rows("docker", "go-static", "compose-web-db", count=3))
    rows = edited(tmp_path / "data", parents)
    by_id = {row.id: row for row in parents}
    assert len(rows) == len(parents)
    for row in rows:
        parent = by_id[str(row.provenance["parent"])]
        stood = extract(parent.output, parent.task, FORMATS[row.format].verifier).artifact
        assert stood is not None and all(file.text in row.input for file in stood.files)
        assert row.output != parent.output and row.instruction != parent.instruction
        (worse,) = worse_answers(row)
        assert worse.output == parent.output
        assert worse.reward == row.provenance["edit"]["reward"] < 1.0


def test_an_edit_of_terraform_permits_what_it_asks_for(tmp_path: Path) -> None:
    if AWS not in discover().providers:
        lacks("terraform", "no AWS provider: set ASSAY_TERRAFORM_MIRROR")
    (row,) = edited(tmp_path / "data", list(topic_rows("terraform", "sqs-dead-letter", count=1)))
    assert row.before and all(text in row.input for text in row.before.values())
    permitted = row.checks[-1]
    assert permitted.name == "changes_only"
    assert sum(each.weight for each in row.checks[:-1]) == pytest.approx(permitted.weight)
    changes = permitted.arguments["changes"]
    said = [f"{' '.join(each['actions'])} {each['resource']}" for each in changes]
    assert said == row.provenance["edit"]["changes"] != []
    assert row.provenance["edit"]["reward"] <= 0.35


@pytest.mark.parametrize(
    ("before", "after", "renamed"),
    [
        (("jobs",), ("tasks",), True),
        (("jobs",), ("jobs", "tasks"), False),
        (("jobs", "tasks"), ("jobs",), False),
        (("jobs",), ("jobs",), False),
    ],
)
def test_an_edit_renames_no_resource(
    before: tuple[str, ...], after: tuple[str, ...], renamed: bool
) -> None:
    def files(labels: tuple[str, ...]) -> dict[str, str]:
        return {"main.tf": "".join(f'resource "aws_sqs_queue" "{each}" {{}}\n' for each in labels)}

    assert renames(files(before), files(after)) is renamed


def test_a_row_of_no_topic_is_not_edited(tmp_path: Path) -> None:
    (row,) = topic_rows("docker", "go-static", count=1)
    row.provenance.pop("spec")  # type: ignore[attr-defined]
    (tmp_path / "tasks.jsonl").write_text(row_to_json(row))
    done = CliRunner().invoke(main, ["edit", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "no row to edit" in done.stderr
