"""Configurations for the warm engine, what their plans say, and the processes behind it."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import ScoreRequest, Task, Verdict
from rewardsvc.verification.verifier import Workbench
from sandbox.hcl.addresses import AWS
from sandbox.terraform import TerraformOutcome
from sandbox.terraform.warm import WarmEngine

BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = "warm-test"\n}\n'
ACCOUNT = 'data "aws_caller_identity" "me" {}\n' + BUCKET
EMULATED_ACCOUNT = "123456789012"
WANTS = 'output "account" {\n  value = data.aws_caller_identity.me.account_id\n}\n'


async def run(engine: WarmEngine, text: str) -> TerraformOutcome:
    return await engine.run({"main.tf": text.encode()})


async def score(workbench: Workbench, text: str) -> Verdict:
    request = ScoreRequest(task=Task(format="terraform"), completion=f"```hcl\n{text}```\n")
    return await decide(prepare(request), workbench, DEFAULT_WEIGHTS)


def outputs(outcome: TerraformOutcome) -> dict[str, object]:
    assert outcome.plan_json is not None, outcome
    found = outcome.plan_json["planned_values"]["outputs"]
    return {name: value["value"] for name, value in found.items()}


def in_region(region: str) -> str:
    return (
        f'provider "aws" {{\n  region = "{region}"\n}}\n'
        'data "aws_region" "here" {}\ndata "aws_availability_zones" "all" {}\n'
        + BUCKET
        + 'output "region" {\n  value = data.aws_region.here.name\n}\n'
        + 'output "zone" {\n  value = data.aws_availability_zones.all.names[0]\n}\n'
    )


def descendants(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from descendants(int(child))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def leaders_of(engine: WarmEngine, what: str) -> list[int]:
    """The process ids of the boxes of the emulator or the providers."""
    if what == "emulator":
        assert engine._emulator is not None
        current: Any = engine._emulator._current
        return [current._process.pid] if current is not None else []
    services: list[Any] = [each._process for each in engine._pools[AWS].providers]
    return [service.pid for service in services if service.alive]


def kill(engine: WarmEngine, what: str) -> None:
    """End the programs in the boxes themselves, as a crash would."""
    for leader in leaders_of(engine, what):
        *_, last = descendants(leader)
        os.kill(last, signal.SIGKILL)
