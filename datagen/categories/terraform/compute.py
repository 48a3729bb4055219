"""Terraform, compute and its watch: an EC2 instance, and a CloudWatch alarm."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import in_region
from datagen.pins import planned, refers
from datagen.topic import Topic
from datagen.vocabulary import ENVIRONMENTS, REGIONS, named, service


@dataclass(frozen=True, slots=True)
class Instance:
    """A machine with an encrypted root volume."""

    region: str
    name: str
    ami: str
    type: str
    environment: str
    volume: int
    monitoring: bool


def _sample_instance(rng: Random) -> Instance:
    return Instance(
        region=rng.choice(REGIONS),
        name=named(rng, "bastion", "web", "worker", "runner", "node", "db"),
        ami=f"ami-{rng.getrandbits(68):017x}",
        type=rng.choice(
            ("t3.micro", "t3.small", "t3.medium", "t3.large", "m5.large", "m6i.xlarge", "c5.large")
        ),
        environment=rng.choice(ENVIRONMENTS),
        volume=rng.choice((8, 16, 20, 30, 40, 50, 80, 100, 200)),
        monitoring=rng.random() < 0.5,
    )


def _instance_brief(s: Instance) -> Brief:
    kind, root = "aws_instance", "root_block_device[0]"
    monitoring = "enabled" if s.monitoring else "disabled"
    return Brief(
        need(
            f"EC2 instance tagged Name = {lit(s.name)}",
            f"a Terraform configuration for an EC2 instance tagged with Name {lit(s.name)}",
            f"Terraform code that starts one EC2 instance, Name tag {lit(s.name)}",
            pins=[planned(kind, "tags.Name", s.name)],
        ),
        (
            in_region(s.region),
            need(
                f"AMI {lit(s.ami)}",
                f"It boots from the AMI {lit(s.ami)}",
                f"Use the AMI {lit(s.ami)}",
                pins=[planned(kind, "ami", s.ami)],
            ),
            need(
                f"instance type {lit(s.type)}",
                f"The instance type is {lit(s.type)}",
                f"It is a {lit(s.type)}",
                pins=[planned(kind, "instance_type", s.type)],
            ),
            need(
                f"tag Environment = {lit(s.environment)}",
                f"Add the tag Environment with the value {lit(s.environment)}",
                f"Its Environment tag is {lit(s.environment)}",
                pins=[planned(kind, "tags.Environment", s.environment)],
            ),
            need(
                f"encrypted gp3 root volume of {num(s.volume)} GB",
                f"The root volume is encrypted, of type gp3 and {num(s.volume)} GB",
                f"Give it an encrypted gp3 root volume of {num(s.volume)} GB",
                pins=[
                    planned(kind, f"{root}.volume_size", s.volume),
                    planned(kind, f"{root}.volume_type", "gp3"),
                    planned(kind, f"{root}.encrypted", True),
                ],
            ),
            need(
                f"detailed monitoring {monitoring}, IMDSv2 required",
                f"Detailed monitoring is explicitly {monitoring}, and IMDSv2 is required",
                f"Require IMDSv2 tokens; detailed monitoring is explicitly {monitoring}",
                pins=[
                    planned(kind, "monitoring", s.monitoring),
                    planned(kind, "metadata_options[0].http_tokens", "required"),
                ],
            ),
        ),
    )


def _instance_answer(s: Instance) -> str:
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_instance" "this" {{
  ami           = "{s.ami}"
  instance_type = "{s.type}"
  monitoring    = {str(s.monitoring).lower()}

  root_block_device {{
    volume_size = {s.volume}
    volume_type = "gp3"
    encrypted   = true
  }}

  metadata_options {{
    http_tokens = "required"
  }}

  tags = {{
    Name        = "{s.name}"
    Environment = "{s.environment}"
  }}
}}
"""


INSTANCE = Topic(
    name="ec2-instance",
    format="terraform",
    sample=_sample_instance,
    brief=_instance_brief,
    answer=_instance_answer,
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A threshold on the CPU of an ECS service, and the topic that hears of it."""

    region: str
    name: str
    topic: str
    cluster: str
    metric: str
    threshold: int
    period: int
    periods: int


def _sample_alarm(rng: Random) -> Alarm:
    watched = service(rng)
    return Alarm(
        region=rng.choice(REGIONS),
        name=f"{watched}-{rng.choice(('high', 'alarm', 'alert', 'usage'))}",
        topic=named(rng, "alerts", "oncall", "pager"),
        cluster=rng.choice(("main", "prod", "staging", "core", "apps", "workers")),
        metric=rng.choice(("CPUUtilization", "MemoryUtilization")),
        threshold=rng.choice((50, 60, 65, 70, 75, 80, 85, 90, 95)),
        period=rng.choice((60, 120, 180, 300, 600, 900)),
        periods=rng.randint(2, 5),
    )


def _alarm_brief(s: Alarm) -> Brief:
    kind, name, topic = "aws_cloudwatch_metric_alarm", lit(s.name), lit(s.topic)
    return Brief(
        need(
            f"CloudWatch alarm {name} that notifies the SNS topic {topic}",
            f"a Terraform configuration for a CloudWatch metric alarm {name} and the SNS topic"
            f" {topic} that it notifies",
            f"Terraform code for a CloudWatch alarm {name} with the new SNS topic {topic} as its"
            f" alarm action",
            pins=[
                planned(kind, "alarm_name", s.name),
                planned("aws_sns_topic", "name", s.topic),
                refers(kind, "alarm_actions", "aws_sns_topic"),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"average {lit(s.metric)} of the ECS cluster {lit(s.cluster)} (namespace AWS/ECS)",
                f"Watch the average {lit(s.metric)} (namespace AWS/ECS) of the cluster"
                f" {lit(s.cluster)}, dimension ClusterName",
                f"The metric is the average {lit(s.metric)} in AWS/ECS with ClusterName"
                f" {lit(s.cluster)}",
                pins=[
                    planned(kind, "metric_name", s.metric),
                    planned(kind, "namespace", "AWS/ECS"),
                    planned(kind, "statistic", "Average"),
                    planned(kind, "dimensions.ClusterName", s.cluster),
                ],
            ),
            need(
                f"above {num(s.threshold)} percent",
                f"It goes off above {num(s.threshold)} percent",
                f"Alarm when it is greater than {num(s.threshold)}",
                pins=[
                    planned(kind, "threshold", s.threshold),
                    planned(kind, "comparison_operator", "GreaterThanThreshold"),
                ],
            ),
            need(
                f"{num(s.periods)} periods of {num(s.period)} seconds",
                f"Evaluate {num(s.periods)} periods of {num(s.period)} seconds",
                f"The period is {num(s.period)} seconds and {num(s.periods)} of them are evaluated",
                pins=[
                    planned(kind, "evaluation_periods", s.periods),
                    planned(kind, "period", s.period),
                ],
            ),
        ),
    )


def _alarm_answer(s: Alarm) -> str:
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_sns_topic" "alerts" {{
  name = "{s.topic}"
}}

resource "aws_cloudwatch_metric_alarm" "this" {{
  alarm_name          = "{s.name}"
  namespace           = "AWS/ECS"
  metric_name         = "{s.metric}"
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = {s.threshold}
  period              = {s.period}
  evaluation_periods  = {s.periods}
  alarm_actions       = [aws_sns_topic.alerts.arn]

  dimensions = {{
    ClusterName = "{s.cluster}"
  }}
}}
"""


ALARM = Topic(
    name="cloudwatch-alarm",
    format="terraform",
    sample=_sample_alarm,
    brief=_alarm_brief,
    answer=_alarm_answer,
)
