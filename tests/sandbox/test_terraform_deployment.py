"""Whose fault a failed deployment is: decided from Terraform's words, without Terraform."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.base import Ended, Result, StepResult, Usage
from sandbox.errors import EmulatorFailed, ToolCrashed
from sandbox.hcl.addresses import AWS
from sandbox.terraform.base import Deployment, Phase, Problem
from sandbox.terraform.deploy.deployment import (
    blamed_on_provisioners,
    deployable,
    deployment_of,
    provisions,
)
from sandbox.terraform.deploy.quirks import QUIRKS, TRIED, drift_of, gap_in
from sandbox.terraform.prepare import Installed, prepare

INSTALLED = Installed(Path("/terraform"), "1.11.4", {AWS: Path("/aws")}, {})
TAKEN = Problem("error", "creating VPC", "api error VpcLimitExceeded: no more", "", 0, "aws_vpc.a")
HALTED = Problem("error", "execution halted")


def about(address: str, said: str) -> Problem:
    return Problem("error", f"creating it: {said}", "", "", 0, address)


@pytest.mark.parametrize(
    ("problem", "own"),
    [
        (about("aws_vpc.a", "api error InvalidVpcRange: 10.0.0.0/33"), True),
        (about('module.a["x.y"].aws_vpc.main[0]', "api error InvalidVpcRange: no"), True),
        (about("aws_vpc.a", "StatusCode: 501, api error NotImplemented: no"), False),
        (about("aws_vpc.a", "StatusCode: 500, api error InternalError: no"), False),
        (about("aws_vpc.a", "api error InvalidVpcID.NotFound: vpc-1 does not exist"), False),
        (about("aws_vpc.a", "couldn't find resource"), False),
        (about("aws_vpc.a", "timeout while waiting for state to become 'x'"), False),
        (about("aws_vpc.a", "dial tcp 127.0.0.1:4566: connect: connection refused"), False),
        (about("aws_vpc.a", "StatusCode: 403, api error AccessDenied: no"), False),
        (about("aws_vpc.a", "must satisfy enum value set: [ml.t2.medium]"), False),
        (about("aws_nobody_tried_this.a", "api error ValidationException: no"), False),
        (about("null_resource.a", "it went wrong"), True),
        (
            Problem("error", "local-exec provisioner error", "exit status 1", "", 0, "aws_vpc.a"),
            True,
        ),
        (
            Problem("error", "local-exec provisioner error", "exit 1", "", 0, "aws_not_tried.a"),
            True,
        ),
        (Problem("error", "Invalid index", "the list is empty"), True),
    ],
)
def test_only_what_is_known_to_be_right_on_the_emulator_counts(problem: Problem, own: bool) -> None:
    gap = gap_in([problem], stuck=False)
    assert (gap == "") is own
    assert own or problem.summary in gap


def test_one_mistake_of_its_own_counts_beside_gaps_of_the_emulator() -> None:
    gap = about("aws_lightsail_instance.a", "StatusCode: 501")
    assert gap_in([gap], stuck=False)
    assert gap_in([gap, TAKEN], stuck=False) == ""


def test_being_interrupted_is_no_mistake_of_its_own() -> None:
    waiting = about("aws_vpc.a", "context canceled")
    late = Problem("error", "terraform apply did not come to its end in 300 s")
    assert "context canceled" in gap_in([HALTED, waiting, late], stuck=True)
    assert "300 s" in gap_in([HALTED, late], stuck=True)


def change(
    type: str, before: Any, after: Any, actions: list[str] | None = None, unknown: Any = None
) -> dict[str, Any]:
    return {
        "address": f"{type}.a",
        "type": type,
        "mode": "managed",
        "change": {
            "actions": actions or ["update"],
            "before": before,
            "after": after,
            "after_unknown": unknown or {},
        },
    }


NOTHING = change("aws_vpc", {"a": 1}, {"a": 1}, ["no-op"])
TAGS = change("aws_vpc", {"tags": {"at": "1"}}, {"tags": {"at": "2"}})
POLICY = change("aws_sqs_queue", {"p": '{"a": 1, "b": 2}'}, {"p": '{"b":2,"a":1}'})
EMPTY = change(
    "aws_sagemaker_model",
    {"vpc_config": [{"subnets": [], "on": False, "id": ""}], "arn": "x"},
    {"vpc_config": []},
    ["delete", "create"],
    {"arn": True},
)
LATER = change("aws_vpc", {"tags": {"at": "1"}}, {}, unknown={"tags": True})
FORGOTTEN = {**change("aws_vpc", None, {"a": 1}, ["create"])}


@pytest.mark.parametrize(
    ("changes", "own", "excused", "unsure"),
    [
        ([NOTHING], 0, 0, 0),
        ([TAGS], 1, 0, 0),
        ([POLICY], 0, 1, 0),
        ([EMPTY], 0, 1, 0),
        ([change("aws_nobody_tried_this", {"a": 1}, {"a": 2})], 0, 0, 1),
        ([change("random_id", {"a": 1}, {"a": 2})], 1, 0, 0),
        ([LATER], 1, 0, 0),
        ([LATER, EMPTY], 0, 2, 0),
        ([TAGS, EMPTY], 1, 1, 0),
        ([change("aws_vpc", None, {"a": 1}, ["create"])], 1, 0, 0),
        ([change("aws_vpc", {"a": 1}, None, ["read"])], 0, 0, 0),
        ([change("aws_vpc", {"l": ["a"]}, {"l": ["a", "b"]})], 1, 0, 0),
    ],
)
def test_a_second_plan_is_sorted_by_whose_doing_it_is(
    changes: list[dict[str, Any]], own: int, excused: int, unsure: int
) -> None:
    drift = drift_of({"resource_changes": changes})
    assert (len(drift.own), len(drift.excused), len(drift.unsure)) == (own, excused, unsure)


def test_drift_names_the_resource_and_the_attribute() -> None:
    (words,) = drift_of({"resource_changes": [TAGS]}).own
    assert words == "aws_vpc.a: update (tags.at)"


def test_what_the_emulator_forgot_is_not_the_configurations_doing() -> None:
    gone = {"address": "aws_vpc.a", "change": {"actions": ["delete"]}}
    drift = drift_of({"resource_changes": [FORGOTTEN], "resource_drift": [gone]})
    assert (drift.own, len(drift.unsure)) == ((), 1)


def test_an_output_that_changes_every_time_is_drift() -> None:
    outputs = {"now": {"actions": ["update"], "before": "1", "after": "2"}}
    assert drift_of({"output_changes": outputs}).own == ("output now",)


def test_every_quirk_is_of_a_tried_type_and_says_why() -> None:
    assert all(quirk.type in TRIED and quirk.why for quirk in QUIRKS)


def result(*steps: tuple[str, int, bytes], ended: Ended = Ended.EXITED) -> Result:
    return Result(
        ended, tuple(StepResult(*step, stderr=b"", seconds=1.0) for step in steps), Usage(1.0)
    )


LOOKED = b"1 config/main.tf\n2 cli.tfrc\n"
FINE = (
    ("reset", 0, b""),
    ("init", 0, b""),
    ("given", 0, LOOKED),
    ("apply", 0, b""),
    ("applied", 0, LOOKED),
    ("again", 0, b""),
    ("drift", 0, b""),
    ("destroy", 0, b""),
    ("left", 0, b""),
)


def score(deployment: Deployment) -> tuple[bool | None, ...]:
    phases = (deployment.applied, deployment.unchanged, deployment.destroyed)
    return tuple(phase.passed if phase else None for phase in phases)


def test_a_deployment_that_leaves_nothing_passes() -> None:
    assert score(deployment_of(result(*FINE), ())) == (True, True, True)


def test_what_destroy_leaves_in_the_state_fails_it() -> None:
    left = deployment_of(result(*FINE[:-1], ("left", 0, b"aws_vpc.a\n")), ())
    assert score(left) == (True, True, False)
    assert left.destroyed is not None and "aws_vpc.a" in left.destroyed.problems[0].summary


def test_a_limit_that_the_configuration_ran_into_is_its_own() -> None:
    stopped = deployment_of(result(*FINE[:3], ended=Ended.MEMORY), ())
    assert (score(stopped), stopped.gap) == ((False, None, None), "")
    assert "memory" in stopped.applied.problems[0].summary


def test_an_apply_that_waits_for_the_emulator_for_ever_says_nothing() -> None:
    waiting = deployment_of(result(*FINE[:3], ("apply", 124, b"")), ())
    assert waiting.gap


def test_a_provisioner_that_runs_for_ever_is_the_configurations() -> None:
    said = b'{"type":"provision_start","hook":{"resource":{"addr":"aws_vpc.a"}}}\n'
    running = deployment_of(result(*FINE[:3], ("apply", 137, said)), ())
    assert (score(running), running.gap) == ((False, None, None), "")


def test_a_provisioner_that_ends_the_destroy_is_the_configurations() -> None:
    said = b'{"type":"provision_start","hook":{"resource":{"addr":"aws_vpc.a"}}}\n'
    for code in (124, 137):
        ended = deployment_of(result(*FINE[:7], ("destroy", code, said)), ())
        assert (score(ended), ended.gap) == ((True, True, False), "")
        assert deployment_of(result(*FINE[:7], ("destroy", code, b"")), ()).gap


@pytest.mark.parametrize(
    ("code", "after", "named"),
    [
        (0, LOOKED, ""),
        (0, LOOKED.replace(b"1", b"3"), "config/main.tf"),
        (0, LOOKED + b"1 config/more.tf\n", "config/more.tf"),
        (0, b"1 config/main.tf\n", "cli.tfrc"),
        (0, LOOKED + b"1 config/.terraform/modules/modules.json\n", "modules.json"),
        (0, LOOKED + b"1 config/generated/app.tfvars\n", ""),
        (1, b"", "its folder"),
    ],
)
def test_a_second_plan_of_what_an_apply_changed_is_not_trusted(
    code: int, after: bytes, named: str
) -> None:
    ran = result(*FINE[:4], ("applied", code, after), *FINE[5:])
    found = deployment_of(ran, ())
    assert (score(found), found.gap) == ((True, False, None) if named else (True,) * 3, "")
    assert found.unchanged is not None
    assert named in "".join(item.summary for item in found.unchanged.problems)


def test_what_tells_nothing_but_with_provisioners_is_their_doing() -> None:
    applied = Phase(True, (), 1.0)
    bare = deployment_of(result(*FINE), ())
    gap = Deployment(applied, applied, gap="it went away")
    blamed = blamed_on_provisioners(gap.gap, gap, bare)
    assert (score(blamed), blamed.gap) == ((True, False, None), "")
    assert blamed.unchanged is not None and "went away" in blamed.unchanged.problems[0].summary
    crashed = blamed_on_provisioners("terraform ended with 139", None, bare)
    assert (score(crashed), crashed.gap) == ((False, None, None), "")
    assert blamed_on_provisioners(gap.gap, gap, gap).gap


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "main.tf",
            'resource "aws_vpc" "a" {\n  provisioner "local-exec" {\n    command = "x"\n  }\n}\n',
        ),
        (
            "main.tf.json",
            '{"resource": {"aws_vpc": {"a": {"provisioner": {"local-exec": {"command": "x"}}}}}}',
        ),
    ],
)
def test_provisioners_are_seen_and_can_be_left_out(path: str, text: str) -> None:
    prepared = prepare({path: text.encode()}, INSTALLED)
    assert provisions(prepared)
    files, _ = deployable(prepared, provisioned=False)
    assert b"provisioner" in deployable(prepared)[0][f"config/{path}"]
    assert b"provisioner" not in files[f"config/{path}"]
    assert not provisions(prepare({path: files[f"config/{path}"]}, INSTALLED))


def test_an_emulator_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(EmulatorFailed):
        deployment_of(result(("reset", 1, b"")), ())


def test_an_init_that_fails_after_the_plan_did_not_is_a_fault() -> None:
    with pytest.raises(ToolCrashed):
        deployment_of(result(("reset", 0, b""), ("init", 1, b"")), ())


def test_protections_are_off_in_what_is_deployed_and_lines_stay() -> None:
    text = """provider "aws" {
  profile = "prod"
}
resource "aws_dynamodb_table" "a" {
  deletion_protection_enabled = var.protect
  lifecycle {
    prevent_destroy = true
  }
}
resource "aws_lb" "a" {
  enable_deletion_protection = false
}
"""
    files, notes = deployable(prepare({"main.tf": text.encode()}, INSTALLED))
    assert set(files) == {"config/main.tf"}
    deployed = files["config/main.tf"].decode()
    assert "prod" not in deployed
    assert "deletion_protection_enabled = false" in deployed
    assert "prevent_destroy = false" in deployed
    assert deployed.count("\n") == text.count("\n")
    assert notes == (
        "switched off to destroy it: deletion_protection_enabled in main.tf:5",
        "switched off to destroy it: prevent_destroy in main.tf:7",
    )


def test_protections_are_off_in_json_syntax_too() -> None:
    text = '{"resource": {"aws_lb": {"a": {"enable_deletion_protection": true}}}}'
    files, notes = deployable(prepare({"main.tf.json": text.encode()}, INSTALLED))
    assert json.loads(files["config/main.tf.json"]) == {
        "resource": {"aws_lb": {"a": {"enable_deletion_protection": False}}}
    }
    assert len(notes) == 1
