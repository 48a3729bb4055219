"""Terraform, keys and secrets: a KMS key with its policy, a secret that is rotated."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.terraform.pieces import label, provider
from datagen.needs import in_region
from datagen.pins import PolicyGrant, all_refer, grants, grants_as_well, has, planned, planned_true
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, account, named


@dataclass(frozen=True, slots=True)
class KmsKey:
    """A key that one account administers and one of its roles uses."""

    region: str
    alias: str
    description: str
    account: str
    user: str
    window: int
    rotation: int


def _sample_key(rng: Random) -> KmsKey:
    alias = named(rng, "key", "data", "secrets", "storage", "backups")
    domain = alias.partition("-")[0]
    return KmsKey(
        region=rng.choice(REGIONS),
        alias=alias,
        description=f"Encrypts the {rng.choice(('data', 'files', 'tables', 'queues'))} of {domain}",
        account=account(rng),
        user=f"{domain}-{rng.choice(('app', 'service', 'worker', 'task', 'reader'))}",
        window=rng.choice((7, 10, 14, 15, 20, 21, 25)),
        rotation=rng.choice((90, 120, 180, 270, 400, 500, 730)),
    )


def _key_brief(s: KmsKey) -> Brief:
    kind, alias = "aws_kms_key", "aws_kms_alias"
    owner = f"arn:aws:iam::{s.account}:root"
    user = f"arn:aws:iam::{s.account}:role/{s.user}"
    return Brief(
        need(
            f"KMS key with the alias {lit(f'alias/{s.alias}')} and a key policy by jsonencode",
            f"a Terraform configuration for a KMS key with the alias {lit(f'alias/{s.alias}')};"
            f" write its policy with jsonencode",
            f"Terraform code for a customer managed key in KMS, its alias"
            f" {lit(f'alias/{s.alias}')} and its policy (by jsonencode)",
            pins=[
                planned(alias, "name", f"alias/{s.alias}"),
                all_refer(alias, "target_key_id", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"description {lit(s.description)}",
                f"Describe it as {lit(s.description)}",
                f"Its description reads {lit(s.description)}",
                pins=[planned(kind, "description", s.description)],
            ),
            need(
                f"rotated every {num(s.rotation)} days, deleted {num(s.window)} days after it was"
                f" asked for",
                f"Rotate it every {num(s.rotation)} days; a deletion waits for {num(s.window)}"
                f" days",
                f"Key rotation is on with a period of {num(s.rotation)} days, and the deletion"
                f" window has {num(s.window)}",
                pins=[
                    has(
                        kind,
                        {
                            "enable_key_rotation": True,
                            "rotation_period_in_days": s.rotation,
                            "deletion_window_in_days": s.window,
                        },
                    )
                ],
            ),
            need(
                f"{lit(owner)} may do {lit('kms:*')}",
                f"The account ({lit(owner)}) administers it: {lit('kms:*')}",
                f"Allow {lit('kms:*')} to {lit(owner)}, so that IAM policies work",
                pins=[
                    planned_true(
                        kind, grants_as_well("policy", PolicyGrant(("kms:*",), "*", ("AWS", owner)))
                    )
                ],
            ),
            need(
                f"{lit(user)} may do {lit('kms:Decrypt')} and {lit('kms:GenerateDataKey*')}",
                f"The role {lit(user)} uses it: a second statement allows {lit('kms:Decrypt')} and"
                f" {lit('kms:GenerateDataKey*')}, in that order",
                f"In a second statement, let {lit(user)} do {lit('kms:Decrypt')} and"
                f" {lit('kms:GenerateDataKey*')}, no more",
                pins=[
                    planned_true(
                        kind,
                        grants(
                            "policy",
                            PolicyGrant(("kms:*",), "*", ("AWS", owner)),
                            PolicyGrant(
                                ("kms:Decrypt", "kms:GenerateDataKey*"), "*", ("AWS", user)
                            ),
                        ),
                    )
                ],
            ),
        ),
    )


def _key_answer(s: KmsKey) -> str:
    called = label(s.alias)
    return f"""\
{provider(s.region)}
resource "aws_kms_key" "{called}" {{
  description             = "{s.description}"
  enable_key_rotation     = true
  rotation_period_in_days = {s.rotation}
  deletion_window_in_days = {s.window}

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{
        Effect    = "Allow"
        Principal = {{ AWS = "arn:aws:iam::{s.account}:root" }}
        Action    = "kms:*"
        Resource  = "*"
      }},
      {{
        Effect    = "Allow"
        Principal = {{ AWS = "arn:aws:iam::{s.account}:role/{s.user}" }}
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
      }},
    ]
  }})
}}

resource "aws_kms_alias" "{called}" {{
  name          = "alias/{s.alias}"
  target_key_id = aws_kms_key.{called}.key_id
}}
"""


KEY = Topic(
    name="kms-key", format="terraform", sample=_sample_key, brief=_key_brief, answer=_key_answer
)


@dataclass(frozen=True, slots=True)
class RotatedSecret:
    """A secret, who rotates it how often, and who may read it."""

    region: str
    name: str
    description: str
    key: str
    window: int
    account: str
    function: str
    days: int
    reader: str


def _sample_secret(rng: Random) -> RotatedSecret:
    name = named(rng, "db", "api", "smtp", "broker", "partner")
    domain, _, what = name.partition("-")
    return RotatedSecret(
        region=rng.choice(REGIONS),
        name=f"{rng.choice(('prod', 'staging', 'dev', 'shared'))}/{domain}/{what}",
        description=f"{rng.choice(('Credentials', 'Login', 'Access'))} for the {domain} {what}",
        key=f"alias/{domain}-{rng.choice(('secrets', 'key', 'data'))}",
        window=rng.choice((7, 10, 14, 20, 21)),
        account=account(rng),
        function=f"{domain}-{rng.choice(('rotate', 'rotation', 'rotator'))}",
        days=rng.choice((5, 12, 15, 28, 30, 45, 60, 90)),
        reader=f"{domain}-{rng.choice(('app', 'worker', 'service', 'task', 'job'))}",
    )


def _secret_brief(s: RotatedSecret) -> Brief:
    kind, rotation = "aws_secretsmanager_secret", "aws_secretsmanager_secret_rotation"
    policy = "aws_secretsmanager_secret_policy"
    function = f"arn:aws:lambda:{s.region}:{s.account}:function:{s.function}"
    reader = f"arn:aws:iam::{s.account}:role/{s.reader}"
    return Brief(
        need(
            f"secret {lit(s.name)} in Secrets Manager, with rotation and a resource policy",
            f"a Terraform configuration for the Secrets Manager secret {lit(s.name)} with its"
            f" rotation and a resource policy",
            f"Terraform code that keeps the secret {lit(s.name)} in Secrets Manager, rotates it"
            f" and says who may read it; its value is set elsewhere",
            pins=[
                planned(kind, "name", s.name),
                all_refer(rotation, "secret_id", kind),
                all_refer(policy, "secret_arn", kind),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"description {lit(s.description)}, encrypted with {lit(s.key)}",
                f"It is described as {lit(s.description)} and encrypted with the key {lit(s.key)}",
                f"Encrypt it with {lit(s.key)}, and describe it as {lit(s.description)}",
                pins=[has(kind, {"description": s.description, "kms_key_id": s.key})],
            ),
            need(
                f"recoverable for {num(s.window)} days",
                f"A deleted secret can be recovered for {num(s.window)} days",
                f"The recovery window is {num(s.window)} days",
                pins=[planned(kind, "recovery_window_in_days", s.window)],
            ),
            need(
                f"the existing function {lit(function)} rotates it every {num(s.days)} days",
                f"Every {num(s.days)} days the function {lit(function)}, which exists, rotates it",
                f"Rotate it automatically after {num(s.days)} days with {lit(function)}",
                pins=[
                    has(
                        rotation,
                        {
                            "rotation_lambda_arn": function,
                            "rotation_rules[0].automatically_after_days": s.days,
                        },
                    )
                ],
            ),
            need(
                f"{lit(reader)} may do {lit('secretsmanager:GetSecretValue')} and nothing else"
                f" (policy by jsonencode)",
                f"The role {lit(reader)} may read it: {lit('secretsmanager:GetSecretValue')},"
                f" nothing else, in a policy written with jsonencode",
                f"Its policy (by jsonencode) lets {lit(reader)} do"
                f" {lit('secretsmanager:GetSecretValue')} only",
                pins=[
                    planned_true(
                        policy,
                        grants(
                            "policy",
                            PolicyGrant(("secretsmanager:GetSecretValue",), "*", ("AWS", reader)),
                        ),
                    )
                ],
            ),
        ),
    )


def _secret_answer(s: RotatedSecret) -> str:
    called = label(s.name.partition("/")[2].replace("/", "_"))
    return f"""\
{provider(s.region)}
resource "aws_secretsmanager_secret" "{called}" {{
  name                    = "{s.name}"
  description             = "{s.description}"
  kms_key_id              = "{s.key}"
  recovery_window_in_days = {s.window}
}}

resource "aws_secretsmanager_secret_rotation" "{called}" {{
  secret_id           = aws_secretsmanager_secret.{called}.id
  rotation_lambda_arn = "arn:aws:lambda:{s.region}:{s.account}:function:{s.function}"

  rotation_rules {{
    automatically_after_days = {s.days}
  }}
}}

resource "aws_secretsmanager_secret_policy" "{called}" {{
  secret_arn = aws_secretsmanager_secret.{called}.arn

  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ AWS = "arn:aws:iam::{s.account}:role/{s.reader}" }}
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }}]
  }})
}}
"""


SECRET = Topic(
    name="rotated-secret",
    format="terraform",
    sample=_sample_secret,
    brief=_secret_brief,
    answer=_secret_answer,
)
