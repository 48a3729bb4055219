"""Terraform, SNS: a topic with its subscribers."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import documented, label, provider, queue_policy, quoted
from datagen.needs import in_region
from datagen.pins import all_refer, count_of, has, planned, refers, spells
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, account


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
                    documented(
                        (policy, "policy"), "sqs:SendMessage", "sns.amazonaws.com", queue, kind
                    ),
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
                    documented((topic_policy, "policy"), "sns:Publish", publisher, kind),
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
{queue_policy(queue, "sns", f"aws_sns_topic.{called}")}
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
