"""The warm engine gives the verdict of the cold one, on configurations as people and models write.

Cold takes twenty seconds a case; the quick lane has two of them, the others are slow.
"""

from collections.abc import Mapping

import pytest

from rewardsvc.pipeline import judge, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import ScoreRequest, Status, Task, Verdict
from rewardsvc.verifiers.base import Workbench

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = "engines-test-a"\n}\n'
QUICK = {
    "bucket": BUCKET,
    "unknown argument": 'resource "aws_s3_bucket" "a" {\n  bucket = "a"\n  colour = "red"\n}\n',
}
SLOW: Mapping[str, str | Mapping[str, str]] = {
    "undeclared reference": 'resource "aws_s3_bucket" "a" {\n  bucket = var.missing\n}\n',
    "wrong type": (
        'resource "aws_sqs_queue" "a" {\n  name          = "q"\n  delay_seconds = "soon"\n}\n'
    ),
    "value out of range": (
        'resource "aws_sqs_queue" "a" {\n  name          = "q"\n  delay_seconds = 9000\n}\n'
    ),
    "duplicate resource": BUCKET + "\n" + BUCKET,
    "unclosed block": 'resource "aws_s3_bucket" "a" {\n  bucket = "a"\n',
    "data sources": """data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
data "aws_availability_zones" "all" {
  state = "available"
}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.me.account_id]
    }
  }
}
resource "aws_iam_role" "a" {
  name               = "a-${data.aws_region.here.name}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_subnet" "a" {
  vpc_id            = "vpc-12345678"
  cidr_block        = "10.0.0.0/24"
  availability_zone = data.aws_availability_zones.all.names[0]
}
""",
    "data source of what is not there": (
        'data "aws_s3_bucket" "a" {\n  bucket = "engines-test-nowhere"\n}\n' + BUCKET
    ),
    "aliases with two regions": """provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
data "aws_region" "here" {}
data "aws_region" "west" {
  provider = aws.west
}
resource "aws_s3_bucket" "here" {
  bucket = "x-${data.aws_region.here.name}"
}
resource "aws_s3_bucket" "west" {
  provider = aws.west
  bucket   = "x-${data.aws_region.west.name}"
}
""",
    "an alias beside the implied default": """provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
data "aws_region" "here" {}
data "aws_region" "west" {
  provider = aws.west
}
resource "aws_s3_bucket" "a" {
  bucket = "x-${data.aws_region.here.name}-${data.aws_region.west.name}"
}
""",
    "another version and a backend": """terraform {
  required_version = "~> 1.9.8"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 4.0"
    }
  }
  backend "s3" {
    bucket = "state"
    key    = "a"
    region = "us-east-1"
  }
}
"""
    + BUCKET,
    "a cloud block": (
        'terraform {\n  cloud {\n    organization = "o"\n    workspaces {\n      name = "w"\n'
        "    }\n  }\n}\n" + BUCKET
    ),
    "local module": {
        "main.tf": 'module "store" {\n  source = "./modules/store"\n  name   = "engines-m"\n}\n',
        "modules/store/main.tf": (
            'variable "name" {\n  type = string\n}\n\n'
            'resource "aws_s3_bucket" "a" {\n  bucket = var.name\n}\n'
        ),
    },
    "remote module beside a resource": (
        'module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n}\n\n'
        + BUCKET
    ),
    "count from a variable": (
        'variable "n" {\n  default = 3\n}\n\nresource "aws_sqs_queue" "a" {\n  count = var.n\n'
        '  name  = "q-${count.index}"\n}\n'
    ),
    "a count of nothing from a variable": (
        'variable "n" {\n  default = 0\n}\n\nresource "aws_sqs_queue" "a" {\n  count = var.n\n'
        '  name  = "q-${count.index}"\n}\n'
    ),
    "a variable without a value": (
        'variable "name" {\n  type = string\n}\n\n'
        'resource "aws_s3_bucket" "a" {\n  bucket = var.name\n}\n'
    ),
    "its author's account": """provider "aws" {
  region                   = "eu-central-1"
  profile                  = "prod"
  shared_credentials_files = ["~/.aws/work"]
  assume_role {
    role_arn = "arn:aws:iam::210987654321:role/deploy"
  }
  default_tags {
    tags = {
      team = "ml"
    }
  }
}
"""
    + BUCKET,
    "a function's file that is not there": """resource "aws_lambda_function" "a" {
  function_name = "a"
  role          = "arn:aws:iam::123456789012:role/r"
  handler       = "a.b"
  runtime       = "python3.12"
  filename      = "dist/a.zip"
}
""",
    "a hash of a file that is not there": """resource "aws_lambda_function" "a" {
  function_name    = "a"
  role             = "arn:aws:iam::123456789012:role/r"
  handler          = "a.b"
  runtime          = "python3.12"
  filename         = "dist/a.zip"
  source_code_hash = filebase64sha256("dist/a.zip")
}
""",
    "for_each over a map": """locals {
  queues = {
    train = 60
    test  = 30
  }
}
resource "aws_sqs_queue" "a" {
  for_each                   = local.queues
  name                       = each.key
  visibility_timeout_seconds = each.value
}
""",
}


def completion_of(files: str | Mapping[str, str]) -> str:
    given = {"main.tf": files} if isinstance(files, str) else files
    return "\n".join(f"```hcl path={path}\n{text}```\n" for path, text in given.items())


async def verdict_of(files: str | Mapping[str, str], workbench: Workbench) -> Verdict:
    request = ScoreRequest(task=Task(format="terraform"), completion=completion_of(files))
    return await judge(prepare(request), workbench, DEFAULT_WEIGHTS)


def facts(verdict: Verdict) -> object:
    """All of a verdict but times, the notes, and how a module's absence is worded."""
    return (
        verdict.status,
        verdict.reward,
        verdict.components,
        [(stage.name, stage.status, stage.score) for stage in verdict.stages],
        sorted(
            (stage.name, found.message.partition(":")[0], found.file, found.line)
            for stage in verdict.stages
            for found in stage.diagnostics
            if found.severity == "error"
        ),
    )


async def _agree(files: str | Mapping[str, str], warm: Workbench, cold: Workbench) -> None:
    quick, reference = await verdict_of(files, warm), await verdict_of(files, cold)
    assert quick.status is Status.SCORED, quick.failure_reason
    assert facts(quick) == facts(reference)


@pytest.mark.parametrize("name", QUICK)
async def test_warm_gives_colds_verdict(name: str, warm: Workbench, cold: Workbench) -> None:
    await _agree(QUICK[name], warm, cold)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
async def test_warm_gives_colds_verdict_on_many(
    name: str, warm: Workbench, cold: Workbench
) -> None:
    await _agree(SLOW[name], warm, cold)


@pytest.mark.slow
async def test_warm_gives_colds_plan(warm: Workbench, cold: Workbench) -> None:
    assert warm.terraform is not None and cold.terraform is not None
    text = SLOW["its author's account"]
    assert isinstance(text, str)
    files = {"main.tf": text.encode()}
    quick, reference = await warm.terraform.run(files), await cold.terraform.run(files)
    assert quick.plan_json is not None and reference.plan_json is not None
    # The configuration of the provider is what cold has to change.
    for plan in (quick.plan_json, reference.plan_json):
        plan["configuration"].pop("provider_config")
    for part in ("planned_values", "resource_changes", "configuration"):
        assert quick.plan_json[part] == reference.plan_json[part]


@pytest.mark.slow
async def test_two_regions_at_once_are_planned_each_with_its_own(warm: Workbench) -> None:
    assert warm.terraform is not None
    text = SLOW["an alias beside the implied default"]
    assert isinstance(text, str)
    outcome = await warm.terraform.run({"main.tf": text.encode()})
    assert outcome.plan_json is not None
    (bucket,) = outcome.plan_json["planned_values"]["root_module"]["resources"]
    assert bucket["values"]["bucket"] == "x-us-east-1-us-west-2"
