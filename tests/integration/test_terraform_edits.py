"""An edit is judged by what it changes: its plan is held against what stood before."""

from collections.abc import Mapping
from typing import Any

import pytest

from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import Check, CheckKind, FailureKind, ScoreRequest, Task, Verdict
from rewardsvc.verification.verifier import Workbench
from sandbox.errors import BeforeUnusable
from tests.integration.terraform_cases import BUCKET, EDITS
from tests.integration.test_terraform_engines import facts

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUEUE_LONGER, NETWORK = EDITS["a value"][1], EDITS["a value"][0]

_VPC = NETWORK[NETWORK.index('resource "aws_vpc"') : NETWORK.index('resource "aws_sqs_queue" ')]
FORGETFUL = QUEUE_LONGER.replace(_VPC, "") + "".join(
    f"removed {{\n  from = {address}\n\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
    for address in ("aws_vpc.main", "aws_subnet.app")
)
"""Nothing is destroyed; but what is not known any more is nobody's."""

ACTIONS = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
}


def named(name: str, **arguments: Any) -> Check:
    return Check(kind=CheckKind.NAMED, name=name, arguments=arguments)


ASKED = (
    named(
        "resource_exists",
        type="aws_sqs_queue",
        attributes=[{"path": "visibility_timeout_seconds", "value": 60}],
    ),
    named("changes_only", changes=[{"resource": "aws_sqs_queue.jobs", "actions": ["update"]}]),
)
"""Sixty seconds for the queue, and nothing else."""


def changes_in(plan: Mapping[str, Any]) -> dict[str, str]:
    return {
        change["address"]: ACTIONS[tuple(change["change"]["actions"])]
        for change in plan["resource_changes"]
        if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
    }


async def verdict_of(workbench: Workbench, answer: str, before: str = NETWORK) -> Verdict:
    task = Task(format="terraform", checks=ASKED, before={"main.tf": before})
    request = ScoreRequest(task=task, completion=f"```hcl\n{answer}```\n")
    return await decide(prepare(request), workbench, DEFAULT_WEIGHTS)


def files(text: str) -> dict[str, bytes]:
    return {"main.tf": text.encode()}


@pytest.mark.parametrize("name", EDITS)
async def test_the_plan_has_what_an_edit_changes(name: str, warm: Workbench) -> None:
    before, after, changes = EDITS[name]
    assert warm.terraform is not None
    outcome = await warm.terraform.run(files(after), before=files(before))
    assert outcome.plan_json is not None and outcome.unchanged is not None
    assert changes_in(outcome.plan_json) == changes
    assert changes_in(outcome.unchanged) == {}


async def test_what_was_asked_and_nothing_else_earns_all(warm: Workbench) -> None:
    assert (await verdict_of(warm, QUEUE_LONGER)).reward == 1.0


@pytest.mark.parametrize(
    ("answer", "most"),
    [
        (QUEUE_LONGER.replace("10.0.2.0", "10.0.9.0"), 0.9),  # a subnet is made anew, too
        (NETWORK, 0.35),  # nothing is done
        (BUCKET, 0.35),
        (FORGETFUL, 0.9),
        (QUEUE_LONGER.replace("visibility", "fifo_queue = true\n  visibility"), 0.9),
    ],
    ids=["more than that", "nothing", "something else", "one is forgotten", "made anew"],
)
async def test_what_was_not_asked_for_earns_less(answer: str, most: float, warm: Workbench) -> None:
    verdict = await verdict_of(warm, answer)
    assert verdict.reward is not None and verdict.reward <= most


@pytest.mark.parametrize(
    ("more", "beside"),
    [
        ("", {"terraform.tfstate": b"{}"}),
        ('terraform {\n  backend "local" {\n    path = "of-mine.tfstate"\n  }\n}\n', {}),
    ],
    ids=["in its place", "elsewhere"],
)
async def test_a_state_of_the_answers_own_counts_for_nothing(
    more: str, beside: Mapping[str, bytes], warm: Workbench
) -> None:
    assert warm.terraform is not None
    given = {**files(QUEUE_LONGER + more), **beside}
    outcome = await warm.terraform.run(given, before=files(NETWORK))
    assert outcome.plan_json is not None
    assert changes_in(outcome.plan_json) == {"aws_sqs_queue.jobs": "update"}


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (BUCKET.replace("bucket =", "colour ="), "does not plan"),
        ('resource "acme_thing" "a" {}\n', "not here"),
        (BUCKET + 'output "now" {\n  value = timestamp()\n}\n', ""),
        (BUCKET.replace('"engines-test-a"', "lower(timestamp())"), "planned again"),
    ],
    ids=["does not plan", "an unknown provider", "an output that changes", "changes each time"],
)
async def test_a_task_whose_before_is_of_no_use_is_not_scored(
    before: str, says: str, warm: Workbench
) -> None:
    verdict = await verdict_of(warm, QUEUE_LONGER, before)
    assert (verdict.failure_kind is FailureKind.INTERNAL) is bool(says)
    assert says in verdict.failure_reason


async def test_a_state_is_made_once(warm: Workbench) -> None:
    engine: Any = warm.terraform
    again = [await engine.standing(files(NETWORK)) for _ in range(2)]
    assert again[0] is again[1]
    with pytest.raises(BeforeUnusable):
        await engine.standing(files("resource {}"))


@pytest.mark.slow
@pytest.mark.parametrize("answer", [QUEUE_LONGER, NETWORK], ids=["right", "nothing"])
async def test_warm_gives_colds_verdict_of_an_edit(
    answer: str, warm: Workbench, cold: Workbench
) -> None:
    assert facts(await verdict_of(warm, answer)) == facts(await verdict_of(cold, answer))


@pytest.mark.slow
async def test_warm_gives_colds_plan_of_an_edit(warm: Workbench, cold: Workbench) -> None:
    assert warm.terraform is not None and cold.terraform is not None
    before, after, _ = EDITS["what is made anew, and what hangs on it"]
    quick, reference = [
        (await bench.terraform.run(files(after), before=files(before))).plan_json
        for bench in (warm, cold)
        if bench.terraform is not None
    ]
    assert quick is not None and reference is not None
    for part in ("planned_values", "resource_changes"):
        assert quick[part] == reference[part]
