"""Terraform, Kinesis: a stream that Firehose writes into a bucket."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    label,
    provider,
    role,
    service_role,
)
from datagen.needs import in_region
from datagen.pins import PolicyGrant, all_refer, count_of, grants, has, planned, planned_true
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, account

_READING = ("kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords")


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
                    planned_true(
                        policy,
                        grants(
                            "policy",
                            PolicyGrant(_READING, source),
                            PolicyGrant(("s3:PutObject",), f"{bucket}/*"),
                        ),
                    ),
                    count_of(policy, 1),
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
