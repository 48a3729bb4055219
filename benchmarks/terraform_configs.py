"""Twelve Terraform answers of mixed size for the benchmark, new names every time they are made."""

from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = "%(region)s"
}
"""

_PARTS = {
    "bucket": """
resource "aws_s3_bucket" "data" {
  bucket = "%(name)s-data"
}
""",
    "hardened": """
resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
""",
    "role": """
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "training" {
  name               = "%(name)s-training"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "training" {
  role       = aws_iam_role.training.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
}
""",
    "account": """
data "aws_caller_identity" "here" {}

output "account" {
  value = data.aws_caller_identity.here.account_id
}
""",
    "table": """
resource "aws_dynamodb_table" "runs" {
  name         = "%(name)s-runs"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "run_id"

  attribute {
    name = "run_id"
    type = "S"
  }
}
""",
    "queues": """
resource "aws_sqs_queue" "jobs" {
  for_each                  = toset(["train", "tune", "evaluate", "export"])
  name                      = "%(name)s-${each.key}"
  message_retention_seconds = 86400
}

resource "aws_sns_topic" "done" {
  name = "%(name)s-done"
}
""",
    "registry": """
resource "aws_ecr_repository" "image" {
  name                 = "%(name)s/trainer"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_cloudwatch_log_group" "training" {
  name              = "/training/%(name)s"
  retention_in_days = 30
}

resource "aws_ecs_cluster" "batch" {
  name = "%(name)s-batch"
}
""",
    "network": """
resource "aws_vpc" "main" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "public" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "%(region)s${element(["a", "b", "c"], count.index)}"
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table_association" "public" {
  count          = 3
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "workers" {
  name   = "%(name)s-workers"
  vpc_id = aws_vpc.main.id

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
""",
}

_SHAPES: Sequence[tuple[str, Sequence[str], int]] = (
    ("bucket", ("bucket",), 1),
    ("table", ("table",), 1),
    ("role", ("role",), 2),
    ("bucket, hardened", ("bucket", "hardened"), 3),
    ("image registry", ("registry",), 3),
    ("role and account", ("role", "account", "table"), 3),
    ("queues", ("queues",), 5),
    ("bucket and role", ("bucket", "hardened", "role"), 5),
    ("network", ("network",), 10),
    ("network and registry", ("network", "registry"), 13),
    ("training", ("network", "bucket", "hardened", "role"), 15),
    (
        "platform",
        ("network", "bucket", "hardened", "role", "table", "registry", "account"),
        19,
    ),
)


@dataclass(frozen=True, slots=True)
class Config:
    """One answer: what it is called in the table, how many resources it plans, and its text."""

    title: str
    resources: int
    completion: str


def configs(run: str) -> tuple[Config, ...]:
    """The twelve; ``run`` is part of every name, so that no verdict of another run is cached."""
    made = []
    for number, (title, parts, resources) in enumerate(_SHAPES):
        values = {
            "name": f"bench-{run}-{number}",
            "region": ("us-east-1", "eu-west-1", "eu-central-1")[number % 3],
        }
        text = "".join(part % values for part in (_HEAD, *(_PARTS[name] for name in parts)))
        made.append(Config(title, resources, f"```hcl\n{text}```\n"))
    return tuple(made)
