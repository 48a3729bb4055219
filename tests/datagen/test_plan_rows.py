"""Rows that ask for a plan: the real one is their truth, whatever form the configuration has."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

import pytest
from click.testing import CliRunner

from datagen.cli import main
from datagen.curation import rows_in
from datagen.planned import Complexity, Form, complexity_of, formed, truth_of
from rewardsvc.pipeline import compile_task
from rewardsvc.retry import RetryPolicy
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import JsonValue, Target
from sandbox.base import Ended, Usage
from sandbox.errors import BeforeLacksProvider, BeforeUnusable, IsolationMissing, TimedOutByUs
from sandbox.hcl.addresses import AWS
from sandbox.lack import Lack, LackKind
from sandbox.terraform import Phase, TerraformOutcome
from sandbox.toolchain import discover
from tests.datagen.curation.rows import topic_rows
from tests.needs import lacks

QUEUES = """provider "aws" {
  region = "eu-west-1"
}

resource "aws_sqs_queue" "dead" {
  name = "jobs-dead"
}

output "arn" {
  value = aws_sqs_queue.dead.arn
}
"""


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (Form.COUNT, ["  count = ", 'name = "jobs-dead-${count.index}"', "dead[0].arn"]),
        (Form.FOR_EACH, ["  for_each = toset([", 'name = "jobs-dead-${each.key}"', 'dead["']),
        (Form.CONDITIONAL, ['variable "enabled"', "count = var.enabled ? 1 : 0", "dead[0].arn"]),
        (Form.MODULE, ['source = "./modules/']),
    ],
)
def test_a_configuration_is_given_another_form(form: Form, says: list[str]) -> None:
    files = formed(form, QUEUES, Random(3))
    assert files is not None
    assert all(each in files["main.tf"] for each in says)
    assert len(files) == (2 if form is Form.MODULE else 1)


def change(address: str, *actions: str, **after: object) -> dict[str, object]:
    return {
        "mode": "managed",
        "address": address,
        "type": address.split(".", maxsplit=1)[0],
        "change": {
            "actions": list(actions),
            "after": {"name": "a", "secret": "x", "arn": None, "gone": None, **after},
            "after_unknown": {"arn": True},
            "after_sensitive": {"secret": True},
        },
    }


def test_the_truth_holds_what_is_known_and_changes() -> None:
    plan = {"resource_changes": [change("aws_a.one", "create"), change("aws_a.two", "no-op")]}
    assert truth_of(plan) == {
        "resource_changes": [
            {
                "address": "aws_a.one",
                "type": "aws_a",
                "actions": ["create"],
                "attributes": {"name": "a"},
            }
        ]
    }
    edit = {"resource_changes": [change("aws_a.one", "update", arn="made", id="made")]}
    assert truth_of(edit, plan)["resource_changes"][0]["attributes"] == {"name": "a"}


@pytest.mark.parametrize(
    ("changes", "text", "complexity"),
    [
        (1, "", Complexity.LOW),
        (4, "", Complexity.LOW),
        (4, "  count = 4\n", Complexity.MEDIUM),
        (9, "  count = 4\n", Complexity.HIGH),
        (4, "  count = var.a ? 1 : 0\n", Complexity.HIGH),
    ],
)
def test_complexity_counts_what_is_to_be_kept_in_mind(
    changes: int, text: str, complexity: Complexity
) -> None:
    truth = {"resource_changes": [{"actions": ["create"]}] * changes}
    assert complexity_of({"main.tf": text}, truth) is complexity


def test_rows_have_the_real_plan_in_every_form(tmp_path: Path) -> None:
    if AWS not in discover().providers:
        lacks("terraform", "no AWS provider: set ASSAY_TERRAFORM_MIRROR")
    parents = list(topic_rows("terraform", "sqs-dead-letter", count=6))
    parents[5] = edit_of(parents[5])
    (tmp_path / "tasks.jsonl").write_text("".join(f"{row_to_json(row)}\n" for row in parents))
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["plans", str(tmp_path), "--out", str(out)])
    assert done.exit_code == 0, done.stderr
    rows = list(rows_in(out))
    assert Counter(row.provenance["plan"]["form"] for row in rows) == Counter(list(Form))
    for row in rows:
        assert (row.category, row.format) == ("plan", "plan-prediction")
        told = json.loads(row.output.partition("\n")[2].rpartition("```")[0])["resource_changes"]
        known = row.truth["resource_changes"]
        assert [each["address"] for each in told] == [each["address"] for each in known] != []
        checks = compile_task(row.task).checks
        nobody: list[JsonValue] = []
        right, nothing = (
            checks.evaluate({Target.DOCUMENTS: [{"resource_changes": said}]})
            for said in (told, nobody)
        )
        assert right.stage is not None and right.stage.score == 1.0
        assert nothing.off_task
    (edit,) = (row for row in rows if row.provenance["plan"]["form"] == Form.EDIT)
    assert [(each["actions"]) for each in edit.truth["resource_changes"]] == [["update"]]
    assert "arn" not in edit.truth["resource_changes"][0]["attributes"]


def edit_of(row: TaskRow) -> TaskRow:
    text = row.output.partition("\n")[2].rpartition("```")[0]
    (line,) = (each for each in text.splitlines() if "visibility_timeout_seconds" in each)
    before = text.replace(line, f"{line.partition('=')[0]}= 7")
    return replace(row, before={"main.tf": before})


class FaultyEngine:
    """Breaks under whatever holds ``word``, so often; plans one resource of everything else."""

    def __init__(self, word: str, times: int) -> None:
        self.word = word
        self.left = times

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    async def run(
        self, files: Mapping[str, bytes], *, before: Mapping[str, bytes] | None = None
    ) -> TerraformOutcome:
        if self.left and any(self.word.encode() in text for text in files.values()):
            self.left -= 1
            raise TimedOutByUs("no time")
        plan = {"resource_changes": [change("aws_a.one", "create")]}
        passed = Phase(True, (), 0.1)
        return TerraformOutcome(passed, passed, passed, plan, (), (), Ended.EXITED, Usage(0.1))


class CountingEngine(FaultyEngine):
    """Plans all, and counts."""

    def __init__(self) -> None:
        super().__init__("", 0)
        self.asked = 0

    async def run(
        self, files: Mapping[str, bytes], *, before: Mapping[str, bytes] | None = None
    ) -> TerraformOutcome:
        self.asked += 1
        return await super().run(files, before=before)


class NotPlanningEngine(CountingEngine):
    """Plans once ``why_not`` is None; until then it says or raises that."""

    def __init__(self, why_not: Exception | tuple[Lack, ...] | None) -> None:
        super().__init__()
        self.why_not = why_not

    async def run(
        self, files: Mapping[str, bytes], *, before: Mapping[str, bytes] | None = None
    ) -> TerraformOutcome:
        planned = await super().run(files, before=before)
        if isinstance(self.why_not, Exception):
            raise self.why_not
        if self.why_not is None:
            return planned
        return replace(planned, plan=None, plan_json=None, lacking=self.why_not)


@pytest.mark.parametrize(
    ("why_not", "kind"),
    [
        ((Lack(LackKind.PROVIDER, "hashicorp/google"),), "PROVIDER_MISSING"),
        ((Lack(LackKind.VERSION, "hashicorp/aws", "~> 4.0", "6.0.0"),), "PROVIDER_MISSING"),
        ((Lack(LackKind.MODULE, "acme/vpc/aws"),), "TOOL_MISSING"),
        (BeforeLacksProvider("it leans on google"), "PROVIDER_MISSING"),
    ],
)
def test_what_is_not_here_leaves_a_row_undecided_until_it_is(
    why_not: Exception | tuple[Lack, ...],
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (row,) = topic_rows("terraform", "sqs-dead-letter", count=1)
    row = edit_of(row) if isinstance(why_not, Exception) else row
    engine = NotPlanningEngine(why_not)
    monkeypatch.setattr("datagen.pipeline.plans.open_engine", lambda *_, **__: engine)
    (tmp_path / "tasks.jsonl").write_text(f"{row_to_json(row)}\n")
    command = ["plans", str(tmp_path), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert f"1 rows could not be decided and are left out: {row.id}: {kind}" in done.stderr
    engine.why_not = None
    assert CliRunner().invoke(main, command).exit_code == 0
    assert [each.id for each in rows_in(tmp_path / "out")] == [f"plan-{row.id}"]


@pytest.mark.parametrize("why_not", [(), BeforeUnusable("it does not plan")])
def test_what_does_not_plan_is_looked_at_again_by_other_tools_alone(
    why_not: Exception | tuple[Lack, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = topic_rows("terraform", "sqs-dead-letter", count=1)
    row = edit_of(row) if isinstance(why_not, Exception) else row
    engine = NotPlanningEngine(why_not)
    monkeypatch.setattr("datagen.pipeline.plans.open_engine", lambda *_, **__: engine)
    (tmp_path / "tasks.jsonl").write_text(f"{row_to_json(row)}\n")
    command = ["plans", str(tmp_path), "--out", str(tmp_path / "out")]
    for _ in range(2):
        CliRunner().invoke(main, command)
    assert engine.asked == 1
    others = replace(discover(), digest="of other tools")
    monkeypatch.setattr("datagen.pipeline.plans.discover", lambda *_: others)
    CliRunner().invoke(main, command)
    assert engine.asked == 2


@pytest.mark.parametrize(("times", "left_out"), [(2, 0), (3, 1)])
def test_a_row_that_breaks_is_tried_again_and_costs_no_other_row(
    times: int, left_out: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = list(topic_rows("terraform", "sqs-dead-letter", count=3))
    word = str(rows[1].provenance["spec"]["name"])
    engine = FaultyEngine(word, times)
    monkeypatch.setattr("datagen.pipeline.plans.open_engine", lambda *_, **__: engine)
    quick = RetryPolicy(tries=3, first_pause_seconds=0.0, longest_pause_seconds=0.0)
    monkeypatch.setattr("datagen.pipeline.plans.SCORING", quick)
    (tmp_path / "tasks.jsonl").write_text("".join(f"{row_to_json(row)}\n" for row in rows))
    done = CliRunner().invoke(main, ["plans", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.exit_code == left_out, done.stderr
    told = f"1 rows could not be decided and are left out: {rows[1].id}: TIMED_OUT_BY_US: no time"
    assert (told in done.stderr) is bool(left_out)
    made = [row.id for row in rows_in(tmp_path / "out")]
    assert made == [f"plan-{row.id}" for row in rows if not left_out or row is not rows[1]]


def test_what_was_planned_is_not_planned_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = list(topic_rows("terraform", "sqs-dead-letter", count=3))
    engine = CountingEngine()
    monkeypatch.setattr("datagen.pipeline.plans.open_engine", lambda *_, **__: engine)
    (tmp_path / "tasks.jsonl").write_text("".join(f"{row_to_json(row)}\n" for row in rows))
    out = tmp_path / "out"

    def planned(*options: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["plans", str(tmp_path), "--out", str(out), *options])
        return done.exit_code, " ".join(done.stderr.split())

    assert planned("--count", "2")[0] == 0
    first = (out / "tasks.jsonl").read_bytes()
    assert engine.asked == 2
    code, said = planned("--count", "5")
    assert (code, engine.asked) == (1, 3)
    assert "3 of 5: one is made of each row" in said
    assert (out / "tasks.jsonl").read_bytes().startswith(first)
    code, said = planned("--seed", "1")
    assert (code, engine.asked) == (2, 3)
    assert "seed" in said


def test_terraform_that_cannot_be_run_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> object:
        raise IsolationMissing("no namespaces")

    monkeypatch.setattr("datagen.pipeline.plans.open_sandbox", closed)
    (row,) = topic_rows("terraform", "sqs-dead-letter", count=1)
    (tmp_path / "tasks.jsonl").write_text(row_to_json(row))
    done = CliRunner().invoke(main, ["plans", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "Error: Terraform cannot be run here: no namespaces\n" in done.stderr
