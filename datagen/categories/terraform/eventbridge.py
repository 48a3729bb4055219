"""Terraform, EventBridge: a bus and a rule that feeds a queue."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import documented, label, provider, queue_policy, quoted
from datagen.needs import in_region
from datagen.pins import all_refer, has, planned, spells
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, named


@dataclass(frozen=True, slots=True)
class EventRule:
    """Events of one source on a bus of its own, kept and sent to a queue."""

    region: str
    bus: str
    name: str
    source: str
    types: tuple[str, ...]
    queue: str
    retention: int
    age: int
    retries: int
    kept: int


def _sample_rule(rng: Random) -> EventRule:
    domain = rng.choice(DOMAINS)
    types = (
        "Created", "Updated", "Deleted", "Cancelled", "Shipped", "Failed", "Approved", "Expired"
    )  # fmt: skip
    return EventRule(
        region=rng.choice(REGIONS),
        bus=f"{domain}-{rng.choice(('bus', 'events', 'domain-events'))}",
        name=f"{domain}-{rng.choice(('to-queue', 'forward', 'changes', 'audit', 'sync'))}",
        source=f"com.{rng.choice(ORGANISATIONS)}.{domain}",
        types=tuple(sorted(rng.sample(types, rng.randint(1, 3)))),
        queue=named(rng, "inbox", "intake", "queue", "sink"),
        retention=rng.choice((86400, 172800, 259200, 432000, 604800, 1209600)),
        age=rng.choice((300, 600, 900, 1800, 3600, 7200, 21600)),
        retries=rng.choice((2, 3, 5, 8, 10, 20, 50)),
        kept=rng.choice((7, 14, 30, 60, 90, 180, 365)),
    )


def _rule_brief(s: EventRule) -> Brief:
    kind, target = "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"
    queue, bus, archive, policy = (
        "aws_sqs_queue",
        "aws_cloudwatch_event_bus",
        "aws_cloudwatch_event_archive",
        "aws_sqs_queue_policy",
    )
    return Brief(
        need(
            f"EventBridge rule {lit(s.name)} on the new bus {lit(s.bus)}, with the new SQS queue"
            f" {lit(s.queue)} as its target",
            f"a Terraform configuration for the EventBridge bus {lit(s.bus)} with a rule"
            f" {lit(s.name)} that sends events to the SQS queue {lit(s.queue)}, all of them new",
            f"Terraform code that creates an event bus {lit(s.bus)}, an SQS queue"
            f" {lit(s.queue)} and the rule {lit(s.name)} between them",
            pins=[
                planned(bus, "name", s.bus),
                has(kind, {"name": s.name, "event_bus_name": s.bus}),
                planned(queue, "name", s.queue),
                all_refer(target, "arn", queue),
                all_refer(target, "rule", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"matches the source {lit(s.source)} and the detail types {lits(s.types)},"
                f" pattern by jsonencode",
                f"Its pattern (written with jsonencode) matches events of the source"
                f" {lit(s.source)} with a detail-type of {lits(s.types, 'or')}",
                f"Match the source {lit(s.source)} and the detail-type {lits(s.types, 'or')};"
                f" use jsonencode for the pattern",
                pins=[
                    spells(
                        kind,
                        "event_pattern",
                        (
                            f'"source":["{s.source}"]',
                            '"detail-type":[',
                            *(f'"{type}"' for type in s.types),
                        ),
                    )
                ],
            ),
            need(
                f"the queue keeps messages {num(s.retention)} seconds and is encrypted by SQS",
                f"Messages stay in the queue for {num(s.retention)} seconds; SQS-managed"
                f" encryption is on",
                f"The queue has SQS-managed encryption and a retention of {num(s.retention)}"
                f" seconds",
                pins=[
                    has(
                        queue,
                        {"message_retention_seconds": s.retention, "sqs_managed_sse_enabled": True},
                    )
                ],
            ),
            need(
                f"tries {num(s.retries)} times again, for {num(s.age)} seconds at most",
                f"The target's retry policy: at most {num(s.retries)} retries, and no event older"
                f" than {num(s.age)} seconds",
                f"Retry the target {num(s.retries)} times, and drop events after {num(s.age)}"
                f" seconds",
                pins=[
                    has(
                        target,
                        {
                            "retry_policy[0].maximum_retry_attempts": s.retries,
                            "retry_policy[0].maximum_event_age_in_seconds": s.age,
                        },
                    ),
                    all_refer(target, "event_bus_name", bus),
                ],
            ),
            need(
                "a queue policy that lets only this rule send (aws:SourceArn), written with"
                " aws_iam_policy_document",
                "The queue's policy, an aws_iam_policy_document, lets events.amazonaws.com send"
                " messages when aws:SourceArn is this rule",
                "Let events.amazonaws.com do sqs:SendMessage on the queue, for this rule's ARN"
                " only; write the policy as an aws_iam_policy_document",
                pins=[
                    all_refer(policy, "queue_url", queue),
                    documented(
                        (policy, "policy"), "sqs:SendMessage", "events.amazonaws.com", queue, kind
                    ),
                ],
            ),
            need(
                f"an archive of the bus, {num(s.kept)} days",
                f"Archive the events of the bus for {num(s.kept)} days",
                f"An archive keeps what the bus received for {num(s.kept)} days",
                pins=[
                    has(archive, {"retention_days": s.kept}),
                    all_refer(archive, "event_source_arn", bus),
                ],
            ),
        ),
    )


def _rule_answer(s: EventRule) -> str:
    bus, called, queue = label(s.bus), label(s.name), label(s.queue)
    return f"""\
{provider(s.region)}
resource "aws_cloudwatch_event_bus" "{bus}" {{
  name = "{s.bus}"
}}

resource "aws_cloudwatch_event_archive" "{bus}" {{
  name             = "{s.bus}-archive"
  event_source_arn = aws_cloudwatch_event_bus.{bus}.arn
  retention_days   = {s.kept}
}}

resource "aws_cloudwatch_event_rule" "{called}" {{
  name           = "{s.name}"
  event_bus_name = aws_cloudwatch_event_bus.{bus}.name

  event_pattern = jsonencode({{
    source        = ["{s.source}"]
    "detail-type" = [{quoted(s.types)}]
  }})
}}

resource "aws_sqs_queue" "{queue}" {{
  name                      = "{s.queue}"
  message_retention_seconds = {s.retention}
  sqs_managed_sse_enabled   = true
}}
{queue_policy(queue, "events", f"aws_cloudwatch_event_rule.{called}")}
resource "aws_cloudwatch_event_target" "{called}" {{
  rule           = aws_cloudwatch_event_rule.{called}.name
  event_bus_name = aws_cloudwatch_event_bus.{bus}.name
  arn            = aws_sqs_queue.{queue}.arn

  retry_policy {{
    maximum_retry_attempts       = {s.retries}
    maximum_event_age_in_seconds = {s.age}
  }}
}}
"""


RULE = Topic(
    name="eventbridge-rule",
    format="terraform",
    sample=_sample_rule,
    brief=_rule_brief,
    answer=_rule_answer,
)
