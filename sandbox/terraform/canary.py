"""Canaries: configurations whose outcome is known, run through live providers. Pure.

A provider that crashed says so; one that lies (its memory is damaged, it kept what it should have
forgotten) does not. So every minute each one plans a good configuration and validates a bad one,
and goes when it is wrong.
"""

from collections.abc import Mapping

from sandbox.terraform.base import TerraformOutcome

EVERY_SECONDS = 60.0
LONGER = 10.0
"""Between two rounds lies at least so many times what one took: where little is to be had, canaries
take at most a tenth of it."""

SECONDS = 15.0
"""Wall time of one, which takes half a second; what takes so long, also alone on the machine, waits
for something that does not come. It counts while Terraform runs: a canary that waits for its turn
says nothing of a provider."""

ACCOUNT = "123456789012"
"""The account that moto emulates."""

_GOOD = """data "aws_caller_identity" "here" {}

resource "aws_sqs_queue" "canary" {
  name          = "canary-NUMBER-${data.aws_caller_identity.here.account_id}"
  delay_seconds = 90
}
"""
_BAD = """resource "aws_sqs_queue" "canary" {
  name          = "canary-NUMBER"
  delay_seconds = 90000
}
"""
"""Its delay is longer than SQS allows, which only the provider knows."""

_REFUSAL = "delay_seconds"


def good(number: int) -> Mapping[str, bytes]:
    """A good configuration; another number makes it one that no provider has seen."""
    return {"main.tf": _GOOD.replace("NUMBER", str(number)).encode()}


def bad(number: int) -> Mapping[str, bytes]:
    """A bad one."""
    return {"main.tf": _BAD.replace("NUMBER", str(number)).encode()}


def lie_about_good(outcome: TerraformOutcome) -> str:
    """What is wrong with what was said of :func:`good`, "" where nothing is."""
    if outcome.plan is None or not outcome.plan.passed or outcome.plan_json is None:
        said = [*outcome.validate.problems, *(outcome.plan.problems if outcome.plan else ())]
        return f"a good configuration was refused: {'; '.join(p.summary for p in said)}"
    changes = outcome.plan_json.get("resource_changes") or [{}]
    name = (changes[-1].get("change") or {}).get("after", {}).get("name")
    right = str(name).startswith("canary-") and str(name).endswith(f"-{ACCOUNT}")
    return "" if right else f"a queue was planned with the name {name!r}"


def lie_about_bad(outcome: TerraformOutcome) -> str:
    """What is wrong with what was said of :func:`bad`, "" where nothing is."""
    if outcome.validate.passed:
        return "a bad configuration was accepted"
    said = " ".join(f"{each.summary} {each.detail}" for each in outcome.validate.problems)
    return "" if _REFUSAL in said else f"a bad configuration was refused for {said!r}"
