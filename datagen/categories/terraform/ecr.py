"""Terraform, ECR: a repository with its life-cycle and access policies."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import (
    label,
    provider,
    switch,
)
from datagen.needs import in_region
from datagen.pins import (
    PolicyGrant,
    all_refer,
    count_of,
    grants,
    has,
    planned,
    planned_true,
    spells,
)
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, account, service


@dataclass(frozen=True, slots=True)
class EcrRepository:
    """Images that expire by two rules, and an account that may pull them."""

    region: str
    name: str
    immutable: bool
    untagged: int
    prefix: str
    kept: int
    puller: str
    deletable: bool


def _sample_repository(rng: Random) -> EcrRepository:
    return EcrRepository(
        region=rng.choice(REGIONS),
        name=f"{rng.choice(('apps', 'services', 'backend', 'platform', 'ml'))}/{service(rng)}",
        immutable=rng.random() < 0.6,
        untagged=rng.choice((1, 3, 5, 7, 10, 14, 21, 30)),
        prefix=rng.choice(("v", "release-", "prod-", "rc-", "build-")),
        kept=rng.choice((5, 10, 15, 20, 25, 30, 40, 50, 100)),
        puller=account(rng),
        deletable=rng.random() < 0.5,
    )


def _repository_brief(s: EcrRepository) -> Brief:
    kind, cycle, policy = (
        "aws_ecr_repository",
        "aws_ecr_lifecycle_policy",
        "aws_ecr_repository_policy",
    )
    tags = "IMMUTABLE" if s.immutable else "MUTABLE"
    deleting = "may" if s.deletable else "must not"
    principal = f"arn:aws:iam::{s.puller}:root"
    pulls = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")

    return Brief(
        need(
            f"ECR repository {lit(s.name)} with a lifecycle policy and a repository policy, both by"
            f" jsonencode",
            f"a Terraform configuration for the ECR repository {lit(s.name)} with its lifecycle"
            f" and repository policies (written with jsonencode)",
            f"Terraform code for an ECR repository named {lit(s.name)}, a lifecycle policy and a"
            f" repository policy, the policies written with jsonencode",
            pins=[
                planned(kind, "name", s.name),
                all_refer(cycle, "repository", kind),
                all_refer(policy, "repository", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"tags {lit(tags)}, scanned on push, encrypted with {lit('KMS')}",
                f"Its tags are {lit(tags)}, images are scanned on push, and the encryption type is"
                f" {lit('KMS')}",
                f"Tag mutability is {lit(tags)}; scan on push, and encrypt with {lit('KMS')}",
                pins=[
                    has(
                        kind,
                        {
                            "image_tag_mutability": tags,
                            "image_scanning_configuration[0].scan_on_push": True,
                            "encryption_configuration[0].encryption_type": "KMS",
                        },
                    )
                ],
            ),
            need(
                f"a destroy {deleting} take images along (force_delete)",
                f"A destroy {deleting} take the images in it along: set force_delete to say so",
                f"Set force_delete explicitly: terraform destroy {deleting} delete a repository"
                f" that has images",
                pins=[planned(kind, "force_delete", s.deletable)],
            ),
            need(
                f"rule 1: untagged images expire {num(s.untagged)} days after the push",
                f"The first rule (priority 1) expires untagged images {num(s.untagged)} days after"
                f" they were pushed",
                f"Untagged images expire after {num(s.untagged)} days, counted from the push;"
                f" that is rule 1",
                pins=[
                    spells(
                        cycle,
                        "policy",
                        (
                            '"rules":[{"action":{"type":"expire"},',
                            '"rulePriority":1,"selection":{"countNumber":' + str(s.untagged) + ",",
                            '"countType":"sinceImagePushed","countUnit":"days",'
                            '"tagStatus":"untagged"}',
                        ),
                    )
                ],
            ),
            need(
                f"rule 2: of the images with the tag prefix {lit(s.prefix)} only the newest"
                f" {num(s.kept)} stay",
                f"The second rule (priority 2) keeps the newest {num(s.kept)} of the images whose"
                f" tag begins with {lit(s.prefix)}, and expires the others",
                f"Of the images with the tag prefix {lit(s.prefix)}, more than {num(s.kept)} are"
                f" too many: expire the oldest (rule 2)",
                pins=[
                    spells(
                        cycle,
                        "policy",
                        (
                            '}},{"action":{"type":"expire"},',
                            '"rulePriority":2,"selection":{"countNumber":' + str(s.kept) + ",",
                            '"countType":"imageCountMoreThan","tagPrefixList":["'
                            + s.prefix
                            + '"],"tagStatus":"tagged"}',
                        ),
                        without=('"rulePriority":3',),
                    )
                ],
            ),
            need(
                f"account {lit(s.puller)} ({lit(principal)}) may pull: {lits(pulls)} and no more",
                f"Let {lit(principal)}, the account {lit(s.puller)}, pull images; {lits(pulls)}"
                f" are all it may do",
                f"The repository policy allows {lits(pulls)}, nothing else, to the account"
                f" {lit(s.puller)} ({lit(principal)})",
                pins=[
                    planned_true(
                        policy, grants("policy", PolicyGrant(pulls, principal=("AWS", principal)))
                    ),
                    count_of(policy, 1),
                ],
            ),
        ),
    )


def _repository_answer(s: EcrRepository) -> str:
    called = label(s.name.partition("/")[2])
    return f"""\
{provider(s.region)}
resource "aws_ecr_repository" "{called}" {{
  name                 = "{s.name}"
  image_tag_mutability = "{"IMMUTABLE" if s.immutable else "MUTABLE"}"
  force_delete         = {switch(s.deletable)}

  image_scanning_configuration {{
    scan_on_push = true
  }}

  encryption_configuration {{
    encryption_type = "KMS"
  }}
}}

resource "aws_ecr_lifecycle_policy" "{called}" {{
  repository = aws_ecr_repository.{called}.name

  policy = jsonencode({{
    rules = [
      {{
        rulePriority = 1
        selection = {{
          tagStatus   = "untagged"
          countType   = "sinceImagePushed"
          countUnit   = "days"
          countNumber = {s.untagged}
        }}
        action = {{ type = "expire" }}
      }},
      {{
        rulePriority = 2
        selection = {{
          tagStatus     = "tagged"
          tagPrefixList = ["{s.prefix}"]
          countType     = "imageCountMoreThan"
          countNumber   = {s.kept}
        }}
        action = {{ type = "expire" }}
      }},
    ]
  }})
}}

resource "aws_ecr_repository_policy" "{called}" {{
  repository = aws_ecr_repository.{called}.name

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ AWS = "arn:aws:iam::{s.puller}:root" }}
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }}]
  }})
}}
"""


REPOSITORY = Topic(
    name="ecr-repository",
    format="terraform",
    sample=_sample_repository,
    brief=_repository_brief,
    answer=_repository_answer,
)
