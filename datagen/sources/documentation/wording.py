"""Words for resources and arguments: a grammar over names, texts and kinds of values. Pure.

A resource becomes one need: what it is, what it is called, and a clause for each argument. How a
clause reads follows from the argument's name and value: ``retention_in_days = 30`` is kept "for 30
days", ``enable_key_rotation = true`` is "with key rotation enabled".
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from datagen.brief import MARK, lit, lits, num
from datagen.sources.documentation.pages import TypePage
from datagen.sources.documentation.values import (
    Body,
    JsonText,
    Ref,
    Template,
    Value,
    WrittenResource,
    leaves,
)

_MANAGES = r"(?:manag(?:e|ing)|creat(?:e|ing))"
_BEGINS = (
    rf"(?:Resource for {_MANAGES}|Terraform resource for managing|(?:Provides|Manages|Creates"
    r"|Defines|Configures)(?: and (?:manages|creates))?)"
)
_ENDS = (
    r"\.|,|;|:|$|\n| in (?:a|an|the|AWS) | for (?:a|an|the|your|use|AWS) | that | which | to "
    r"| within | - | on (?:a|an|the) | with | using | associated "
)
_KIND = re.compile(
    rf"^{_BEGINS} (?:a |an |the |one )?(?:resource (?:to|for) {_MANAGES} (?:a |an )?)?"
    rf"(?P<kind>[A-Z0-9a-z][^.\n:;,>]*?)(?: resources?)?(?:{_ENDS})",
    re.MULTILINE,
)
"""An introduction's first sentence: "Provides an ECS service - effectively …"."""
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_KINDS: Mapping[str, str] = {
    "aws_vpc": "VPC", "aws_subnet": "subnet", "aws_iam_role": "IAM role",
    "aws_s3_bucket": "S3 bucket",
    "aws_kms_key": "KMS key", "aws_sns_topic": "SNS topic", "aws_sqs_queue": "SQS queue",
    "aws_security_group": "security group", "aws_internet_gateway": "internet gateway",
    "aws_route_table": "route table", "aws_lambda_function": "Lambda function",
    "aws_ssm_parameter": "SSM parameter", "aws_iam_policy": "IAM policy",
    "aws_iam_role_policy_attachment": "role policy attachment", "aws_eip": "Elastic IP",
    "aws_instance": "EC2 instance", "aws_db_instance": "RDS instance",
    "aws_cloudwatch_log_group": "CloudWatch log group", "aws_lb": "load balancer",
    "aws_lb_target_group": "target group", "aws_ecs_cluster": "ECS cluster",
    "aws_route53_zone": "Route 53 hosted zone", "aws_acm_certificate": "ACM certificate",
    "aws_secretsmanager_secret": "Secrets Manager secret", "aws_db_subnet_group": "DB subnet group",
    "aws_efs_file_system": "EFS file system", "aws_dynamodb_table": "DynamoDB table",
    "aws_kinesis_stream": "Kinesis data stream", "aws_network_interface": "network interface",
    "aws_iam_user": "IAM user", "aws_iam_group": "IAM group",
    "aws_launch_template": "launch template",
    "aws_cognito_user_pool": "Cognito user pool", "aws_ebs_volume": "EBS volume",
    "aws_api_gateway_rest_api": "API Gateway REST API",
    "aws_apigatewayv2_api": "API Gateway v2 API",
    "aws_ec2_transit_gateway": "transit gateway", "aws_iam_role_policy": "inline role policy",
}  # fmt: skip
_UPPER = frozenset(
    {
        "id", "arn", "vpc", "kms", "ip", "api", "url", "dns", "ttl", "ssl", "tls", "http", "https",
        "ami", "ebs", "iam", "sns", "sqs", "s3", "az", "cidr", "acl", "db", "ecs", "eks", "ssh",
        "tcp", "udp", "xml", "json", "sql", "mfa", "cpu", "gb", "mb", "ipv4", "ipv6", "waf", "rds",
        "efs", "fsx", "nat", "uri", "os", "ca", "crl", "sse", "saml", "oidc", "bgp", "asn", "vlan",
    }
)  # fmt: skip
_UNITS: tuple[tuple[str, str], ...] = (
    (r"(?:_in)?_days$|^days$", "day"), (r"(?:_in)?_hours$|^hours$", "hour"),
    (r"(?:_in)?_minutes$|^minutes$", "minute"), (r"(?:_in)?_seconds$|^seconds$", "second"),
    (r"(?:_in)?_(?:gb|gib)$", "GB"), (r"(?:_in)?_(?:mb|mib)$", "MB"),
    (r"_percent(?:age)?$", "percent"), (r"(?:_in)?_(?:milliseconds|millis|ms)$", "millisecond"),
    (r"_kb$", "KB"), (r"_bytes$", "byte"),
)  # fmt: skip


def kind_of(page: TypePage) -> str:
    """What a type is, in words: ``ECS service``."""
    if page.type in _KINDS:
        return _KINDS[page.type]
    text = _LINK.sub(r"\1", page.introduction)
    text = re.sub(r"^(?:[>!~-]+ .*(?:\n|$)+)+", "", text)
    found = _KIND.search(text[:400])
    fallback = _type_in_words(page.type)
    if found is None:
        return f"AWS {fallback}" if not fallback.isupper() else fallback
    kind = re.sub(r"\s+", " ", found["kind"]).strip(" `'\"")
    kind = re.sub(r"^(?:individual|new|single|specified) ", "", kind)
    if not page.type.endswith("_resource"):
        kind = re.sub(r"\bResource$|\bresources?\b", "", kind)
    kind = " ".join(kind.split())
    kind = re.sub(r" \([^)]*\)", "", kind)
    odd = "`" in kind or " of " in kind or bool(_ODD.match(f"{kind} "))
    if odd or not 1 <= len(kind.split()) <= 7:
        return f"AWS {fallback}"
    return _singular(kind, page.type)


_ODD = re.compile(r"(?:an?|the|whether|ability|access|custom|default|connection between) ", re.I)


def _singular(kind: str, type: str) -> str:
    """A kind that an introduction has in the plural, where its type is none."""
    if type.endswith("s") or not kind.endswith("s") or kind.endswith(("ss", "us", "is", "AWS")):
        return kind
    return f"{kind[:-3]}y" if kind.endswith("ies") else kind[:-1]


_SERVICES: Mapping[str, str] = {
    "acm": "ACM", "acmpca": "Private CA", "apigatewayv2": "API Gateway", "appconfig": "AppConfig",
    "appmesh": "App Mesh", "appsync": "AppSync", "apprunner": "App Runner", "athena": "Athena",
    "autoscaling": "Auto Scaling", "backup": "Backup", "batch": "Batch", "bedrock": "Bedrock",
    "bedrockagent": "Bedrock Agents", "chime": "Chime", "chimesdkvoice": "Chime SDK Voice",
    "cloudformation": "CloudFormation", "cloudfront": "CloudFront", "cloudtrail": "CloudTrail",
    "cloudwatch": "CloudWatch", "codeartifact": "CodeArtifact", "codebuild": "CodeBuild",
    "codecommit": "CodeCommit", "codedeploy": "CodeDeploy", "codepipeline": "CodePipeline",
    "cognito": "Cognito", "config": "Config", "connect": "Connect", "datasync": "DataSync",
    "datazone": "DataZone", "dx": "Direct Connect", "dynamodb": "DynamoDB", "ec2": "EC2",
    "ecr": "ECR", "elasticache": "ElastiCache", "elb": "ELB", "emr": "EMR", "fsx": "FSx",
    "glue": "Glue", "guardduty": "GuardDuty", "imagebuilder": "Image Builder",
    "inspector2": "Inspector", "iot": "IoT", "kendra": "Kendra", "keyspaces": "Keyspaces",
    "kinesis": "Kinesis", "lakeformation": "Lake Formation", "lambda": "Lambda",
    "lb": "load balancer", "lex": "Lex", "lightsail": "Lightsail", "macie2": "Macie",
    "medialive": "MediaLive", "memorydb": "MemoryDB", "msk": "MSK", "neptune": "Neptune",
    "networkfirewall": "Network Firewall", "networkmanager": "Network Manager",
    "opensearch": "OpenSearch", "opensearchserverless": "OpenSearch Serverless",
    "opsworks": "OpsWorks", "organizations": "Organizations", "pinpoint": "Pinpoint",
    "quicksight": "QuickSight", "ram": "RAM", "redshift": "Redshift",
    "redshiftserverless": "Redshift Serverless", "route53": "Route 53", "sagemaker": "SageMaker",
    "schemas": "EventBridge Schemas", "securityhub": "Security Hub",
    "securitylake": "Security Lake", "servicecatalog": "Service Catalog", "ses": "SES",
    "sesv2": "SES", "sfn": "Step Functions", "shield": "Shield", "signer": "Signer",
    "ssm": "SSM", "ssmcontacts": "Incident Manager", "ssoadmin": "IAM Identity Center",
    "storagegateway": "Storage Gateway", "transfer": "Transfer Family",
    "verifiedaccess": "Verified Access", "vpclattice": "VPC Lattice", "wafv2": "WAF",
    "wafregional": "WAF Regional", "workspaces": "WorkSpaces", "xray": "X-Ray",
}  # fmt: skip
_WHOLE = {
    "sg": "security group",
    "dhcp": "DHCP",
    "gw": "gateway",
    "lb": "load balancer",
    "aws": "AWS",
}


def _type_in_words(type: str) -> str:
    """``aws_guardduty_invite_accepter``: "GuardDuty invite accepter"."""
    first, *rest = type.split("_")[1:]
    words = [_WHOLE.get(word, readable(word)) for word in rest]
    return " ".join([_SERVICES.get(first, _WHOLE.get(first, readable(first))), *words])


def readable(name: str) -> str:
    """An argument's name in words: ``kms_key_arn`` is ``KMS key ARN``."""
    words = [word for word in name.split("_") if word]
    return " ".join(_word(word) for word in words)


def _word(word: str) -> str:
    if word in _UPPER:
        return word.upper()
    if word in _WHOLE:
        return _WHOLE[word]
    return f"{word[:-1].upper()}s" if word[-1] == "s" and word[:-1] in _UPPER else word


def article(noun: str) -> str:
    """A noun with its article: ``an SQS queue``."""
    first = noun.split(maxsplit=1)[0]
    spelled = first.isupper() and len(first) <= 4 and first[0] in "AEFHILMNORSX"
    vowel = first[0].lower() in "aeio" or (
        first[0].lower() == "u" and not re.match(r"(?i)us|uni", first)
    )
    return f"{'an' if (spelled or (vowel and not first.isupper())) else 'a'} {noun}"


def name_argument(resource: WrittenResource) -> str:
    """The argument that a resource is called by: ``name``, or one named for its type
    (``function_name``); "" where it is called nothing."""
    texts = [name for name, value in resource.body.items() if isinstance(value, str)]
    for name in ("name", "bucket", "identifier", "alias", "domain_name"):
        if name in texts:
            return name
    for name in texts:
        stem = re.fullmatch(r"(.+)_(?:name|identifier|alias)", name)
        if stem is not None and stem[1] in resource.type:
            return name
    return ""


@dataclass(frozen=True, slots=True)
class Clause:
    """What an argument asks for, as what stands behind "with"."""

    argument: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """A resource in words: its kind, what it is called, "" for nothing, and its clauses."""

    type: str
    kind: str
    called: str
    clauses: tuple[Clause, ...]
    names: tuple[str, ...]
    """Arguments that ``called`` says."""
    plain: bool
    """Whether the kind alone says which type is meant."""


class Teller:
    """Words the resources of one configuration, values filled in."""

    def __init__(self, resources: Sequence[WrittenResource], pages: Mapping[str, TypePage]) -> None:
        self._resources = {each.address: each for each in resources}
        self._pages = pages

    def told(self, resource: WrittenResource) -> Told:
        """One resource."""
        kind = kind_of(self._pages[resource.type])
        name = name_argument(resource)
        called = str(resource.body[name]) if name else ""
        rest = [(n, v) for n, v in resource.body.items() if n != name]
        texts = self._pages[resource.type].arguments
        clauses = tuple(
            clause for n, v in rest for clause in self._clauses(n, v, unit_in(texts.get(n, "")))
        )
        plain = resource.type in _KINDS
        return Told(resource.type, kind, called, clauses, (name,) if name else (), plain)

    def named(self, ref: Ref) -> str:
        """Another resource, as one speaks of it."""
        other = self._resources.get(ref.address)
        kind = kind_of(self._pages[ref.type])
        if other is None:
            return f"the {kind}"
        alike = [each for each in self._resources.values() if each.type == ref.type]
        if len(alike) > 1:
            told = self.told_name(other)
            return f"the {kind} {lit(told)}" if told else f"the {other.label} {kind}"
        return f"the {kind}"

    def told_name(self, resource: WrittenResource) -> str:
        """What a resource is called; "" for nothing."""
        name = name_argument(resource)
        return str(resource.body[name]) if name else ""

    def _clauses(self, name: str, value: Value, unit: str) -> Iterator[Clause]:
        if name == "assume_role_policy" and (principals := _principals(value)):
            text = f"that {lits(principals)} may assume"
            yield Clause(name, text)
            return
        said = self.said(name, value)
        if unit and isinstance(value, int) and not isinstance(value, bool):
            said = _number(f"{name}_in_{unit}s", "", value)
        if said is not None:
            yield Clause(name, said)

    def said(self, name: str, value: Value) -> str | None:
        """An argument and its value in words; None where there is nothing to say."""
        phrase = readable(name)
        match value:
            case bool():
                return _switch(phrase, value)
            case int() | float():
                return _number(name, phrase, value)
            case str() if name in ("description", "comment"):
                return f"described as {lit(value)}"
            case str():
                return f"{phrase} {lit(value)}" if value else f"empty {phrase}"
            case Ref():
                return self._reference(name, phrase, value)
            case Template():
                return f"{phrase} {lit(self.text(value))}"
            case JsonText():
                return f"{phrase} (JSON) {lit(self.text(value))}"
            case list():
                return self._listed(name, phrase, value)
            case dict():
                items = ", ".join(f"{lit(k)} = {lit(self.text(v))}" for k, v in value.items())
                return f"{phrase} {items}"
        return None

    def _reference(self, name: str, phrase: str, ref: Ref) -> str:
        subject = re.sub(r" (?:IDs?|ARNs?|names?|identifiers?|URLs?)$", "", phrase)
        if ref.attribute in ("id", "arn", "name") and subject.lower() in self.named(ref).lower():
            return (
                f"in {self.named(ref)}"
                if subject in ("VPC", "subnet")
                else f"using {self.named(ref)}"
            )
        return (
            f"{phrase} of {self.named(ref)}"
            if subject != phrase
            else f"{phrase} set to {self.named(ref)}"
        )

    def _listed(self, name: str, phrase: str, value: list[Value]) -> str | None:
        if not value:
            return None
        if all(isinstance(each, dict) for each in value):
            bodies = [self._block(each) for each in value if isinstance(each, dict)]
            if len(bodies) == 1:
                return f"{phrase} ({bodies[0]})" if bodies[0] else f"{article(phrase)} block"
            joined = " and ".join(f"({body})" for body in bodies)
            return f"{num(len(bodies))} {phrase} blocks: {joined}"
        if all(isinstance(each, Ref) for each in value):
            refs = [each for each in value if isinstance(each, Ref)]
            if len(refs) > 1 and len({each.type for each in refs}) == 1:
                everyone = sum(1 for r in self._resources.values() if r.type == refs[0].type)
                kind = kind_of(self._pages[refs[0].type])
                if everyone == len(refs):
                    return f"in both {kind}s" if len(refs) == 2 else f"in all {kind}s"
            if len(refs) == 1:
                return self._reference(name, phrase, refs[0])
            return f"{phrase} of {' and '.join(self.named(each) for each in refs)}"
        if all(isinstance(each, str) for each in value):
            return f"{phrase} {lits([str(each) for each in value])}"
        return f"{phrase} {lit(self.text(value))}"

    def _block(self, body: Body) -> str:
        said = (self.said(name, value) for name, value in body.items())
        return ", ".join(each for each in said if each)

    def text(self, value: Value) -> str:
        """A value as one writes it into a request: references in angle brackets."""
        match value:
            case str():
                return value
            case Ref():
                named = MARK.sub(r"\2", self.named(value)).removeprefix("the ")
                return f"<{value.attribute} of {named}>"
            case Template(parts):
                return "".join(self.text(part) for part in parts)
            case JsonText(inner):
                return json.dumps(self._plain(inner))
        return json.dumps(self._plain(value))

    def _plain(self, value: Value) -> object:
        match value:
            case dict():
                return {key: self._plain(each) for key, each in value.items()}
            case list():
                return [self._plain(each) for each in value]
            case Ref() | Template() | JsonText():
                return self.text(value)
        return value


_UNIT = re.compile(r"\b[Ii]n (second|minute|hour|day)s\b|\b[Nn]umber of (second|minute|hour|day)s")


def unit_in(text: str) -> str:
    """The unit of time that a text names for a number: "second"; "" for none."""
    found = _UNIT.search(text[:160])
    return (found[1] or found[2]) if found else ""


def _switch(phrase: str, value: bool) -> str:
    bare = re.sub(r"^(?:is|enable|enabled|allow) | enabled$|^enable$|^enabled$", "", phrase)
    if phrase in ("disabled", "disable"):
        return "disabled" if value else "not disabled"
    if phrase in ("enabled", "enable", "active"):
        return "enabled" if value else "disabled"
    if phrase.startswith(
        ("force ", "skip ", "use ", "allow ", "auto ", "apply ", "require ", "include ")
    ):
        return f"{phrase} {'on' if value else 'off'}"
    return f"{bare} {'enabled' if value else 'disabled'}"


def _number(name: str, phrase: str, value: float) -> str:
    shown = num(value) if isinstance(value, int) and value >= 0 else lit(str(value))
    for wanted, unit in _UNITS:
        if re.search(wanted, name):
            subject = readable(re.sub(wanted, "", re.sub(wanted, "", name)))
            plural = "" if value == 1 or unit in ("GB", "MB", "KB", "percent") else "s"
            if subject.endswith((" for", " after", " in")):
                return f"{subject} {shown} {unit}{plural}"
            return f"{subject} of {shown} {unit}{plural}" if subject else f"{shown} {unit}{plural}"
    return f"{phrase} {shown}"


def _principals(value: Value) -> list[str]:
    if not isinstance(value, JsonText):
        return []
    found = []
    for way, leaf in leaves(value):
        if "Principal" in way:
            if "Service" not in way or not isinstance(leaf, str):
                return []
            found.append(leaf)
        elif "Condition" in way:
            return []
    return found
