"""Terraform: pieces of configurations, and needs, that several topics share."""

import json
from collections.abc import Iterable, Sequence

from datagen.brief import Need, lit, lits, need
from datagen.pins import (
    address,
    all_refer,
    has,
    leads,
    members,
    plan,
    planned,
    planned_true,
    raw,
    trusts,
)
from rewardsvc.types import Check


def provider(region: str) -> str:
    """The provider block of a region."""
    return f'provider "aws" {{\n  region = "{region}"\n}}\n'


def label(name: str) -> str:
    """A name as what a block may be called in a configuration."""
    return name.replace("-", "_")


def quoted(values: Iterable[str]) -> str:
    """Texts as the items of a list."""
    return ", ".join(f'"{value}"' for value in values)


def switch(value: bool) -> str:
    """``true`` or ``false``."""
    return str(value).lower()


def role(called: str, name: str, service: str) -> str:
    """An IAM role that a service may assume; ``service`` without ``.amazonaws.com``."""
    return f"""
resource "aws_iam_role" "{called}" {{
  name = "{name}"

  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = {{ Service = "{service}.amazonaws.com" }}
    }}]
  }})
}}
"""


def attachment(called: str, of: str, policy: str) -> str:
    """A managed policy of AWS on a role; ``policy`` is what follows ``policy/`` in its ARN."""
    return f"""
resource "aws_iam_role_policy_attachment" "{called}" {{
  role       = aws_iam_role.{of}.name
  policy_arn = "arn:aws:iam::aws:policy/{policy}"
}}
"""


def subnet_group(type: str, called: str, name: str, subnets: Iterable[str]) -> str:
    """A group of subnets of a type that databases and caches are put into."""
    return f"""
resource "{type}" "{called}" {{
  name       = "{name}"
  subnet_ids = [{quoted(subnets)}]
}}
"""


def queue_policy(queue: str, service: str, source: str) -> str:
    """A policy that lets a service send to a queue on behalf of one resource, ``source``."""
    return f"""
data "aws_iam_policy_document" "{queue}" {{
  statement {{
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.{queue}.arn]

    principals {{
      type        = "Service"
      identifiers = ["{service}.amazonaws.com"]
    }}

    condition {{
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [{source}.arn]
    }}
  }}
}}

resource "aws_sqs_queue_policy" "{queue}" {{
  queue_url = aws_sqs_queue.{queue}.id
  policy    = data.aws_iam_policy_document.{queue}.json
}}
"""


def service_role(name: str, service: str, user: str, argument: str, *, whose: str = "its") -> Need:
    """An IAM role that a service may assume, and that a resource refers to in an argument."""
    principal = f"{service}.amazonaws.com"
    return need(
        f"{whose} IAM role {lit(name)}, assumed by {lit(principal)}",
        f"Create {whose} IAM role {lit(name)}, which {lit(principal)} may assume",
        f"{whose.capitalize()} IAM role is {lit(name)}, a new one that trusts {lit(principal)}",
        pins=[
            planned_true("aws_iam_role", f"name == '{name}' && {trusts(principal)}"),
            leads(user, argument, address("aws_iam_role", f"name == '{name}'")),
        ],
    )


def with_policies(role: str, policies: Sequence[str], *, whose: str = "the role") -> Need:
    """Managed policies of AWS are attached to the role of a name, and no others."""
    arns = [f"arn:aws:iam::aws:policy/{policy}" for policy in policies]
    kind = "aws_iam_role_policy_attachment"
    return need(
        f"managed policies on {whose}: {lits(arns)}",
        f"Attach {lits(arns)} to {whose}",
        f"Give {whose} the managed policies {lits(arns)}",
        pins=[
            *(has(kind, {"policy_arn": arn, "role": role}) for arn in arns),
            plan(
                "length(planned_values.root_module.resources"
                f"[?type=='{kind}' && values.role=='{role}'])",
                len(arns),
            ),
            all_refer(kind, "role", "aws_iam_role"),
        ],
    )


def in_subnets(type: str, path: str, subnets: tuple[str, ...], what: str) -> Need:
    """What a resource of a type is called in the sentences lies in existing subnets."""
    return need(
        f"{what} in the existing subnets {lits(subnets)}",
        f"Put {what} into the existing subnets {lits(subnets)}",
        f"The subnets of {what} exist already: {lits(subnets)}",
        pins=[members(type, path, subnets)],
    )


def in_new_group(type: str, argument: str, group: str, name: str) -> list[Check]:
    """Checks: every resource of a type refers in an argument to a new group of a type and name."""
    return [planned(group, "name", name), all_refer(type, argument, group)]


def in_groups(type: str, path: str, groups: tuple[str, ...], what: str) -> Need:
    """A resource of a type has existing security groups."""
    plural = "s" if len(groups) > 1 else ""
    return need(
        f"existing security group{plural} {lits(groups)} on {what}",
        f"Use the existing security group{plural} {lits(groups)} for {what}",
        f"Guard {what} with the security group{plural} {lits(groups)}, which exist"
        f"{'' if plural else 's'} already",
        pins=[members(type, path, groups)],
    )


_ALLOWS = "(!effect || effect.constant_value == 'Allow')"
"""Condition: a statement of a document does not deny."""


def documented(
    user: tuple[str, str], action: str, principal: str, on: str, source: str = ""
) -> Check:
    """A policy is an ``aws_iam_policy_document`` that allows one principal one action on one type's
    resource, and nothing else.

    ``user``: the type and argument that the document is for. ``on``: the resource's type.
    ``source``: a type that ``aws:SourceArn`` has to be a resource of.
    """
    kind = "Service" if principal.endswith(".amazonaws.com") else "AWS"
    who = f"type.constant_value == '{kind}' && identifiers.constant_value == [{raw(principal)}]"
    parts = [
        f"actions.constant_value == [{raw(action)}]",
        "length(principals) == `1`",
        f"principals[?{who}]",
        f"resources.references[?starts_with(@, '{on}.')]",
        _ALLOWS,
    ]
    if source:
        condition = "condition[?variable.constant_value == 'aws:SourceArn']"
        exact = ("ArnEquals", "ArnLike", "StringEquals")  # of an ARN without wildcards all the same
        tests = f"contains(`{json.dumps(exact)}`, test.constant_value)"
        referred = f"{condition}.values.references[] | [?starts_with(@, '{source}.')]"
        parts += [f"({referred})", f"({condition} | [?{tests}])"]
    document = (
        "(configuration.root_module.resources[?type=='aws_iam_policy_document'"
        f" && length(expressions.statement[?{_ALLOWS}]) == `1`"
        f" && expressions.statement[?{' && '.join(parts)}]] | [0].address)"
    )
    return leads(*user, document)
