"""Terraform, OpenSearch: a domain in a VPC."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    in_groups,
    in_subnets,
    label,
    provider,
    quoted,
)
from datagen.needs import in_region
from datagen.pins import all_refer, has, planned, raw, written_true
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, identifiers, named


@dataclass(frozen=True, slots=True)
class SearchDomain:
    """A domain over two zones, in a VPC."""

    region: str
    name: str
    version: str
    type: str
    nodes: int
    volume: int
    iops: int
    hour: int
    group: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_search(rng: Random) -> SearchDomain:
    name = named(rng, "search", "logs", "index", "docs")
    return SearchDomain(
        region=rng.choice(REGIONS),
        name=name,
        version=rng.choice(("OpenSearch_2.11", "OpenSearch_2.13", "OpenSearch_2.15")),
        type=rng.choice(("m6g.large.search", "r6g.large.search", "r6g.xlarge.search")),
        nodes=rng.choice((2, 4, 6, 8)),
        volume=rng.choice((40, 50, 80, 100, 150, 200, 300)),
        iops=rng.choice((3500, 4000, 5000, 6000)),
        hour=rng.randint(1, 23),
        group=f"/aws/opensearch/{name}/{rng.choice(('slow', 'search-slow', 'slow-queries'))}",
        subnets=identifiers(rng, "subnet", 2),
        groups=identifiers(rng, "sg", 1),
    )


def _search_brief(s: SearchDomain) -> Brief:
    kind, logs, policy = (
        "aws_opensearch_domain",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_log_resource_policy",
    )
    return Brief(
        need(
            f"OpenSearch domain {lit(s.name)}, {lit(s.version)}",
            f"a Terraform configuration for an OpenSearch domain {lit(s.name)} with the engine"
            f" {lit(s.version)}",
            f"Terraform code for the domain {lit(s.name)} in OpenSearch Service ({lit(s.version)})",
            pins=[has(kind, {"domain_name": s.name, "engine_version": s.version})],
        ),
        (
            in_region(s.region),
            need(
                f"{num(s.nodes)} {lit(s.type)} nodes over two availability zones",
                f"It has {num(s.nodes)} data nodes of type {lit(s.type)}, with zone awareness over"
                f" two zones",
                f"Spread {num(s.nodes)} {lit(s.type)} nodes over two availability zones (zone"
                f" awareness)",
                pins=[
                    has(
                        kind,
                        {
                            "cluster_config[0].instance_type": s.type,
                            "cluster_config[0].instance_count": s.nodes,
                            "cluster_config[0].zone_awareness_enabled": True,
                            "cluster_config[0].zone_awareness_config[0].availability_zone_count": 2,
                        },
                    )
                ],
            ),
            need(
                f"gp3 volumes of {num(s.volume)} GB with {num(s.iops)} IOPS",
                f"Each node has a gp3 EBS volume of {num(s.volume)} GB and {num(s.iops)} IOPS",
                f"Storage: EBS gp3, {num(s.volume)} GB a node, {num(s.iops)} IOPS",
                pins=[
                    has(
                        kind,
                        {
                            "ebs_options[0].ebs_enabled": True,
                            "ebs_options[0].volume_type": "gp3",
                            "ebs_options[0].volume_size": s.volume,
                            "ebs_options[0].iops": s.iops,
                        },
                    )
                ],
            ),
            need(
                f"encrypted at rest and between nodes, HTTPS enforced with {lit(_TLS)}",
                f"Encrypt it at rest and node to node, and enforce HTTPS with the policy"
                f" {lit(_TLS)}",
                f"HTTPS is enforced ({lit(_TLS)}); data is encrypted at rest and node to node",
                pins=[
                    has(
                        kind,
                        {
                            "encrypt_at_rest[0].enabled": True,
                            "node_to_node_encryption[0].enabled": True,
                            "domain_endpoint_options[0].enforce_https": True,
                            "domain_endpoint_options[0].tls_security_policy": _TLS,
                        },
                    )
                ],
            ),
            need(
                f"automated snapshots at {num(s.hour)} o'clock (UTC)",
                f"The automated snapshot starts at hour {num(s.hour)} (UTC)",
                f"Take the daily snapshot at {num(s.hour)} o'clock UTC",
                pins=[has(kind, {"snapshot_options[0].automated_snapshot_start_hour": s.hour})],
            ),
            need(
                f"SEARCH_SLOW_LOGS to the new log group {lit(s.group)}, and a resource policy"
                f" (jsonencode) for es.amazonaws.com: logs:CreateLogStream and logs:PutLogEvents",
                f"SEARCH_SLOW_LOGS go to a new log group {lit(s.group)}; a log resource policy"
                f" (by jsonencode) lets es.amazonaws.com do logs:CreateLogStream and"
                f" logs:PutLogEvents there",
                f"Publish SEARCH_SLOW_LOGS to the log group {lit(s.group)} of this configuration,"
                f" and allow es.amazonaws.com logs:PutLogEvents and logs:CreateLogStream on it"
                f" (a resource policy, by jsonencode)",
                pins=[
                    planned(logs, "name", s.group),
                    has(kind, {"log_publishing_options[0].log_type": "SEARCH_SLOW_LOGS"}),
                    all_refer(kind, "log_publishing_options[0].cloudwatch_log_group_arn", logs),
                    all_refer(policy, "policy_document", logs),
                    written_true(policy, _records("es.amazonaws.com")),
                ],
            ),
            in_subnets(kind, "vpc_options[0].subnet_ids", s.subnets, "the domain"),
            in_groups(kind, "vpc_options[0].security_group_ids", s.groups, "the domain"),
        ),
    )


_TLS = "Policy-Min-TLS-1-2-PFS-2023-10"


def _records(service: str) -> str:
    """Condition: a resource policy, as it is written, lets a service write logs and nothing else.

    The plan does not know it, for the log group's ARN is in it.
    """
    first, second = '"logs:CreateLogStream"', '"logs:PutLogEvents"'
    either = (
        [
            f"{key} = {name}}}"
            for key in ("Service", '"Service"')
            for name in (f'"{service}"', f'["{service}"]')
        ],
        [f"[{first}, {second}]", f"[{second}, {first}]"],
        ['"Allow"'],
    )
    said = (
        "(" + " || ".join(f"contains(policy_document, {raw(each)})" for each in some) + ")"
        for some in either
    )
    return " && ".join((*said, "!contains(policy_document, '}, {')"))


def _search_answer(s: SearchDomain) -> str:
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_cloudwatch_log_group" "{called}" {{
  name = "{s.group}"
}}

resource "aws_cloudwatch_log_resource_policy" "{called}" {{
  policy_name = "{s.name}-logs"

  policy_document = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ Service = "es.amazonaws.com" }}
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "${{aws_cloudwatch_log_group.{called}.arn}}:*"
    }}]
  }})
}}

resource "aws_opensearch_domain" "{called}" {{
  domain_name    = "{s.name}"
  engine_version = "{s.version}"

  cluster_config {{
    instance_type          = "{s.type}"
    instance_count         = {s.nodes}
    zone_awareness_enabled = true

    zone_awareness_config {{
      availability_zone_count = 2
    }}
  }}

  ebs_options {{
    ebs_enabled = true
    volume_type = "gp3"
    volume_size = {s.volume}
    iops        = {s.iops}
  }}

  encrypt_at_rest {{
    enabled = true
  }}

  node_to_node_encryption {{
    enabled = true
  }}

  domain_endpoint_options {{
    enforce_https       = true
    tls_security_policy = "{_TLS}"
  }}

  snapshot_options {{
    automated_snapshot_start_hour = {s.hour}
  }}

  vpc_options {{
    subnet_ids         = [{quoted(s.subnets)}]
    security_group_ids = [{quoted(s.groups)}]
  }}

  log_publishing_options {{
    log_type                 = "SEARCH_SLOW_LOGS"
    cloudwatch_log_group_arn = aws_cloudwatch_log_group.{called}.arn
  }}
}}
"""


SEARCH = Topic(
    name="opensearch-domain",
    format="terraform",
    sample=_sample_search,
    brief=_search_brief,
    answer=_search_answer,
    bench_only=True,
)
