"""Terraform, messaging: an SQS queue with a dead-letter queue."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import in_region
from datagen.pins import address, config, leads, plan, planned_all, raw
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, named
from rewardsvc.types import Check

_KIND = "aws_sqs_queue"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, how long it keeps and hides messages, and when it gives up on one."""

    region: str
    name: str
    visibility: int
    retention: int
    receives: int
    wait: int


def _sample(rng: Random) -> Queue:
    return Queue(
        region=rng.choice(REGIONS),
        name=named(rng, "queue", "events", "jobs", "tasks", "notifications"),
        visibility=rng.choice((30, 45, 60, 90, 120, 180, 300, 600, 900)),
        retention=rng.choice((3600, 43200, 86400, 172800, 345600, 604800, 1209600)),
        receives=rng.randint(2, 10),
        wait=rng.choice((5, 10, 15, 20)),
    )


def _brief(s: Queue) -> Brief:
    name, dead = lit(s.name), lit(f"{s.name}-dlq")
    queue = (
        "planned_values.root_module.resources"
        f"[?type=='{_KIND}' && values.name=='{s.name}'] | [0].values"
    )
    return Brief(
        need(
            f"SQS queue {name} with the dead-letter queue {dead}",
            f"a Terraform configuration for an SQS queue {name} with a dead-letter queue {dead}",
            f"Terraform code for two SQS queues: {name}, and {dead} as its dead-letter queue",
            pins=[
                planned_all(_KIND, "name", [s.name, f"{s.name}-dlq"]),
                _redrives(s.name, f"{s.name}-dlq"),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"visibility timeout {num(s.visibility)} seconds",
                f"The visibility timeout of the main queue is {num(s.visibility)} seconds",
                f"Hide a received message for {num(s.visibility)} seconds (visibility timeout)",
                pins=[plan(f"{queue}.visibility_timeout_seconds", s.visibility)],
            ),
            need(
                f"message retention {num(s.retention)} seconds",
                f"The main queue keeps messages for {num(s.retention)} seconds",
                f"Message retention is {num(s.retention)} seconds",
                pins=[plan(f"{queue}.message_retention_seconds", s.retention)],
            ),
            need(
                f"long polling for {num(s.wait)} seconds",
                f"Receivers wait up to {num(s.wait)} seconds (long polling)",
                f"Use long polling of {num(s.wait)} seconds",
                pins=[plan(f"{queue}.receive_wait_time_seconds", s.wait)],
            ),
            need(
                f"dead letter after {num(s.receives)} receives",
                f"A message moves to the dead-letter queue after {num(s.receives)} receives",
                f"maxReceiveCount is {num(s.receives)}",
                pins=[_gives_up_after(s.receives)],
            ),
        ),
    )


_REDRIVE = "aws_sqs_queue_redrive_policy"
"""A queue's redrive policy, where it is a resource of its own."""


def _redrives(name: str, dead: str) -> Check:
    """The queue of a name redrives to the other one, and that one to none."""
    main, other = (address(_KIND, f"name == '{each}'") for each in (name, dead))
    inside = leads(_KIND, "redrive_policy", other, of=main).expr
    beside = " && ".join(
        leads(_REDRIVE, argument, queue).expr
        for argument, queue in (("queue_url", main), ("redrive_policy", other))
    )
    returned = leads(_KIND, "redrive_policy", main, of=other).expr
    return plan(f"({inside} || {beside}) && !({returned})")


def _gives_up_after(receives: int) -> Check:
    """The plan does not know the redrive policy (the queue's ARN is in it): look at the text."""
    forms = (
        *(f"maxReceiveCount{quote} = {receives}" for quote in ("", '"')),
        *(f'"maxReceiveCount"{colon} {receives}' for colon in (":", " :")),
    )
    ends = (",", "}", "\n")
    written = " || ".join(
        f"contains(redrive_policy, {raw(form + end)})" for form in forms for end in ends
    )
    bodies = f"[{', '.join(f'resource[].{kind}' for kind in (_KIND, _REDRIVE))}][]"
    return config(f"length(map(&values(@), {bodies})[] | [?redrive_policy && ({written})]) > `0`")


def _answer(s: Queue) -> str:
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_sqs_queue" "dlq" {{
  name = "{s.name}-dlq"
}}

resource "aws_sqs_queue" "main" {{
  name                       = "{s.name}"
  visibility_timeout_seconds = {s.visibility}
  message_retention_seconds  = {s.retention}
  receive_wait_time_seconds  = {s.wait}

  redrive_policy = jsonencode({{
    deadLetterTargetArn = aws_sqs_queue.dlq.arn
    maxReceiveCount     = {s.receives}
  }})
}}
"""


TOPIC = Topic(
    name="sqs-dead-letter",
    format="terraform",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
