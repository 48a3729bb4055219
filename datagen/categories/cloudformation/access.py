"""CloudFormation, who may do what: a role that reads or writes below a prefix of a bucket."""

import json
from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need
from datagen.categories.cloudformation.templates import (
    HEAD,
    gives,
    parameter_is,
    pascal,
    tagged,
    typed,
)
from datagen.pins import documents
from datagen.topic import Topic
from datagen.vocabulary import named
from rewardsvc.types import Check


@dataclass(frozen=True, slots=True)
class StackRole:
    """A role for a service, and what it may do with objects."""

    role: str
    service: str
    actions: tuple[str, ...]
    prefix: str
    duration: int
    team: str


_ACTIONS = (
    ("s3:GetObject",),
    ("s3:GetObject", "s3:GetObjectVersion"),
    ("s3:PutObject",),
    ("s3:GetObject", "s3:PutObject"),
    ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
)


def _sample(rng: Random) -> StackRole:
    return StackRole(
        role=f"{pascal(named(rng, 'task', 'reader', 'loader', 'archiver', 'service'))}Role",
        service=rng.choice(
            (
                "ecs-tasks.amazonaws.com",
                "ec2.amazonaws.com",
                "lambda.amazonaws.com",
                "glue.amazonaws.com",
                "states.amazonaws.com",
            )
        ),
        actions=rng.choice(_ACTIONS),
        prefix=rng.choice(("incoming", "exports", "raw", "reports", "uploads", "archive")),
        duration=rng.choice((3600, 7200, 14400, 28800, 43200)),
        team=rng.choice(("data", "platform", "payments", "growth", "search")),
    )


def _brief(s: StackRole) -> Brief:
    role = f"[0].Resources.{s.role}.Properties"
    statements = f"{role}.Policies[].PolicyDocument.Statement[]"
    below = lit(f"{s.prefix}/")
    trust = f"{role}.AssumeRolePolicyDocument.Statement[]"
    return Brief(
        need(
            f"CloudFormation template for the IAM role {lit(s.role)} of {lit(s.service)}",
            f"a CloudFormation template with an IAM role, logical id {lit(s.role)}, that"
            f" {lit(s.service)} may assume",
            f"a template for CloudFormation that makes the IAM role {lit(s.role)} (its logical id)"
            f" for {lit(s.service)}",
            pins=[
                typed(s.role, "AWS::IAM::Role"),
                documents(
                    f"{trust} | length(@) == `1` && [0].Effect == 'Allow'"
                    f" && [[0].Principal.Service][] == `{json.dumps([s.service])}`"
                    f" && [[0].Action][] == `{json.dumps(['sts:AssumeRole'])}`"
                ),
            ],
        ),
        (
            need(
                f"an inline policy that allows {lits(s.actions)} and nothing else",
                f"An inline policy allows {lits(s.actions)}, and nothing beside that",
                f"It may do {lits(s.actions)} by an inline policy, and nothing more",
                pins=[
                    documents(
                        f"{statements} | length(@) == `1` && [0].Effect == 'Allow'"
                        f" && sort([[0].Action][]) == `{json.dumps(sorted(s.actions))}`"
                    ),
                    documents(
                        f"length({role}.ManagedPolicyArns || `[]`) == `0`"
                        f" && length({role}.Policies) == `1`"
                    ),
                ],
            ),
            need(
                f"objects only below {below} of the bucket in the parameter BucketName",
                f"The policy covers objects below {below} in the bucket whose name the parameter"
                " BucketName gives",
                f"The only objects it may touch are those below {below} of the bucket"
                " that the parameter BucketName names",
                pins=[parameter_is("BucketName", "Type", "String"), _below(statements, s.prefix)],
            ),
            need(
                f"sessions of {s.duration} seconds at most",
                f"Its sessions last {s.duration} seconds at most (MaxSessionDuration)",
                f"MaxSessionDuration is {s.duration} seconds",
                pins=[documents(f"to_number({role}.MaxSessionDuration)", s.duration)],
            ),
            need(
                f"tag team = {lit(s.team)}",
                f"Tag it with team {lit(s.team)}",
                f"The tag team is {lit(s.team)}",
                pins=[tagged(s.role, "team", s.team)],
            ),
            gives("RoleArn", s.role, "Arn"),
        ),
    )


def _below(statements: str, prefix: str) -> Check:
    """The one resource of a policy is what lies below a prefix of the parameter's bucket."""
    resource = f"({statements} | [0].Resource | [@][] | [0])"
    forms = [
        json.dumps({"Fn::Sub": f"arn:{partition}:s3:::${{BucketName}}/{prefix}/*"})
        for partition in ("${AWS::Partition}", "aws")
    ]
    joined = json.dumps(
        {"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "BucketName"}, f"/{prefix}/*"]]}
    )
    either = " || ".join(f"{resource} == `{form}`" for form in (*forms, joined))
    return documents(f"length({statements} | [0].Resource | [@][]) == `1` && ({either})")


def _answer(s: StackRole) -> str:
    actions = "".join(f"                  - {action}\n" for action in s.actions)
    return f"""\
{HEAD}\
Parameters:
  BucketName:
    Type: String
Resources:
  {s.role}:
    Type: AWS::IAM::Role
    Properties:
      MaxSessionDuration: {s.duration}
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              Service: {s.service}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: grant
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action:
{actions}\
                Resource: !Sub arn:${{AWS::Partition}}:s3:::${{BucketName}}/{s.prefix}/*
      Tags:
        - Key: team
          Value: {s.team}
Outputs:
  RoleArn:
    Value: !GetAtt {s.role}.Arn
"""


TOPIC = Topic(
    name="cfn-role-policy",
    format="cloudformation",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
