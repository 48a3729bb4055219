"""Terraform, storage: a private versioned S3 bucket, and a DynamoDB table."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import in_region
from datagen.pins import plan, planned, planned_true
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ENVIRONMENTS, ORGANISATIONS, REGIONS, named
from rewardsvc.types import Check

_RESOURCES = "planned_values.root_module.resources"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A private bucket that keeps old versions for some days."""

    region: str
    name: str
    environment: str
    algorithm: str
    days: int


def _sample_bucket(rng: Random) -> Bucket:
    purpose = rng.choice(("logs", "backups", "assets", "uploads", "exports", "reports", "raw"))
    return Bucket(
        region=rng.choice(REGIONS),
        name=f"{rng.choice(ORGANISATIONS)}-{rng.choice(DOMAINS)}-{purpose}",
        environment=rng.choice(ENVIRONMENTS),
        algorithm=rng.choice(("AES256", "aws:kms")),
        days=rng.choice((7, 14, 30, 45, 60, 90, 120, 180, 365)),
    )


def _of_bucket(type: str, name: str) -> Check:
    """The first resource of a type is about the bucket, which it refers to or names."""
    resource = f"[?type=='{type}'] | [0]"
    return plan(
        f"length(configuration.root_module.resources{resource}.expressions.bucket"
        f".references[?starts_with(@, 'aws_s3_bucket.')] || `[]`) > `0`"
        f" || ({_RESOURCES}{resource}.values.bucket) == '{name}'"
    )


def _bucket_brief(s: Bucket) -> Brief:
    name = lit(s.name)
    block = "aws_s3_bucket_public_access_block"
    switches = (
        "block_public_acls",
        "block_public_policy",
        "ignore_public_acls",
        "restrict_public_buckets",
    )
    algorithm = "rule[0].apply_server_side_encryption_by_default[0].sse_algorithm"
    return Brief(
        need(
            f"private, versioned S3 bucket {name}",
            f"a Terraform configuration for a private, versioned S3 bucket named {name}",
            f"Terraform code for the S3 bucket {name}, with versioning on and all public access"
            f" blocked",
            pins=[
                planned("aws_s3_bucket", "bucket", s.name),
                planned(
                    "aws_s3_bucket_versioning", "versioning_configuration[0].status", "Enabled"
                ),
                *(planned(block, switch, True) for switch in switches),
                _of_bucket(block, s.name),
                _of_bucket("aws_s3_bucket_versioning", s.name),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"tag Environment = {lit(s.environment)}",
                f"Tag the bucket with Environment {lit(s.environment)}",
                f"Its Environment tag is {lit(s.environment)}",
                pins=[planned("aws_s3_bucket", "tags.Environment", s.environment)],
            ),
            need(
                f"default encryption {lit(s.algorithm)}",
                f"Encrypt objects with {lit(s.algorithm)} by default",
                f"The default server-side encryption is {lit(s.algorithm)}",
                pins=[
                    planned(
                        "aws_s3_bucket_server_side_encryption_configuration",
                        algorithm,
                        s.algorithm,
                    ),
                    _of_bucket("aws_s3_bucket_server_side_encryption_configuration", s.name),
                ],
            ),
            need(
                f"noncurrent versions expire after {num(s.days)} days",
                f"Let noncurrent versions expire after {num(s.days)} days",
                f"A lifecycle rule removes noncurrent versions after {num(s.days)} days",
                pins=[
                    planned(
                        "aws_s3_bucket_lifecycle_configuration",
                        "rule[] | [?status=='Enabled'].noncurrent_version_expiration[]"
                        ".noncurrent_days",
                        s.days,
                    ),
                    planned_true(
                        "aws_s3_bucket_lifecycle_configuration",
                        "length(rule[?status=='Enabled']) == `1`",
                    ),
                    _of_bucket("aws_s3_bucket_lifecycle_configuration", s.name),
                ],
            ),
        ),
    )


def _bucket_answer(s: Bucket) -> str:
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_s3_bucket" "this" {{
  bucket = "{s.name}"

  tags = {{
    Environment = "{s.environment}"
  }}
}}

resource "aws_s3_bucket_versioning" "this" {{
  bucket = aws_s3_bucket.this.id

  versioning_configuration {{
    status = "Enabled"
  }}
}}

resource "aws_s3_bucket_public_access_block" "this" {{
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {{
  bucket = aws_s3_bucket.this.id

  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm = "{s.algorithm}"
    }}
  }}
}}

resource "aws_s3_bucket_lifecycle_configuration" "this" {{
  bucket = aws_s3_bucket.this.id

  rule {{
    id     = "expire-noncurrent"
    status = "Enabled"

    filter {{}}

    noncurrent_version_expiration {{
      noncurrent_days = {s.days}
    }}
  }}
}}
"""


BUCKET = Topic(
    name="s3-bucket",
    format="terraform",
    sample=_sample_bucket,
    brief=_bucket_brief,
    answer=_bucket_answer,
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its keys and, where wanted, expiry."""

    region: str
    name: str
    hash_key: str
    range_key: str
    ttl: str
    protected: bool


def _sample_table(rng: Random) -> Table:
    return Table(
        region=rng.choice(REGIONS),
        name=named(rng, "table", "events", "sessions", "items", "state"),
        hash_key=rng.choice(("pk", "id", "user_id", "tenant_id", "order_id", "device_id")),
        range_key=rng.choice(("sk", "created_at", "sort_key", "timestamp", "version")),
        ttl=rng.choice(("expires_at", "ttl", "expiry", "delete_after")),
        protected=rng.random() < 0.5,
    )


def _table_brief(s: Table) -> Brief:
    kind, name = "aws_dynamodb_table", lit(s.name)
    hash_key, range_key, ttl = lit(s.hash_key), lit(s.range_key), lit(s.ttl)
    protection = "enabled" if s.protected else "disabled"
    types = f"{_RESOURCES}[?type=='{kind}'].values.attribute[]"
    return Brief(
        need(
            f"DynamoDB table {name}",
            f"a Terraform configuration for a DynamoDB table named {name}",
            f"Terraform code that creates the DynamoDB table {name}",
            pins=[planned(kind, "name", s.name)],
        ),
        (
            in_region(s.region),
            need(
                f"partition key {hash_key} (string), sort key {range_key} (number)",
                f"The partition key is {hash_key}, a string; the sort key is {range_key}, a number",
                f"Its hash key is the string {hash_key} and its range key the number {range_key}",
                pins=[
                    planned(kind, "hash_key", s.hash_key),
                    planned(kind, "range_key", s.range_key),
                    plan(f"{types} | [?name=='{s.hash_key}'] | [0].type", "S"),
                    plan(f"{types} | [?name=='{s.range_key}'] | [0].type", "N"),
                ],
            ),
            need(
                "billed on demand",
                "Bill it per request",
                "The billing mode is PAY_PER_REQUEST",
                pins=[planned(kind, "billing_mode", "PAY_PER_REQUEST")],
            ),
            need(
                f"TTL attribute {ttl}",
                f"Items expire by the TTL attribute {ttl}",
                f"Enable TTL on the attribute {ttl}",
                pins=[planned_true(kind, f"ttl[0].enabled && ttl[0].attribute_name=='{s.ttl}'")],
            ),
            need(
                f"point-in-time recovery enabled, deletion protection {protection}",
                f"Enable point-in-time recovery; deletion protection is {protection}",
                f"Point-in-time recovery is on and deletion protection explicitly {protection}",
                pins=[
                    planned(kind, "point_in_time_recovery[0].enabled", True),
                    planned(kind, "deletion_protection_enabled", s.protected),
                ],
            ),
        ),
    )


def _table_answer(s: Table) -> str:
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_dynamodb_table" "this" {{
  name                        = "{s.name}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "{s.hash_key}"
  range_key                   = "{s.range_key}"
  deletion_protection_enabled = {str(s.protected).lower()}

  attribute {{
    name = "{s.hash_key}"
    type = "S"
  }}

  attribute {{
    name = "{s.range_key}"
    type = "N"
  }}

  ttl {{
    attribute_name = "{s.ttl}"
    enabled        = true
  }}

  point_in_time_recovery {{
    enabled = true
  }}
}}
"""


TABLE = Topic(
    name="dynamodb-table",
    format="terraform",
    sample=_sample_table,
    brief=_table_brief,
    answer=_table_answer,
)
