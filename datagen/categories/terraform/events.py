"""Terraform, events: a rule that feeds a queue, and a topic with its subscribers."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import documented, label, provider, quoted
from datagen.needs import in_region
from datagen.pins import all_refer, count_of, has, planned, refers, spells
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, account, named


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
                    all_refer(policy, "policy", "data.aws_iam_policy_document"),
                    documented("sqs:SendMessage", "events.amazonaws.com", queue, kind),
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

data "aws_iam_policy_document" "{queue}" {{
  statement {{
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.{queue}.arn]

    principals {{
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }}

    condition {{
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.{called}.arn]
    }}
  }}
}}

resource "aws_sqs_queue_policy" "{queue}" {{
  queue_url = aws_sqs_queue.{queue}.id
  policy    = data.aws_iam_policy_document.{queue}.json
}}

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


@dataclass(frozen=True, slots=True)
class Fanout:
    """A topic, a queue that gets some of its messages, and people who get all of them."""

    region: str
    name: str
    display: str
    key: str
    queue: str
    attribute: str
    values: tuple[str, ...]
    mailbox: str
    account: str
    visibility: int
    retention: int


def _sample_fanout(rng: Random) -> Fanout:
    domain, organisation = rng.choice(DOMAINS), rng.choice(ORGANISATIONS)
    attribute, values = rng.choice(
        (
            ("event", ("created", "paid", "failed", "refunded", "expired")),
            ("severity", ("high", "critical", "medium", "low")),
            ("tenant", ("emea", "apac", "amer", "latam")),
            ("status", ("open", "closed", "blocked", "done")),
        )
    )
    return Fanout(
        region=rng.choice(REGIONS),
        name=f"{domain}-{rng.choice(('events', 'notices', 'alerts', 'updates'))}",
        display=f"{domain.capitalize()} {rng.choice(('events', 'news', 'alerts', 'notices'))}",
        key=f"alias/{domain}-{rng.choice(('sns', 'events', 'messages', 'topics'))}",
        queue=f"{domain}-{rng.choice(('mailer', 'audit', 'indexer', 'billing', 'reports'))}",
        attribute=attribute,
        values=tuple(sorted(rng.sample(values, 2))),
        mailbox=f"{rng.choice(('oncall', 'team', 'ops', 'support'))}-{domain}@{organisation}.com",
        account=account(rng),
        visibility=rng.choice((45, 60, 90, 120, 180, 240, 300)),
        retention=rng.choice((86400, 172800, 259200, 432000, 604800)),
    )


def _fanout_brief(s: Fanout) -> Brief:
    kind, subscription, queue = "aws_sns_topic", "aws_sns_topic_subscription", "aws_sqs_queue"
    policy, topic_policy = "aws_sqs_queue_policy", "aws_sns_topic_policy"
    publisher = f"arn:aws:iam::{s.account}:root"
    return Brief(
        need(
            f"SNS topic {lit(s.name)} with the subscribers {lit(s.queue)}, an SQS queue, and"
            f" {lit(s.mailbox)}",
            f"a Terraform configuration for the SNS topic {lit(s.name)}, an SQS queue"
            f" {lit(s.queue)} that subscribes to it, and an e-mail subscription for"
            f" {lit(s.mailbox)}",
            f"Terraform code for an SNS topic {lit(s.name)} with two subscriptions: the SQS queue"
            f" {lit(s.queue)}, which is created too, and the address {lit(s.mailbox)}",
            pins=[
                planned(kind, "name", s.name),
                planned(queue, "name", s.queue),
                has(subscription, {"protocol": "email", "endpoint": s.mailbox}),
                has(subscription, {"protocol": "sqs"}),
                refers(subscription, "endpoint", queue),
                count_of(subscription, 2),
                all_refer(subscription, "topic_arn", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"display name {lit(s.display)}, encrypted with {lit(s.key)}",
                f"Its display name is {lit(s.display)}, and the existing key"
                f" {lit(s.key)} encrypts it",
                f"Encrypt the topic with the key {lit(s.key)} and display it as {lit(s.display)}",
                pins=[has(kind, {"display_name": s.display, "kms_master_key_id": s.key})],
            ),
            need(
                f"the queue gets messages raw, and only those whose attribute"
                f" {lit(s.attribute)} is {lits(s.values, 'or')}",
                f"Deliver raw messages to the queue, filtered by the attribute"
                f" {lit(s.attribute)}: {lits(s.values, 'or')}",
                f"A filter policy lets only messages with {lits(s.values, 'or')} as"
                f" {lit(s.attribute)} into the queue, where they are delivered raw",
                pins=[
                    has(subscription, {"protocol": "sqs", "raw_message_delivery": True}),
                    spells(
                        subscription,
                        "(filter_policy || '')",
                        (f'"{s.attribute}":[', *(f'"{value}"' for value in s.values)),
                    ),
                ],
            ),
            need(
                f"queue: visibility timeout {num(s.visibility)} seconds, retention"
                f" {num(s.retention)} seconds",
                f"The queue hides messages for {num(s.visibility)} seconds and keeps them for"
                f" {num(s.retention)}",
                f"Visibility timeout and retention of the queue are {num(s.visibility)} and"
                f" {num(s.retention)} seconds",
                pins=[
                    has(
                        queue,
                        {
                            "visibility_timeout_seconds": s.visibility,
                            "message_retention_seconds": s.retention,
                        },
                    )
                ],
            ),
            need(
                "the queue's policy lets only this topic send (aws:SourceArn), an"
                " aws_iam_policy_document",
                "Only this topic may send to the queue: sqs:SendMessage for sns.amazonaws.com with"
                " aws:SourceArn, in an aws_iam_policy_document",
                "An aws_iam_policy_document lets sns.amazonaws.com do sqs:SendMessage on the queue"
                " if aws:SourceArn is the topic",
                pins=[
                    all_refer(policy, "queue_url", queue),
                    all_refer(policy, "policy", "data.aws_iam_policy_document"),
                    documented("sqs:SendMessage", "sns.amazonaws.com", queue, kind),
                ],
            ),
            need(
                f"{lit(publisher)} may publish to the topic (sns:Publish), an"
                f" aws_iam_policy_document as well",
                f"A topic policy, an aws_iam_policy_document as well, lets {lit(publisher)} do"
                f" sns:Publish",
                f"Let the other account, {lit(publisher)}, publish (sns:Publish on the topic, by"
                f" an aws_iam_policy_document)",
                pins=[
                    all_refer(topic_policy, "arn", kind),
                    all_refer(topic_policy, "policy", "data.aws_iam_policy_document"),
                    documented("sns:Publish", publisher, kind),
                ],
            ),
        ),
    )


def _fanout_answer(s: Fanout) -> str:
    called, queue = label(s.name), label(s.queue)
    return f"""\
{provider(s.region)}
resource "aws_sns_topic" "{called}" {{
  name              = "{s.name}"
  display_name      = "{s.display}"
  kms_master_key_id = "{s.key}"
}}

data "aws_iam_policy_document" "{called}" {{
  statement {{
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.{called}.arn]

    principals {{
      type        = "AWS"
      identifiers = ["arn:aws:iam::{s.account}:root"]
    }}
  }}
}}

resource "aws_sns_topic_policy" "{called}" {{
  arn    = aws_sns_topic.{called}.arn
  policy = data.aws_iam_policy_document.{called}.json
}}

resource "aws_sqs_queue" "{queue}" {{
  name                       = "{s.queue}"
  visibility_timeout_seconds = {s.visibility}
  message_retention_seconds  = {s.retention}
}}

data "aws_iam_policy_document" "{queue}" {{
  statement {{
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.{queue}.arn]

    principals {{
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }}

    condition {{
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_sns_topic.{called}.arn]
    }}
  }}
}}

resource "aws_sqs_queue_policy" "{queue}" {{
  queue_url = aws_sqs_queue.{queue}.id
  policy    = data.aws_iam_policy_document.{queue}.json
}}

resource "aws_sns_topic_subscription" "{queue}" {{
  topic_arn            = aws_sns_topic.{called}.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.{queue}.arn
  raw_message_delivery = true

  filter_policy = jsonencode({{
    {s.attribute} = [{quoted(s.values)}]
  }})
}}

resource "aws_sns_topic_subscription" "mail" {{
  topic_arn = aws_sns_topic.{called}.arn
  protocol  = "email"
  endpoint  = "{s.mailbox}"
}}
"""


FANOUT = Topic(
    name="sns-fanout",
    format="terraform",
    sample=_sample_fanout,
    brief=_fanout_brief,
    answer=_fanout_answer,
)
