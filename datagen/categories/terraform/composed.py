"""Terraform, what belongs together: specifications of single services joined into systems.

A system has the specifications of its parts, of one domain and in one region, and asks for all that
each of them asks for; what only the whole has, the alarms, it adds itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any, TypeVar

from datagen.brief import Brief, Need, lit, need, num
from datagen.categories.terraform.alb import APPLICATION, ApplicationBalancer
from datagen.categories.terraform.api_gateway import API, HttpApi
from datagen.categories.terraform.autoscaling import SCALING, ScalingGroup
from datagen.categories.terraform.ecs import FARGATE, Fargate
from datagen.categories.terraform.elasticache import CACHE, CacheGroup
from datagen.categories.terraform.pieces import label, provider
from datagen.categories.terraform.rds import INSTANCE, RdsInstance
from datagen.categories.terraform.storage import TABLE, Table
from datagen.needs import in_region
from datagen.pins import address, all_refer, count_of, has, leads, planned
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, REGIONS

_ALARM, _TOPIC = "aws_cloudwatch_metric_alarm", "aws_sns_topic"

Part = TypeVar(
    "Part", RdsInstance, CacheGroup, Fargate, ApplicationBalancer, ScalingGroup, HttpApi, Table
)


def _moved(part: Part, region: str, domain: str) -> Part:
    """A part as it would be in another region, for another domain."""
    old = re.compile(rf"(?<![a-z0-9]){part.name.partition('-')[0]}(?![a-z0-9])")

    def moved(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(moved(each) for each in value)
        if isinstance(value, str):
            return old.sub(domain, value.replace(part.region, region))
        return value

    return replace(part, **{field.name: moved(getattr(part, field.name)) for field in fields(part)})


def _body(answer: object, region: str) -> str:
    """A part's answer without the provider, which the whole has once."""
    return str(answer).removeprefix(provider(region))


def _asked(what: str, brief: Brief) -> Need:
    """All that a part asks for but its region, as one need of the whole."""
    parts = (brief.goal, *brief.needs[1:])
    notes = ", ".join(each.note for each in parts)
    sentences = ". ".join(each.sentences[0] for each in brief.needs[1:])
    return need(
        f"{what}: {notes}",
        f"The {what}: {notes}",
        f"Part of it is the {what}, {brief.goal.note}. {sentences}",
        pins=[check for each in parts for check in each.checks],
    )


@dataclass(frozen=True, slots=True)
class AlarmedMetric:
    """A metric of a part. ``dimensions``: names, and the expressions that refer to the part."""

    what: str
    namespace: str
    metric: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Alarms:
    """Who hears of it, and when: two thresholds, for one metric each."""

    topic: str
    first: int
    second: int
    period: int
    periods: int


def _sample_alarms(rng: Random, domain: str) -> Alarms:
    return Alarms(
        topic=f"{domain}-{rng.choice(('alarms', 'oncall', 'pager', 'ops', 'alerts'))}",
        first=rng.choice((55, 65, 70, 80, 85, 90)),
        second=rng.choice((50, 60, 75, 88, 95)),
        period=rng.choice((60, 120, 180, 600)),
        periods=rng.choice((2, 3, 4, 5)),
    )


def _alarms(s: Alarms, domain: str, watched: Sequence[AlarmedMetric]) -> Need:
    names = [f"{domain}-{each.what}" for each in watched]
    limits = (s.first, s.second)
    told = " and ".join(
        f"{lit(name)} ({each.statistic} of {each.namespace} {each.metric} above {num(limit)})"
        for name, each, limit in zip(names, watched, limits, strict=True)
    )
    return need(
        f"alarms {told}, {num(s.periods)} periods of {num(s.period)} seconds, to the new SNS topic"
        f" {lit(s.topic)}; dimensions by reference",
        f"CloudWatch alarms {told} notify a new SNS topic {lit(s.topic)}, after {num(s.periods)}"
        f" periods of {num(s.period)} seconds; their dimensions refer to the resources",
        f"Create the SNS topic {lit(s.topic)} and the alarms {told} that notify it; each looks at"
        f" {num(s.periods)} periods of {num(s.period)} seconds and takes its dimensions from the"
        f" resources",
        pins=[
            planned(_TOPIC, "name", s.topic),
            count_of(_ALARM, len(names)),
            all_refer(_ALARM, "alarm_actions", _TOPIC),
            *(
                has(
                    _ALARM,
                    {
                        "alarm_name": name,
                        "namespace": each.namespace,
                        "metric_name": each.metric,
                        "statistic": each.statistic,
                        "comparison_operator": "GreaterThanThreshold",
                        "threshold": limit,
                        "period": s.period,
                        "evaluation_periods": s.periods,
                    },
                )
                for name, each, limit in zip(names, watched, limits, strict=True)
            ),
            *(
                leads(
                    _ALARM,
                    "dimensions",
                    address(expression.partition(".")[0]),
                    of=address(_ALARM, f"alarm_name == '{name}'"),
                )
                for name, each in zip(names, watched, strict=True)
                for _, expression in each.dimensions
            ),
        ],
    )


def _alarm_blocks(s: Alarms, domain: str, watched: Sequence[AlarmedMetric]) -> str:
    topic = label(s.topic)
    blocks = [f'\nresource "{_TOPIC}" "{topic}" {{\n  name = "{s.topic}"\n}}\n']
    for each, limit in zip(watched, (s.first, s.second), strict=True):
        width = max(len(name) for name, _ in each.dimensions)
        dimensions = "\n".join(
            f"    {name.ljust(width)} = {expression}" for name, expression in each.dimensions
        )
        blocks.append(f"""
resource "{_ALARM}" "{label(f"{domain}-{each.what}")}" {{
  alarm_name          = "{domain}-{each.what}"
  namespace           = "{each.namespace}"
  metric_name         = "{each.metric}"
  statistic           = "{each.statistic}"
  comparison_operator = "GreaterThanThreshold"
  threshold           = {limit}
  period              = {s.period}
  evaluation_periods  = {s.periods}
  alarm_actions       = [{_TOPIC}.{topic}.arn]

  dimensions = {{
{dimensions}
  }}
}}
""")
    return "".join(blocks)


@dataclass(frozen=True, slots=True)
class ServiceSystem:
    """A Fargate service, its database, and their alarms."""

    region: str
    domain: str
    service: Fargate
    database: RdsInstance
    alarms: Alarms


def _sample_service(rng: Random) -> ServiceSystem:
    region, domain = rng.choice(REGIONS), rng.choice(DOMAINS)
    return ServiceSystem(
        region=region,
        domain=domain,
        service=_moved(FARGATE.sample(rng), region, domain),
        database=_moved(INSTANCE.sample(rng), region, domain),
        alarms=_sample_alarms(rng, domain),
    )


def _watched_service(s: ServiceSystem) -> tuple[AlarmedMetric, ...]:
    service = label(s.service.name)
    return (
        AlarmedMetric(
            "service-cpu",
            "AWS/ECS",
            "CPUUtilization",
            "Average",
            (
                ("ClusterName", f"aws_ecs_cluster.{s.service.cluster}.name"),
                ("ServiceName", f"aws_ecs_service.{service}.name"),
            ),
        ),
        AlarmedMetric(
            "database-cpu",
            "AWS/RDS",
            "CPUUtilization",
            "Maximum",
            (
                (
                    "DBInstanceIdentifier",
                    f"aws_db_instance.{label(s.database.name)}.identifier",
                ),
            ),
        ),
    )


def _service_brief(s: ServiceSystem) -> Brief:
    return Brief(
        need(
            f"the {lit(s.domain)} system: a Fargate service, its RDS database, and alarms",
            f"one Terraform configuration for the {lit(s.domain)} system: a Fargate service, its"
            f" RDS database, and alarms for both",
            f"Terraform code for all of {lit(s.domain)}, a service on Fargate with its database on"
            f" RDS and alarms",
            pins=[count_of("aws_ecs_service", 1), count_of("aws_db_instance", 1)],
        ),
        (
            in_region(s.region),
            _asked("service", FARGATE.brief(s.service)),
            _asked("database", INSTANCE.brief(s.database)),
            _alarms(s.alarms, s.domain, _watched_service(s)),
        ),
    )


def _service_answer(s: ServiceSystem) -> str:
    return "".join(
        (
            provider(s.region),
            _body(FARGATE.answer(s.service), s.service.region),
            _body(INSTANCE.answer(s.database), s.database.region),
            _alarm_blocks(s.alarms, s.domain, _watched_service(s)),
        )
    )


SERVICE = Topic(
    name="service-with-database",
    format="terraform",
    sample=_sample_service,
    brief=_service_brief,
    answer=_service_answer,
)


@dataclass(frozen=True, slots=True)
class FleetSystem:
    """A load balancer before an Auto Scaling group, their cache, and alarms."""

    region: str
    domain: str
    balancer: ApplicationBalancer
    fleet: ScalingGroup
    cache: CacheGroup
    alarms: Alarms


def _sample_fleet(rng: Random) -> FleetSystem:
    region, domain = rng.choice(REGIONS), rng.choice(DOMAINS)
    return FleetSystem(
        region=region,
        domain=domain,
        balancer=replace(_moved(APPLICATION.sample(rng), region, domain), targets="instance"),
        fleet=_moved(SCALING.sample(rng), region, domain),
        cache=_moved(CACHE.sample(rng), region, domain),
        alarms=_sample_alarms(rng, domain),
    )


def _watched_fleet(s: FleetSystem) -> tuple[AlarmedMetric, ...]:
    cache = f"aws_elasticache_replication_group.{label(s.cache.name)}"
    return (
        AlarmedMetric(
            "fleet-cpu",
            "AWS/EC2",
            "CPUUtilization",
            "Average",
            (("AutoScalingGroupName", f"aws_autoscaling_group.{label(s.fleet.name)}.name"),),
        ),
        AlarmedMetric(
            "cache-cpu",
            "AWS/ElastiCache",
            "EngineCPUUtilization",
            "Maximum",
            (("ReplicationGroupId", f"{cache}.replication_group_id"),),
        ),
    )


def _fleet_brief(s: FleetSystem) -> Brief:
    attachment = "aws_autoscaling_attachment"
    return Brief(
        need(
            f"the {lit(s.domain)} system: a load balancer, an Auto Scaling group, a cache, alarms",
            f"one Terraform configuration for the {lit(s.domain)} system: an Application Load"
            f" Balancer, an Auto Scaling group behind it, a cache, and alarms",
            f"Terraform code for all of {lit(s.domain)}: the ALB, the Auto Scaling group behind"
            f" it, their cache and alarms",
            pins=[count_of("aws_lb", 1), count_of("aws_autoscaling_group", 1)],
        ),
        (
            in_region(s.region),
            _asked("load balancer", APPLICATION.brief(s.balancer)),
            _asked("Auto Scaling group", SCALING.brief(s.fleet)),
            need(
                "the group attached to the target group, by an aws_autoscaling_attachment",
                "An aws_autoscaling_attachment puts the group's instances into the load balancer's"
                " target group",
                "Attach the Auto Scaling group to the target group with an"
                " aws_autoscaling_attachment",
                pins=[
                    all_refer(attachment, "autoscaling_group_name", "aws_autoscaling_group"),
                    all_refer(attachment, "lb_target_group_arn", "aws_lb_target_group"),
                ],
            ),
            _asked("cache", CACHE.brief(s.cache)),
            _alarms(s.alarms, s.domain, _watched_fleet(s)),
        ),
    )


def _fleet_answer(s: FleetSystem) -> str:
    return "".join(
        (
            provider(s.region),
            _body(APPLICATION.answer(s.balancer), s.balancer.region),
            _body(SCALING.answer(s.fleet), s.fleet.region),
            f"""
resource "aws_autoscaling_attachment" "{label(s.fleet.name)}" {{
  autoscaling_group_name = aws_autoscaling_group.{label(s.fleet.name)}.name
  lb_target_group_arn    = aws_lb_target_group.{label(s.balancer.target)}.arn
}}
""",
            _body(CACHE.answer(s.cache), s.cache.region),
            _alarm_blocks(s.alarms, s.domain, _watched_fleet(s)),
        )
    )


FLEET = Topic(
    name="web-fleet",
    format="terraform",
    sample=_sample_fleet,
    brief=_fleet_brief,
    answer=_fleet_answer,
)


@dataclass(frozen=True, slots=True)
class ApiSystem:
    """An HTTP API, the table behind it, and alarms."""

    region: str
    domain: str
    api: HttpApi
    table: Table
    alarms: Alarms


def _sample_api(rng: Random) -> ApiSystem:
    region, domain = rng.choice(REGIONS), rng.choice(DOMAINS)
    return ApiSystem(
        region=region,
        domain=domain,
        api=_moved(API.sample(rng), region, domain),
        table=_moved(TABLE.sample(rng), region, domain),
        alarms=_sample_alarms(rng, domain),
    )


def _watched_api(s: ApiSystem) -> tuple[AlarmedMetric, ...]:
    return (
        AlarmedMetric(
            "api-errors",
            "AWS/ApiGateway",
            "5xx",
            "Sum",
            (("ApiId", f"aws_apigatewayv2_api.{label(s.api.name)}.id"),),
        ),
        AlarmedMetric(
            "table-throttles",
            "AWS/DynamoDB",
            "ReadThrottleEvents",
            "Sum",
            (("TableName", "aws_dynamodb_table.this.name"),),
        ),
    )


def _api_brief(s: ApiSystem) -> Brief:
    return Brief(
        need(
            f"the {lit(s.domain)} system: an HTTP API, a DynamoDB table, and alarms",
            f"one Terraform configuration for the {lit(s.domain)} system: an HTTP API, the"
            f" DynamoDB table behind it, and alarms for both",
            f"Terraform code for all of {lit(s.domain)}: its HTTP API, its DynamoDB table and the"
            f" alarms",
            pins=[count_of("aws_apigatewayv2_api", 1), count_of("aws_dynamodb_table", 1)],
        ),
        (
            in_region(s.region),
            _asked("API", API.brief(s.api)),
            _asked("table", TABLE.brief(s.table)),
            _alarms(s.alarms, s.domain, _watched_api(s)),
        ),
    )


def _api_answer(s: ApiSystem) -> str:
    return "".join(
        (
            provider(s.region),
            _body(API.answer(s.api), s.api.region),
            _body(TABLE.answer(s.table), s.table.region),
            _alarm_blocks(s.alarms, s.domain, _watched_api(s)),
        )
    )


API_SYSTEM = Topic(
    name="api-with-table",
    format="terraform",
    sample=_sample_api,
    brief=_api_brief,
    answer=_api_answer,
)
