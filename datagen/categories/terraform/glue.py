"""Terraform, Glue: a catalogue database and the crawler that fills it from a bucket."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need
from datagen.categories.terraform.pieces import (
    attachment,
    label,
    provider,
    role,
    service_role,
    with_policies,
)
from datagen.needs import in_region
from datagen.pins import PolicyGrant, all_refer, count_of, grants, has, planned, planned_true
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS

_GLUE = ("service-role/AWSGlueServiceRole",)


@dataclass(frozen=True, slots=True)
class Crawler:
    """A catalogue database, and what fills it from a bucket."""

    region: str
    database: str
    description: str
    name: str
    bucket: str
    prefix: str
    exclusion: str
    table_prefix: str
    schedule: str
    deleted: str


def _sample_crawler(rng: Random) -> Crawler:
    domain = rng.choice(DOMAINS)
    return Crawler(
        region=rng.choice(REGIONS),
        database=f"{domain}_{rng.choice(('raw', 'lake', 'curated', 'bronze', 'catalog'))}",
        description=f"{rng.choice(('Raw', 'Curated', 'Daily', 'Imported'))} data of {domain}",
        name=f"{domain}-{rng.choice(('crawler', 'crawl', 'discovery', 'scan'))}",
        bucket=f"{rng.choice(ORGANISATIONS)}-{domain}-{rng.choice(('lake', 'data', 'landing'))}",
        prefix=rng.choice(("events", "exports", "daily", "incoming", "tables", "raw")),
        exclusion=rng.choice(("**/_temporary/**", "**.tmp", "**/_SUCCESS", "archive/**", "**.log")),
        table_prefix=rng.choice(("raw_", "stg_", "src_", "ext_", "lake_")),
        schedule=f"cron({rng.choice((0, 10, 15, 30, 45))} {rng.randint(0, 23)} * * ? *)",
        deleted=rng.choice(("LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE")),
    )


def _crawler_brief(s: Crawler) -> Brief:
    kind, database, policy = "aws_glue_crawler", "aws_glue_catalog_database", "aws_iam_role_policy"
    path, objects = f"s3://{s.bucket}/{s.prefix}/", f"arn:aws:s3:::{s.bucket}/{s.prefix}/*"
    return Brief(
        need(
            f"Glue crawler {lit(s.name)} that fills the new catalogue database {lit(s.database)}",
            f"a Terraform configuration for a Glue crawler {lit(s.name)} and the catalogue"
            f" database {lit(s.database)} that it fills",
            f"Terraform code for the Glue catalogue database {lit(s.database)} and a crawler"
            f" {lit(s.name)} that writes its tables there",
            pins=[
                planned(kind, "name", s.name),
                planned(database, "name", s.database),
                all_refer(kind, "database_name", database),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"database described as {lit(s.description)}",
                f"The database's description is {lit(s.description)}",
                f"Describe the database as {lit(s.description)}",
                pins=[planned(database, "description", s.description)],
            ),
            need(
                f"crawls {lit(path)} but {lit(s.exclusion)}",
                f"It crawls {lit(path)} and leaves out {lit(s.exclusion)}",
                f"Its S3 target is {lit(path)}, without {lit(s.exclusion)}",
                pins=[
                    planned_true(
                        kind,
                        f"s3_target[0].path == '{path}'"
                        f" && contains(s3_target[0].exclusions, '{s.exclusion}')",
                    )
                ],
            ),
            need(
                f"schedule {lit(s.schedule)}, table prefix {lit(s.table_prefix)}",
                f"It runs at {lit(s.schedule)}, and its tables begin with {lit(s.table_prefix)}",
                f"Run it by the schedule {lit(s.schedule)} with the table prefix"
                f" {lit(s.table_prefix)}",
                pins=[has(kind, {"schedule": s.schedule, "table_prefix": s.table_prefix})],
            ),
            need(
                f"schema changes update the catalogue (UPDATE_IN_DATABASE); for what is gone,"
                f" {lit(s.deleted)}",
                f"Schema change policy: UPDATE_IN_DATABASE for updates and {lit(s.deleted)} for"
                f" deletions",
                f"When data is gone, {lit(s.deleted)}; when a schema changes, UPDATE_IN_DATABASE",
                pins=[
                    has(
                        kind,
                        {
                            "schema_change_policy[0].update_behavior": "UPDATE_IN_DATABASE",
                            "schema_change_policy[0].delete_behavior": s.deleted,
                        },
                    )
                ],
            ),
            service_role(f"{s.name}-role", "glue", kind, "role"),
            with_policies(f"{s.name}-role", _GLUE),
            need(
                f"inline policy for the role: {lit('s3:GetObject')} on {lit(objects)} only",
                f"An inline policy lets the role do {lit('s3:GetObject')} on {lit(objects)}, and"
                f" nothing else",
                f"The role's inline policy has just {lit('s3:GetObject')} on {lit(objects)}",
                pins=[
                    planned_true(policy, grants("policy", PolicyGrant(("s3:GetObject",), objects))),
                    count_of(policy, 1),
                    all_refer(policy, "role", "aws_iam_role"),
                ],
            ),
        ),
    )


def _crawler_answer(s: Crawler) -> str:
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_glue_catalog_database" "{s.database}" {{
  name        = "{s.database}"
  description = "{s.description}"
}}
{role(called, f"{s.name}-role", "glue")}{attachment(called, called, _GLUE[0])}
resource "aws_iam_role_policy" "{called}" {{
  name = "read-{s.prefix}"
  role = aws_iam_role.{called}.id

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "arn:aws:s3:::{s.bucket}/{s.prefix}/*"
    }}]
  }})
}}

resource "aws_glue_crawler" "{called}" {{
  name          = "{s.name}"
  database_name = aws_glue_catalog_database.{s.database}.name
  role          = aws_iam_role.{called}.arn
  schedule      = "{s.schedule}"
  table_prefix  = "{s.table_prefix}"

  s3_target {{
    path       = "s3://{s.bucket}/{s.prefix}/"
    exclusions = ["{s.exclusion}"]
  }}

  schema_change_policy {{
    update_behavior = "UPDATE_IN_DATABASE"
    delete_behavior = "{s.deleted}"
  }}
}}
"""


CRAWLER = Topic(
    name="glue-crawler",
    format="terraform",
    sample=_sample_crawler,
    brief=_crawler_brief,
    answer=_crawler_answer,
)
