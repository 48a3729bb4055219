"""Terraform, data in motion and in search: a stream that Firehose empties, an OpenSearch domain."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    in_groups,
    in_subnets,
    label,
    provider,
    quoted,
    role,
    service_role,
)
from datagen.needs import in_region
from datagen.pins import all_refer, has, planned, raw, spells, written_true
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, account, identifiers, named


@dataclass(frozen=True, slots=True)
class StreamDelivery:
    """A Kinesis stream, and Firehose that writes it to an existing bucket."""

    region: str
    stream: str
    name: str
    account: str
    retention: int
    shards: int
    bucket: str
    prefix: str
    size: int
    seconds: int
    compression: str


def _sample_delivery(rng: Random) -> StreamDelivery:
    domain = rng.choice(DOMAINS)
    return StreamDelivery(
        region=rng.choice(REGIONS),
        stream=f"{domain}-{rng.choice(('events', 'clicks', 'stream', 'readings'))}",
        name=f"{domain}-{rng.choice(('to-s3', 'archive', 'firehose', 'delivery'))}",
        account=account(rng),
        retention=rng.choice((36, 48, 72, 96, 120, 168)),
        shards=rng.randint(2, 12),
        bucket=f"{rng.choice(ORGANISATIONS)}-{rng.choice(('lake', 'raw', 'landing', 'events'))}",
        prefix=f"{rng.choice(('raw', 'incoming', 'events', 'streams'))}/{domain}/",
        size=rng.choice((8, 16, 32, 64, 100, 128)),
        seconds=rng.choice((60, 90, 120, 180, 240, 600, 900)),
        compression=rng.choice(("GZIP", "ZIP", "Snappy")),
    )


def _delivery_brief(s: StreamDelivery) -> Brief:
    stream, kind, policy = (
        "aws_kinesis_stream",
        "aws_kinesis_firehose_delivery_stream",
        "aws_iam_role_policy",
    )
    target = "extended_s3_configuration[0]"
    bucket = f"arn:aws:s3:::{s.bucket}"
    source = f"arn:aws:kinesis:{s.region}:{s.account}:stream/{s.stream}"
    return Brief(
        need(
            f"Kinesis stream {lit(s.stream)} that the Firehose stream {lit(s.name)} writes to the"
            f" existing bucket {lit(bucket)}",
            f"a Terraform configuration for the Kinesis stream {lit(s.stream)} and the Firehose"
            f" delivery stream {lit(s.name)} that writes it to the existing bucket {lit(bucket)}",
            f"Terraform code that delivers a new Kinesis data stream {lit(s.stream)} to S3"
            f" ({lit(bucket)}, which exists) by the Firehose stream {lit(s.name)}",
            pins=[
                planned(stream, "name", s.stream),
                has(
                    kind,
                    {
                        "name": s.name,
                        "destination": "extended_s3",
                        f"{target}.bucket_arn": bucket,
                    },
                ),
                all_refer(kind, "kinesis_source_configuration[0].kinesis_stream_arn", stream),
                all_refer(kind, "kinesis_source_configuration[0].role_arn", "aws_iam_role"),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"{num(s.shards)} provisioned shards, {num(s.retention)} hours of retention,"
                f" encrypted by KMS with {lit('alias/aws/kinesis')}",
                f"The stream has {num(s.shards)} provisioned shards, keeps records"
                f" {num(s.retention)} hours and is encrypted by KMS with"
                f" {lit('alias/aws/kinesis')}",
                f"Provision {num(s.shards)} shards; retention is {num(s.retention)} hours, and"
                f" {lit('alias/aws/kinesis')} (KMS) encrypts the stream",
                pins=[
                    has(
                        stream,
                        {
                            "shard_count": s.shards,
                            "retention_period": s.retention,
                            "encryption_type": "KMS",
                            "kms_key_id": "alias/aws/kinesis",
                            "stream_mode_details[0].stream_mode": "PROVISIONED",
                        },
                    )
                ],
            ),
            need(
                f"objects below {lit(s.prefix)}, compressed with {lit(s.compression)}",
                f"Objects lie below {lit(s.prefix)} and are compressed with {lit(s.compression)}",
                f"The prefix is {lit(s.prefix)} and the compression {lit(s.compression)}",
                pins=[
                    has(
                        kind,
                        {
                            f"{target}.prefix": s.prefix,
                            f"{target}.compression_format": s.compression,
                        },
                    )
                ],
            ),
            need(
                f"buffers {num(s.size)} MB or {num(s.seconds)} seconds",
                f"It buffers {num(s.size)} MB or {num(s.seconds)} seconds, whichever comes first",
                f"Write after {num(s.size)} MB or {num(s.seconds)} seconds",
                pins=[
                    has(
                        kind,
                        {
                            f"{target}.buffering_size": s.size,
                            f"{target}.buffering_interval": s.seconds,
                        },
                    )
                ],
            ),
            service_role(f"{s.name}-role", "firehose", kind, f"{target}.role_arn"),
            need(
                f"inline policy for the role (jsonencode): kinesis:DescribeStream,"
                f" kinesis:GetShardIterator and kinesis:GetRecords on {lit(source)}; s3:PutObject"
                f" on {lit(bucket + '/*')}",
                f"Its inline policy (by jsonencode) allows kinesis:DescribeStream,"
                f" kinesis:GetShardIterator and kinesis:GetRecords on {lit(source)}, and"
                f" s3:PutObject on {lit(bucket + '/*')}, nothing else",
                f"Write the role's inline policy with jsonencode: it may do"
                f" kinesis:DescribeStream, kinesis:GetShardIterator and kinesis:GetRecords on"
                f" {lit(source)} and s3:PutObject on {lit(bucket + '/*')}",
                pins=[
                    spells(
                        policy,
                        "policy",
                        (
                            '"kinesis:DescribeStream"',
                            '"kinesis:GetShardIterator"',
                            '"kinesis:GetRecords"',
                            f'"Effect":"Allow","Resource":"{source}"',
                        ),
                        without=('"Deny"', '"*"'),
                    ),
                    spells(
                        policy,
                        "policy",
                        ('"s3:PutObject"', f'"Effect":"Allow","Resource":"{bucket}/*"'),
                    ),
                    all_refer(policy, "role", "aws_iam_role"),
                ],
            ),
        ),
    )


def _delivery_answer(s: StreamDelivery) -> str:
    called, stream = label(s.name), label(s.stream)
    return f"""\
{provider(s.region)}
resource "aws_kinesis_stream" "{stream}" {{
  name             = "{s.stream}"
  shard_count      = {s.shards}
  retention_period = {s.retention}
  encryption_type  = "KMS"
  kms_key_id       = "alias/aws/kinesis"

  stream_mode_details {{
    stream_mode = "PROVISIONED"
  }}
}}
{role(called, f"{s.name}-role", "firehose")}
resource "aws_iam_role_policy" "{called}" {{
  name = "read-and-write"
  role = aws_iam_role.{called}.id

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{
        Effect   = "Allow"
        Action   = ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords"]
        Resource = "arn:aws:kinesis:{s.region}:{s.account}:stream/{s.stream}"
      }},
      {{
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "arn:aws:s3:::{s.bucket}/*"
      }},
    ]
  }})
}}

resource "aws_kinesis_firehose_delivery_stream" "{called}" {{
  name        = "{s.name}"
  destination = "extended_s3"

  kinesis_source_configuration {{
    kinesis_stream_arn = aws_kinesis_stream.{stream}.arn
    role_arn           = aws_iam_role.{called}.arn
  }}

  extended_s3_configuration {{
    role_arn           = aws_iam_role.{called}.arn
    bucket_arn         = "arn:aws:s3:::{s.bucket}"
    prefix             = "{s.prefix}"
    buffering_size     = {s.size}
    buffering_interval = {s.seconds}
    compression_format = "{s.compression}"
  }}
}}
"""


DELIVERY = Topic(
    name="kinesis-firehose",
    format="terraform",
    sample=_sample_delivery,
    brief=_delivery_brief,
    answer=_delivery_answer,
)


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
                    written_true(
                        policy,
                        " && ".join(
                            f"contains(policy_document, {raw(part)})"
                            for part in (
                                '"es.amazonaws.com"',
                                '"logs:CreateLogStream"',
                                '"logs:PutLogEvents"',
                                '"Allow"',
                            )
                        ),
                    ),
                ],
            ),
            in_subnets(kind, "vpc_options[0].subnet_ids", s.subnets, "the domain"),
            in_groups(kind, "vpc_options[0].security_group_ids", s.groups, "the domain"),
        ),
    )


_TLS = "Policy-Min-TLS-1-2-PFS-2023-10"


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
