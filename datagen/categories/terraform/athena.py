"""Terraform, Athena: a workgroup with a saved query."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import (
    label,
    provider,
)
from datagen.needs import in_region
from datagen.pins import all_refer, has, planned, planned_true
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS


@dataclass(frozen=True, slots=True)
class Workgroup:
    """Where queries of a team write, how much they may scan, and one of them."""

    region: str
    name: str
    description: str
    bucket: str
    prefix: str
    scanned: int
    query: str
    database: str
    table: str
    column: str
    days: int


def _sample_workgroup(rng: Random) -> Workgroup:
    domain = rng.choice(DOMAINS)
    table, column = rng.choice(
        (("events", "kind"), ("requests", "status"), ("sessions", "country"), ("jobs", "state"))
    )
    return Workgroup(
        region=rng.choice(REGIONS),
        name=f"{domain}-{rng.choice(('analysts', 'reporting', 'adhoc', 'science'))}",
        description=f"{rng.choice(('Reports', 'Queries', 'Analysis'))} about {domain}",
        bucket=f"{rng.choice(ORGANISATIONS)}-{rng.choice(('athena', 'results', 'queries'))}",
        prefix=f"{rng.choice(('results', 'output', 'athena'))}/{domain}/",
        scanned=rng.choice((10, 20, 50, 100, 200, 500)) * 1024**3,
        query=f"{table}-by-{column}",
        database=f"{domain}_{rng.choice(('lake', 'raw', 'curated', 'mart'))}",
        table=table,
        column=column,
        days=rng.choice((7, 14, 30, 45, 60, 90)),
    )


def _workgroup_brief(s: Workgroup) -> Brief:
    kind, query, bucket = "aws_athena_workgroup", "aws_athena_named_query", "aws_s3_bucket"
    lifecycle = "aws_s3_bucket_lifecycle_configuration"
    result = "configuration[0].result_configuration[0]"
    statement = f"SELECT {s.column}, count(*) FROM {s.table} GROUP BY {s.column}"
    return Brief(
        need(
            f"Athena workgroup {lit(s.name)} with its new result bucket {lit(s.bucket)}",
            f"a Terraform configuration for an Athena workgroup {lit(s.name)} and the bucket"
            f" {lit(s.bucket)} for its results",
            f"Terraform code that sets up the Athena workgroup {lit(s.name)} with a result bucket"
            f" of its own, {lit(s.bucket)}",
            pins=[planned(kind, "name", s.name), planned(bucket, "bucket", s.bucket)],
        ),
        (
            in_region(s.region),
            need(
                f"description {lit(s.description)}; its settings override those of clients",
                f"It is described as {lit(s.description)} and enforces its configuration",
                f"Describe it as {lit(s.description)}, and enforce the workgroup's configuration",
                pins=[
                    has(
                        kind,
                        {
                            "description": s.description,
                            "configuration[0].enforce_workgroup_configuration": True,
                        },
                    )
                ],
            ),
            need(
                f"results below {lit(s.prefix)} of the bucket, encrypted with SSE_S3",
                f"Results are written below {lit(s.prefix)} of that bucket with SSE_S3",
                f"The output location is {lit(s.prefix)} in the bucket; encrypt it with SSE_S3",
                pins=[
                    has(
                        kind,
                        {
                            f"{result}.output_location": f"s3://{s.bucket}/{s.prefix}",
                            f"{result}.encryption_configuration[0].encryption_option": "SSE_S3",
                        },
                    ),
                    all_refer(
                        kind,
                        "configuration[0].result_configuration[0].output_location",
                        bucket,
                    ),
                ],
            ),
            need(
                f"a query may scan {num(s.scanned)} bytes; metrics go to CloudWatch",
                f"No query scans more than {num(s.scanned)} bytes, and metrics are published to"
                f" CloudWatch",
                f"Publish metrics to CloudWatch; the cutoff is {num(s.scanned)} bytes scanned per"
                f" query",
                pins=[
                    has(
                        kind,
                        {
                            "configuration[0].bytes_scanned_cutoff_per_query": s.scanned,
                            "configuration[0].publish_cloudwatch_metrics_enabled": True,
                        },
                    )
                ],
            ),
            need(
                f"named query {lit(s.query)} in database {lit(s.database)}: {lit(statement)}",
                f"Save the query {lit(s.query)} in the workgroup, for the database"
                f" {lit(s.database)}: {lit(statement)}",
                f"A named query {lit(s.query)} of the workgroup runs {lit(statement)} on the"
                f" database {lit(s.database)}",
                pins=[
                    has(query, {"name": s.query, "database": s.database}),
                    planned_true(query, f"contains(query, '{statement}')"),
                    all_refer(query, "workgroup", kind),
                ],
            ),
            need(
                f"results expire after {num(s.days)} days",
                f"A lifecycle rule of the bucket expires results after {num(s.days)} days",
                f"Objects in the bucket are gone after {num(s.days)} days",
                pins=[
                    planned_true(
                        lifecycle,
                        f"rule[?status == 'Enabled' && expiration[0].days == `{s.days}`] | [0]",
                    ),
                    planned_true(lifecycle, "length(rule[?status == 'Enabled']) == `1`"),
                    all_refer(lifecycle, "bucket", bucket),
                ],
            ),
        ),
    )


def _workgroup_answer(s: Workgroup) -> str:
    called, bucket = label(s.name), label(s.bucket)
    return f"""\
{provider(s.region)}
resource "aws_s3_bucket" "{bucket}" {{
  bucket = "{s.bucket}"
}}

resource "aws_s3_bucket_lifecycle_configuration" "{bucket}" {{
  bucket = aws_s3_bucket.{bucket}.id

  rule {{
    id     = "expire-results"
    status = "Enabled"

    filter {{}}

    expiration {{
      days = {s.days}
    }}
  }}
}}

resource "aws_athena_workgroup" "{called}" {{
  name        = "{s.name}"
  description = "{s.description}"

  configuration {{
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = {s.scanned}

    result_configuration {{
      output_location = "s3://${{aws_s3_bucket.{bucket}.bucket}}/{s.prefix}"

      encryption_configuration {{
        encryption_option = "SSE_S3"
      }}
    }}
  }}
}}

resource "aws_athena_named_query" "{label(s.query)}" {{
  name      = "{s.query}"
  workgroup = aws_athena_workgroup.{called}.id
  database  = "{s.database}"
  query     = "SELECT {s.column}, count(*) FROM {s.table} GROUP BY {s.column}"
}}
"""


WORKGROUP = Topic(
    name="athena-workgroup",
    format="terraform",
    sample=_sample_workgroup,
    brief=_workgroup_brief,
    answer=_workgroup_answer,
    bench_only=True,
)
