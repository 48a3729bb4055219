# ruff: noqa: E501 - a table of texts
"""CloudFormation templates: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases, Words
from tests.rewardsvc.formats.growth import around, many, nested

_ANSWER = """
Parameters:
  Keep: {Type: Number, Default: 14, AllowedValues: [7, 14]}
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      LifecycleConfiguration:
        Rules: [{Status: Enabled, ExpirationInDays: !Ref Keep}]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Logs
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Deny
            Principal: "*"
            Action: s3:*
            Resource: [!GetAtt Logs.Arn, !Sub "${Logs.Arn}/*"]
            Condition: {Bool: {"aws:SecureTransport": false}}
Outputs:
  Arn: {Value: !GetAtt Logs.Arn}
  Where: {Value: !Sub "s3://${Logs}/all"}
"""

_QUEUE = "Type: AWS::SQS::Queue"

_CLOUDFORMATION: Mapping[str, Callable[[int], str]] = {
    "resources": around("Resources:\n", many("  R{i}: {Type: AWS::SQS::Queue}\n")),
    "resources under conditions": lambda size: (
        "Conditions:\n"
        + many("  C{i}: !Equals [a, b]\n")(size)
        + "Resources:\n"
        + many("  R{i}: {Type: AWS::SQS::Queue, Condition: C{i}}\n")(size)
    ),
    "conditions of conditions": lambda size: (
        "Conditions:\n  C0: !Equals [!Ref P, b]\n"
        + "".join(
            f"  C{i}: !And [!Condition C{i - 1}, !Condition C{i - 1}]\n"
            for i in range(1, size // 50)
        )
        + f"Resources:\n  R: {{{_QUEUE}, Condition: C{size // 50 - 1}}}\n"
    ),
    "a condition of itself": around(
        "Conditions:\n",
        many("  C{i}: !Not [!Condition C{i}]\n"),
        f"Resources:\n  R: {{{_QUEUE}}}\n",
    ),
    "a choice among many": lambda size: (
        "Parameters:\n  P:\n    Type: String\n    AllowedValues:\n"
        + many("      - v{i}\n")(size)
        + "Conditions:\n"
        + many("  C{i}: !Equals [!Ref P, w{i}]\n")(size)
        + "Resources:\n"
        + many("  R{i}: {Type: AWS::SQS::Queue, Condition: C{i}}\n")(size)
    ),
    "branches in branches": around(
        f"Conditions: {{C: !Equals [a, b]}}\nResources:\n  R:\n    {_QUEUE}\n    Properties:\n      A: ",
        nested("{Fn::If: [C, 1, ", "]}", "2"),
    ),
    "branches": around(
        f"Conditions: {{C: !Equals [a, b]}}\nResources:\n  R:\n    {_QUEUE}\n    Properties:\n",
        many("      A{i}: !If [C, !Ref AWS::NoValue, 2]\n"),
    ),
    "joined texts": around(
        "Conditions:\n  C: !Equals [b, !Join [a, [",
        "a, ",
        f"a]]]\nResources:\n  R: {{{_QUEUE}, Condition: C}}\n",
    ),
    "loops": around(
        "Resources:\n", many("  Fn::ForEach::L{i}: [N, [a], {R{i}: {Type: AWS::SQS::Queue}}]\n")
    ),
    "loops in loops": around("Resources: ", nested("{Fn::ForEach::L: [N, [a], ", "]}", "{}")),
    "attributes": around(
        f"Resources:\n  R:\n    {_QUEUE}\n    Properties:\n", many("      A{i}: !GetAtt B.C.D\n")
    ),
    "tabs in JSON": around('{"Resources": {', "\n\t\t\t", '"R": {"Type": "AWS::SQS::Queue"}}}'),
    "metadata": around("Resources:\n", many("  R{i}: {Type: AWS::SQS::Queue, Metadata: a}\n")),
}

_WORDS: Words = [
    ("resource_of_type", [
        ({"resource": "Logs", "type": "AWS::S3::Bucket"}, True),
        ({"resource": "Policy", "type": "AWS::S3::Bucket"}, False),
        ({"resource": "Other", "type": "AWS::S3::Bucket"}, False),
    ]),
    ("type_has", [
        ({"type": "AWS::S3::Bucket", "path": "VersioningConfiguration.Status",
          "value": "Enabled"}, True),
        ({"type": "AWS::S3::BucketPolicy", "path": "VersioningConfiguration.Status",
          "value": "Enabled"}, False),
        ({"type": "AWS::S3::Bucket", "path": "VersioningConfiguration.Status",
          "value": "Suspended"}, False),
    ]),
    ("property_is", [
        ({"resource": "Policy", "path": "PolicyDocument.Statement[0].Effect",
          "value": "Deny"}, True),
        ({"resource": "Logs", "path": "PolicyDocument.Statement[0].Effect",
          "value": "Deny"}, False),
    ]),
    ("property_refers", [
        ({"resource": "Policy", "path": "Bucket", "to": "Logs", "attribute": ""}, True),
        ({"resource": "Policy", "path": "PolicyDocument.Statement[0].Resource[0]", "to": "Logs",
          "attribute": "Arn"}, True),
        ({"resource": "Policy", "path": "PolicyDocument.Statement[0].Resource[1]", "to": "Logs",
          "attribute": "Arn"}, True),
        ({"resource": "Logs", "path": "LifecycleConfiguration.Rules[0].ExpirationInDays",
          "to": "Keep", "attribute": ""}, True),
        ({"resource": "Policy", "path": "Bucket", "to": "Logs", "attribute": "Arn"}, False),
        ({"resource": "Policy", "path": "Bucket", "to": "Keep", "attribute": ""}, False),
    ]),
    ("output_refers", [
        ({"output": "Arn", "to": "Logs", "attribute": "Arn"}, True),
        ({"output": "Where", "to": "Logs", "attribute": ""}, True),
        ({"output": "Where", "to": "Logs", "attribute": "Arn"}, False),
    ]),
    ("parameter_has", [
        ({"parameter": "Keep", "path": "Default", "value": 14}, True),
        ({"parameter": "Keep", "path": "Default", "value": "14"}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_CLOUDFORMATION,
    telling=(
        "a choice among many",
        "branches in branches",
        "conditions of conditions",
        "joined texts",
        "loops in loops",
        "resources under conditions",
        "tabs in JSON",
    ),
    answer=_ANSWER,
    words=_WORDS,
)
