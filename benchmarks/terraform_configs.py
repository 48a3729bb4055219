"""32 Terraform answers of 1 to 40 resources for benchmarks, new names every time they are made."""

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
    "alarms": """
resource "aws_cloudwatch_metric_alarm" "busy" {
  for_each            = toset(["train", "tune", "evaluate", "export", "serve", "ingest"])
  alarm_name          = "%(name)s-${each.key}"
  namespace           = "AWS/SageMaker"
  metric_name         = "CPUUtilization"
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  period              = 300
  evaluation_periods  = 2
}
""",
    "parameters": """
locals {
  parameters = {
    batch_size    = "64"
    learning_rate = "0.0003"
    epochs        = "10"
    seed          = "7"
    precision     = "bf16"
    optimizer     = "adamw"
    warmup        = "100"
    clip          = "1.0"
  }
}

resource "aws_ssm_parameter" "training" {
  for_each = local.parameters
  name     = "/%(name)s/training/${each.key}"
  type     = "String"
  value    = each.value
}
""",
    "notebook": """
data "aws_iam_policy_document" "notebook" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "notebook" {
  name               = "%(name)s-notebook"
  assume_role_policy = data.aws_iam_policy_document.notebook.json
}

resource "aws_sagemaker_notebook_instance" "notebook" {
  name          = "%(name)s-notebook"
  role_arn      = aws_iam_role.notebook.arn
  instance_type = "ml.t3.medium"
}
""",
}

_SIZES = {
    "bucket": 1,
    "hardened": 2,
    "role": 2,
    "account": 0,
    "table": 1,
    "queues": 5,
    "registry": 3,
    "network": 10,
    "alarms": 6,
    "parameters": 8,
    "notebook": 2,
}
"""How many resources each part plans."""

_SHAPES: Sequence[tuple[str, str]] = (
    ("bucket", "bucket"),
    ("table", "table"),
    ("role", "role"),
    ("notebook", "notebook"),
    ("role and account", "role account"),
    ("bucket and table", "bucket table"),
    ("hardened bucket", "bucket hardened"),
    ("registry", "registry"),
    ("role and table", "role account table"),
    ("bucket and role", "bucket role"),
    ("queues", "queues"),
    ("hardened and role", "bucket hardened role"),
    ("registry and role", "registry role"),
    ("alarms", "alarms"),
    ("queues and table", "queues table account"),
    ("registry and bucket", "registry bucket hardened"),
    ("alarms and table", "alarms table"),
    ("parameters", "parameters"),
    ("queues and role", "queues role table"),
    ("parameters and notebook", "parameters notebook"),
    ("network", "network"),
    ("queues and alarms", "queues alarms"),
    ("network and table", "network table account"),
    ("network and registry", "network registry"),
    ("training", "network bucket hardened role"),
    ("network and alarms", "network alarms"),
    ("network and queues", "network queues table role"),
    ("network and parameters", "network parameters notebook"),
    ("platform", "network bucket hardened role table registry account"),
    ("platform, queues", "network bucket hardened role table registry queues"),
    ("platform, alarms", "network bucket hardened role registry alarms parameters"),
    (
        "everything",
        "network bucket hardened role table registry account queues alarms parameters notebook",
    ),
)


@dataclass(frozen=True, slots=True)
class TerraformConfig:
    """One answer: what it is called in the table, how many resources it plans, and its text."""

    title: str
    resources: int
    completion: str


def configs(run: str) -> tuple[TerraformConfig, ...]:
    """All of them; ``run`` is part of every name, so that no verdict of another run is cached."""
    made = []
    for number, (title, parts) in enumerate(_SHAPES):
        names = parts.split()
        values = {
            "name": f"bench-{run}-{number}",
            "region": ("us-east-1", "eu-west-1", "eu-central-1")[number % 3],
        }
        text = "".join(part % values for part in (_HEAD, *(_PARTS[name] for name in names)))
        resources = sum(_SIZES[name] for name in names)
        made.append(TerraformConfig(title, resources, f"```hcl\n{text}```\n"))
    return tuple(made)
