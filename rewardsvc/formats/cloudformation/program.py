"""Lints one template with cfn-lint: a script for a box, see :attr:`sandbox.base.Command.script`.

It reads a template and prints findings as JSON: the rule, the message, the line and the path of
each. What belongs to all templates is loaded at its top: the rules, and the schemas of resources
that most have. Only what makes no verdict depend on the day or on the template itself is asked of
cfn-lint: one region, the rules that are on by default, the date of its schemas, no configuration.
"""

import json
import sys
from datetime import datetime
from importlib.resources import files
from typing import Any

import cfnlint.rules
from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.rules import Rules
from cfnlint.runner import run_template_by_data

REGION = "us-east-1"
"""Every kind of resource is to be had there, and most are nowhere sooner."""

MOST = 500
"""Findings that are told; more earn as little."""

_KNOWN = {
    "AWS::DynamoDB::Table": {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    "AWS::EC2::SecurityGroup": {"GroupDescription": "one", "VpcId": "vpc-0123456789abcdef0"},
    "AWS::EC2::Subnet": {"VpcId": "vpc-0123456789abcdef0", "CidrBlock": "10.0.0.0/24"},
    "AWS::IAM::Role": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    },
    "AWS::Lambda::Function": {
        "Runtime": "python3.14",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::123456789012:role/one",
        "Code": {"ZipFile": "def handler(event, context): ..."},
    },
    "AWS::S3::Bucket": {},
    "AWS::SNS::Topic": {},
    "AWS::SQS::Queue": {},
}

_RULES = Rules.create_from_directory(cfnlint.rules.__path__[0])


def _as_of_the_schemas() -> type[datetime]:
    """A datetime whose today is the day of the schemas: of Lambda's runtimes, rules ask for it."""
    version = json.loads((files("cfnlint.data.schemas") / "version.json").read_text())
    day = datetime.fromisoformat(version["schema_date"]).replace(tzinfo=None)

    class AsOfTheSchemas(datetime):
        @classmethod
        def today(cls) -> datetime:  # type: ignore[override]
            return day

    return AsOfTheSchemas


def _stop_the_clock() -> None:
    today = _as_of_the_schemas()
    for name in ("E2531", "E2533", "W2531"):
        type(_RULES[name]).validate.__globals__["datetime"] = today


def findings(text: str) -> list[dict[str, Any]]:
    """What cfn-lint finds in a template."""
    template, matches = decode_str(text)
    if not matches:
        _forget_configuration(template)
        config = ConfigMixIn([], regions=[REGION])
        matches = list(run_template_by_data(template, config, _RULES))
    return [
        {
            "rule": match.rule.id,
            "message": match.message,
            "line": match.linenumber,
            "path": [str(part) for part in getattr(match, "path", None) or ()],
        }
        for match in matches[:MOST]
    ]


def _forget_configuration(template: Any) -> None:
    """Take out what a template says to cfn-lint: a finding that is hushed up is still one."""
    resources = template.get("Resources") if isinstance(template, dict) else None
    holders = [template, *(resources.values() if isinstance(resources, dict) else ())]
    for holder in holders:
        metadata = holder.get("Metadata") if isinstance(holder, dict) else None
        if isinstance(metadata, dict):
            metadata.pop("cfn-lint", None)


def main() -> int:
    """Lint what is read."""
    json.dump(findings(sys.stdin.buffer.read().decode()), sys.stdout)
    return 0


_stop_the_clock()
findings(
    json.dumps(
        {
            "Resources": {
                f"R{number}": {"Type": kind, "Properties": properties}
                for number, (kind, properties) in enumerate(_KNOWN.items())
            }
        }
    )
)

if __name__ == "__main__":
    sys.exit(main())
