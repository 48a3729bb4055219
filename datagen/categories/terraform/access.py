"""Terraform, access: an IAM role of an AWS service with a policy of its own."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need
from datagen.needs import in_region
from datagen.pins import PolicyGrant, count_of, grants, planned, planned_true, refers, trusts
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ORGANISATIONS, REGIONS, named

_ACTIONS = (
    ("s3:GetObject",),
    ("s3:PutObject",),
    ("s3:GetObject", "s3:PutObject"),
    ("s3:GetObject", "s3:DeleteObject"),
    ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
)


@dataclass(frozen=True, slots=True)
class Role:
    """Who may assume it, and what it may do with the objects of one bucket."""

    region: str
    name: str
    service: str
    actions: tuple[str, ...]
    bucket: str


def _sample(rng: Random) -> Role:
    return Role(
        region=rng.choice(REGIONS),
        name=named(rng, "role", "execution", "task", "reader", "worker"),
        service=rng.choice(("lambda", "ec2", "ecs-tasks", "glue", "states", "batch", "codebuild")),
        actions=rng.choice(_ACTIONS),
        bucket=f"{rng.choice(ORGANISATIONS)}-{rng.choice(DOMAINS)}-data",
    )


def _brief(s: Role) -> Brief:
    name, principal, arn = lit(s.name), f"{s.service}.amazonaws.com", f"arn:aws:s3:::{s.bucket}/*"
    policy = "aws_iam_role_policy"
    return Brief(
        need(
            f"IAM role {name} with an inline policy (aws_iam_role_policy)",
            f"a Terraform configuration for an IAM role named {name} with an inline policy"
            f" (aws_iam_role_policy)",
            f"Terraform code that creates the IAM role {name} and attaches an aws_iam_role_policy",
            pins=[
                planned("aws_iam_role", "name", s.name),
                refers(policy, "role", "aws_iam_role"),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"assumed by {lit(principal)}",
                f"The service {lit(principal)} may assume it",
                f"Its trust policy names the service {lit(principal)}",
                pins=[
                    planned_true(
                        "aws_iam_role",
                        trusts(principal),
                    )
                ],
            ),
            need(
                f"allows {lits(s.actions)} and nothing else on {lit(arn)}",
                f"The policy allows {lits(s.actions)} on {lit(arn)}, nothing else",
                f"It may only do {lits(s.actions)}, on the objects {lit(arn)}",
                pins=[
                    planned_true(policy, grants("policy", PolicyGrant(s.actions, arn))),
                    count_of(policy, 1),
                ],
            ),
        ),
    )


def _answer(s: Role) -> str:
    actions = ", ".join(f'"{action}"' for action in s.actions)
    return f"""\
provider "aws" {{
  region = "{s.region}"
}}

resource "aws_iam_role" "this" {{
  name = "{s.name}"

  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = {{ Service = "{s.service}.amazonaws.com" }}
    }}]
  }})
}}

resource "aws_iam_role_policy" "this" {{
  name = "bucket-access"
  role = aws_iam_role.this.id

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect   = "Allow"
      Action   = [{actions}]
      Resource = "arn:aws:s3:::{s.bucket}/*"
    }}]
  }})
}}
"""


TOPIC = Topic(
    name="iam-role-policy",
    format="terraform",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
