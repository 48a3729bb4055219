"""Terraform configurations: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases, Words, has
from tests.rewardsvc.formats.growth import around, fenced, many, nested

_ANSWER = """
provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "main" }
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.this.id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  security_group_id = aws_security_group.web.id
  from_port         = 22
  to_port           = 22
  ip_protocol       = "tcp"
  cidr_ipv4         = "10.0.0.0/8"
}

resource "aws_vpc_security_group_ingress_rule" "all" {
  security_group_id = aws_security_group.web.id
  from_port         = 0
  to_port           = 9000
  ip_protocol       = "tcp"
  cidr_ipv4         = "192.168.0.0/16"
}

output "vpc" {
  value = aws_vpc.this.id
}
"""

_RESOURCE = 'resource "aws_s3_bucket" "a" {\n'

_TERRAFORM: Mapping[str, Callable[[int], str]] = {
    "resources": many('resource "aws_s3_bucket" "b{i}" {}\n'),
    "attributes": around(_RESOURCE, many("  a{i} = 1\n"), "}\n"),
    "variables": lambda size: many('variable "v{i}" {}\n')(size) + _RESOURCE + "}\n",
    "used variables": lambda size: (
        many('variable "v{i}" {}\n')(size) + _RESOURCE + many("  a{i} = var.v{i}\n")(size) + "}\n"
    ),
    "variables used by themselves": lambda size: (
        _RESOURCE
        + "}\n"
        + 'variable "v" {\n  a = ['
        + "var.v, " * (size // 7)
        + "]\n}\n"
        + many('variable "v" {}\n')(size)
    ),
    "one variable many times": lambda size: (
        _RESOURCE + "}\nlocals {\n" + many("  a = local.a\n")(size) + "}\n"
    ),
    "locals": lambda size: _RESOURCE + "}\nlocals {\n" + many("  a{i} = {i}\n")(size) + "}\n",
    "data sources": lambda size: _RESOURCE + "}\n" + many('data "aws_ami" "d{i}" {}\n')(size),
    "secrets": around(_RESOURCE, many('  password = "a{i}"\n'), "}\n"),
    "requirements of another version": around(
        "terraform {\n  required_providers {\n",
        many('    p{i} = { source = "hashicorp/aws", version = "~> 1.{i}" }\n'),
        "  }\n}\n" + _RESOURCE + "}\n",
    ),
    "providers of another version": lambda size: (
        many('provider "aws" {\n  version = "~> 1.{i}"\n}\n')(size) + _RESOURCE + "}\n"
    ),
    "items of an object": around(_RESOURCE + "  a = {", many(" password{i} = 1,"), "}\n}\n"),
    "one item": around(_RESOURCE + "  a = { ", "a", " = 1 }\n}\n"),
    "an open item": around(_RESOURCE + "  a = { password = ", '"a\\', "\n}\n}\n"),
    "keys": around(_RESOURCE + '  a = "', "AKIA", '"\n}\n'),
    "private keys": around(_RESOURCE + '  a = "-----BEGIN ', "A ", '"\n}\n'),
    "private keys begun": around(_RESOURCE + '  a = "', "-----BEGIN A ", '"\n}\n'),
    "nested blocks": around("", nested("a {\n", "}\n")),
    "nested objects": around(_RESOURCE + "  a = ", nested("{ a = ", " }", "1"), "\n}\n"),
    "nested lists": around(_RESOURCE + "  a = ", nested("[", "]"), "\n}\n"),
    "nested calls": around(_RESOURCE + "  a = ", nested("f(", ")"), "\n}\n"),
    "nested templates": around(_RESOURCE + "  a = ", nested('"${', '}"', "a"), "\n}\n"),
    "templates": around(_RESOURCE + '  a = "', "${a}", '"\n}\n'),
    "open templates": around(_RESOURCE + '  a = "', "${", '"\n}\n'),
    "operators": around(_RESOURCE + "  a = ", "1 + ", "1\n}\n"),
    "a long text": around(_RESOURCE + '  a = "', "a ", '"\n}\n'),
    "a long name": around(_RESOURCE, "a", " = 1\n}\n"),
    "dots": around(_RESOURCE + "  a = a", ".a", "\n}\n"),
    "references": around(_RESOURCE + "  a = [", "var.", "]\n}\n"),
    "spaced references": around(_RESOURCE + "  a = var", " ", "\n}\n"),
    "data references": around(_RESOURCE + "  a = [", "data.a", "]\n}\n"),
    "comments": around("", many("# comment {i}\n"), _RESOURCE + "}\n"),
    "open comments": around(_RESOURCE, "/* a */ ", "}\n"),
    "comments of blocks": around("", many("/* a {i} */\n"), _RESOURCE + "}\n"),
    "heredocs": around(_RESOURCE, many("  a{i} = <<E\n  x\n  E\n"), "}\n"),
    "a long heredoc": around(_RESOURCE + "  a = <<E\n", many("  x {i}\n"), "E\n}\n"),
    "an open heredoc": around(_RESOURCE + "  a = <<E\n", many("  x {i}\n"), "}\n"),
    "spaces of a heredoc": around(_RESOURCE + "  a = <<E\n", " ", "\nE\n}\n"),
    "white space in brackets": around(_RESOURCE + "  a = [", " \n", "]\n}\n"),
    "requirements": around(
        "terraform {\n  required_providers {\n",
        many('    p{i} = { source = "a/b{i}", version = "~> 1.{i}" }\n'),
        "  }\n}\n" + _RESOURCE + "}\n",
    ),
    "backends": lambda size: (
        "terraform {\n" + many('  backend "s3" {}\n')(size) + "}\n" + _RESOURCE + "}\n"
    ),
    "versions": lambda size: (
        many('terraform {\n  required_version = "< 0.{i}"\n}\n')(size) + _RESOURCE + "}\n"
    ),
    "a wide version": around(
        'terraform {\n  required_version = "', " ", 'x"\n}\n' + _RESOURCE + "}\n"
    ),
    "terms of a version": around(
        'terraform {\n  required_version = "', ">0, ", '>0"\n}\n' + _RESOURCE + "}\n"
    ),
    "parts of a version": around(
        'terraform {\n  required_version = "1', ".1", '"\n}\n' + _RESOURCE + "}\n"
    ),
    "modules": lambda size: (
        _RESOURCE + "}\n" + many('module "m{i}" {\n  source = "a/b{i}/c"\n}\n')(size)
    ),
    "local modules": lambda size: (
        _RESOURCE + "}\n" + many('module "m{i}" {\n  source = "./m{i}"\n}\n')(size)
    ),
    "remote states": lambda size: (
        _RESOURCE + "}\n" + many('data "terraform_remote_state" "s{i}" {}\n')(size)
    ),
    "providers": lambda size: (
        many('provider "aws" {\n  alias = "a{i}"\n}\n')(size) + _RESOURCE + "}\n"
    ),
    "labels": around("resource", ' "a"', " {}\n"),
}

_JSON_HEAD = '{"resource": {"aws_s3_bucket": {"a": {"bucket": "b"}}}, '

_TERRAFORM_JSON: Mapping[str, Callable[[int], str]] = {
    "properties": around(_JSON_HEAD + '"locals": {', many('"a{i}": 1, '), '"z": 1}}\n'),
    "variables": around(_JSON_HEAD + '"variable": {', many('"a{i}": {}, '), '"z": {}}}\n'),
    "lists": around(_JSON_HEAD + '"locals": [', many('{"a{i}": 1}, '), '{"z": 1}]}\n'),
    "a long text": around(_JSON_HEAD + '"locals": {"a": "', "a", '"}}\n'),
    "an open text": around(_JSON_HEAD + '"locals": {"a": "', '\\"', "\n"),
    "a nested list": around(_JSON_HEAD + '"locals": {"a": ', "[", "\n"),
    "white space": around(_JSON_HEAD, " ", "}\n"),
    "backends": around(
        _JSON_HEAD + '"terraform": [', many('{"backend": {"s{i}": {}}}, '), "{}]}\n"
    ),
    "digits": around(_JSON_HEAD + '"locals": {"a": ', "1", "}}\n"),
}

_COMPLETIONS = {
    f"JSON: {name}": fenced("hcl path=main.tf.json", grow) for name, grow in _TERRAFORM_JSON.items()
}

_WORDS: Words = [
    ("resource_exists", [
        ({"type": "aws_vpc", **has("cidr_block", "10.0.0.0/16")}, True),
        ({"type": "aws_vpc", **has("enable_dns_hostnames", True)}, True),
        ({"type": "aws_vpc", **has("enable_dns_hostnames", 1)}, False),
        ({"type": "aws_vpc", **has("enable_dns_hostnames", "true")}, False),
        ({"type": "aws_vpc", **has("cidr_block", "10.0.0.0/8")}, False),
        ({"type": "aws_subnet", "attributes": []}, False),
    ]),
    ("resource_count", [
        ({"type": "aws_vpc_security_group_ingress_rule", "count": 2}, True),
        ({"type": "aws_vpc_security_group_ingress_rule", "count": 1}, False),
    ]),
    ("resource_references", [
        ({"type": "aws_security_group", "argument": "vpc_id", "to": "aws_vpc"}, True),
        ({"type": "aws_security_group", "argument": "vpc_id", "to": "aws_subnet"}, False),
        ({"type": "aws_subnet", "argument": "vpc_id", "to": "aws_vpc"}, False),
    ]),
    ("rule_exposes", [
        ({"port": 443, "cidr": "0.0.0.0/0", "protocol": "tcp"}, True),
        ({"port": 22, "cidr": "10.0.0.0/8", "protocol": "tcp"}, True),
        ({"port": 22, "cidr": "0.0.0.0/0", "protocol": "tcp"}, False),
        ({"port": 22, "cidr": "10.0.0.0/8", "protocol": "udp"}, False),
        ({"port": 9000, "cidr": "192.168.0.0/16", "protocol": "tcp"}, False),
    ]),
    ("provider_configured", [
        ({"provider": "aws", "argument": "region", "value": "eu-west-1"}, True),
        ({"provider": "aws", "argument": "region", "value": "us-east-1"}, False),
    ]),
    ("output_exists", [({"name": "vpc"}, True), ({"name": "vp"}, False)]),
    ("changes_only", [
        ({"changes": []}, False),
        ({"changes": [{"resource": "aws_vpc.this", "actions": ["create"]}]}, False),
        ({"changes": [
            {"resource": "aws_vpc.this", "actions": ["create"]},
            {"resource": "aws_security_group", "actions": ["update", "create"]},
            {"resource": "aws_vpc_security_group_ingress_rule", "actions": ["create"]},
        ]}, True),
    ]),
    ("resource_changes", [
        ({"resource": "aws_vpc", "actions": ["update", "create"]}, True),
        ({"resource": "aws_vpc", "actions": ["update"]}, False),
        ({"resource": "aws_subnet", "actions": ["create"]}, False),
    ]),
]  # fmt: skip

CASES = FormatCases(
    growing=_TERRAFORM,
    completions=_COMPLETIONS,
    telling=(
        "a wide version",
        "an open item",
        "JSON: backends",
        "keys",
        "nested templates",
        "one item",
        "providers of another version",
        "remote states",
        "requirements of another version",
        "used variables",
    ),
    answer=_ANSWER,
    words=_WORDS,
)
