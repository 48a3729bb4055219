"""The Terraform verifier: its ladder, the ``config`` that checks see, and what has substance."""

import time
from collections.abc import Mapping
from typing import Any, TypeAlias

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.terraform.config import MAX_CHARACTERS, read_config
from rewardsvc.formats.terraform.lint import warnings_of
from rewardsvc.formats.terraform.vacuity import plans_nothing, why_vacuous
from rewardsvc.formats.terraform.verifier import TerraformVerifier
from rewardsvc.types import Component, Stage, StageStatus, Target
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.errors import ToolMissing
from sandbox.hcl.addresses import AWS
from tests.needs import lacks

real_tools = pytest.mark.asyncio(loop_scope="module")

BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = "verifier-test"\n}\n'
PASSED, FAILED, SKIPPED = StageStatus.PASSED, StageStatus.FAILED, StageStatus.SKIPPED

Place: TypeAlias = tuple[str, str, int]
"""Stage, file and line of an error."""


def artifact(files: Mapping[str, str]) -> Artifact:
    return Artifact(tuple(File(path, "hcl", text) for path, text in files.items()))


async def findings_of(workbench: Workbench, files: str | Mapping[str, str]) -> Findings:
    if AWS not in workbench.toolchain.providers or workbench.terraform is None:
        lacks("terraform", "no terraform or no AWS provider: set ASSAY_TERRAFORM_MIRROR")
    given = {"main.tf": files} if isinstance(files, str) else files
    return await TerraformVerifier().verify(artifact(given), workbench)


def statuses(findings: Findings) -> dict[str, StageStatus]:
    return {stage.name: stage.status for stage in findings.stages}


def stage_of(findings: Findings, name: str) -> Stage:
    return next(stage for stage in findings.stages if stage.name == name)


def errors(findings: Findings) -> list[tuple[str, str, int]]:
    return [
        (stage.name, found.file, found.line)
        for stage in findings.stages
        for found in stage.diagnostics
        if found.severity == "error"
    ]


@real_tools
async def test_a_good_configuration_passes_every_rung(workbench: Workbench) -> None:
    found = await findings_of(workbench, BUCKET)
    assert [(stage.name, stage.component, stage.status) for stage in found.stages] == [
        ("parse", Component.SYNTAX, PASSED),
        ("validate", Component.SYNTAX, PASSED),
        ("plan", Component.CORRECTNESS, PASSED),
        ("fmt", Component.FORMAT, PASSED),
        ("lint", Component.FORMAT, PASSED),
    ]
    assert all(stage.score == 1.0 for stage in found.stages)
    notes = [note.message for note in stage_of(found, "validate").diagnostics]
    toolchain = workbench.toolchain
    assert notes == [
        f"terraform {toolchain.require('terraform').version}",
        f"hashicorp/aws {toolchain.provider_versions[AWS]}",
    ]
    plan = found.projections[Target.PLAN]
    assert plan["resource_changes"][0]["address"] == "aws_s3_bucket.a"
    config = found.projections[Target.CONFIG]
    assert config["resource"][0]["aws_s3_bucket"]["a"]["bucket"] == "verifier-test"


BROKEN: Mapping[str, tuple[str | Mapping[str, str], dict[str, StageStatus], list[Place]]] = {
    "does not parse": (
        'resource "aws_s3_bucket" "a" {\n  bucket = \n}\n',
        {"parse": FAILED, "validate": SKIPPED, "plan": SKIPPED, "fmt": SKIPPED, "lint": SKIPPED},
        [("parse", "main.tf", 2)],
    ),
    "unknown argument": (
        'resource "aws_s3_bucket" "a" {\n  bucket = "a"\n  colour = "red"\n}\n',
        {"parse": PASSED, "validate": FAILED, "plan": SKIPPED, "fmt": PASSED, "lint": PASSED},
        [("validate", "main.tf", 3)],
    ),
    "two mistakes": (
        'resource "aws_s3_bucket" "a" {\n  shape  = "round"\n  colour = "red"\n}\n',
        {"parse": PASSED, "validate": FAILED, "plan": SKIPPED, "fmt": PASSED, "lint": PASSED},
        [("validate", "main.tf", 3), ("validate", "main.tf", 2)],
    ),
    "only the plan fails": (
        'data "aws_s3_bucket" "b" {\n  bucket = "verifier-test-nowhere"\n}\n' + BUCKET,
        {"parse": PASSED, "validate": PASSED, "plan": FAILED, "fmt": PASSED, "lint": FAILED},
        [("plan", "main.tf", 1)],
    ),
    "in a module": (
        {
            "main.tf": 'module "m" {\n  source = "./m"\n}\n',
            "m/main.tf": 'resource "aws_s3_bucket" "a" {\n  colour = "red"\n}\n',
        },
        {"parse": PASSED, "validate": FAILED, "plan": SKIPPED, "fmt": PASSED, "lint": PASSED},
        [("validate", "m/main.tf", 2)],
    ),
    "formatted badly": (
        {"main.tf": BUCKET, "other.tf": 'output "a" {\nvalue=1\n}\n'},
        {"parse": PASSED, "validate": PASSED, "plan": PASSED, "fmt": FAILED, "lint": PASSED},
        [("fmt", "other.tf", 0)],
    ),
}


@real_tools
@pytest.mark.parametrize("name", BROKEN)
async def test_a_mistake_fails_its_rung_and_says_where(name: str, workbench: Workbench) -> None:
    files, expected, places = BROKEN[name]
    found = await findings_of(workbench, files)
    assert statuses(found) == expected
    assert sorted(errors(found)) == sorted(places)
    assert found.parsed is (expected["parse"] is PASSED)
    assert found.fault is None


@real_tools
async def test_fewer_mistakes_earn_more(workbench: Workbench) -> None:
    scores = []
    for count in (0, 1, 2, 3):
        wrong = "".join(f"  wrong_{number} = 1\n" for number in range(count))
        text = f'resource "aws_s3_bucket" "a" {{\n  bucket = "a"\n{wrong}}}\n'
        scores.append(stage_of(await findings_of(workbench, text), "validate").score)
    assert scores == sorted(set(scores), reverse=True)
    assert scores[0] == 1.0


@real_tools
async def test_a_plan_that_fails_earns_nothing_for_it(workbench: Workbench) -> None:
    text = 'data "aws_s3_bucket" "b" {\n  bucket = "verifier-test-nowhere"\n}\n' + BUCKET
    assert stage_of(await findings_of(workbench, text), "plan").score == 0.0


@real_tools
async def test_what_concerns_our_machine_is_overlooked_and_said(workbench: Workbench) -> None:
    text = 'terraform {\n  required_version = "~> 0.12"\n  backend "s3" {}\n}\n' + BUCKET
    found = await findings_of(workbench, text)
    assert statuses(found)["plan"] is PASSED
    notes = [note.message for note in stage_of(found, "validate").diagnostics]
    assert [note for note in notes if note.startswith("overlooked: ")] == [
        'overlooked: terraform version "~> 0.12" '
        f"(this is {workbench.toolchain.require('terraform').version})",
        'overlooked: backend "s3"',
    ]


BOMBS = {
    "a value": (
        """locals {
  kilo = join("", [for i in range(1024) : "0123456789"])
  mega = join("", [for i in range(1024) : local.kilo])
  giga = join("", [for i in range(1024) : local.mega])
}
output "length" {
  value = length(local.giga)
}
""",
        "validate",
    ),
    "brackets": ("locals {\n  a = " + "[" * 200_000 + "]" * 200_000 + "\n}\n", "parse"),
}


@real_tools
@pytest.mark.parametrize("name", BOMBS)
async def test_a_configuration_that_devours_memory_is_its_own_fault(
    name: str, workbench: Workbench
) -> None:
    text, ended = BOMBS[name]
    found = await findings_of(workbench, BUCKET + text)
    stage = stage_of(found, ended)
    assert found.fault is None
    assert stage.status is FAILED
    assert "ran out of memory" in stage.diagnostics[0].message
    assert stage_of(found, "plan").score == 0.0


@real_tools
async def test_what_only_the_plan_can_tell_is_vacuous_too(workbench: Workbench) -> None:
    text = (
        'variable "n" {\n  default = 0\n}\n\nresource "aws_s3_bucket" "a" {\n  count = var.n\n}\n'
    )
    found = await findings_of(workbench, text)
    assert found.vacuous == "the plan creates no resource"
    assert set(statuses(found).values()) == {PASSED, SKIPPED}


@real_tools
async def test_what_is_vacuous_needs_no_terraform(workbench: Workbench) -> None:
    without = Workbench(workbench.sandbox, workbench.toolchain, terraform=None)
    files = artifact({"main.tf": 'variable "a" {}\n'})
    found = await TerraformVerifier().verify(files, without)
    assert found.vacuous == "there is no resource in it"
    assert statuses(found) == {
        "parse": PASSED,
        "validate": SKIPPED,
        "plan": SKIPPED,
        "fmt": SKIPPED,
        "lint": SKIPPED,
    }
    with pytest.raises(ToolMissing):
        await TerraformVerifier().verify(artifact({"main.tf": BUCKET}), without)


COUNTED = 'resource "aws_s3_bucket" "a" {\n  count = %s\n}\n'

VACUOUS = {
    "nothing": ("", "there is no resource in it"),
    "comments": ("# a bucket\n/* and more */\n", "there is no resource in it"),
    "data sources": ('data "aws_region" "a" {}\n', "there is no resource in it"),
    "variables and outputs": (
        'variable "a" {}\noutput "a" {\n  value = var.a\n}\n',
        "there is no resource in it",
    ),
    "what stays on the machine": (
        'resource "random_pet" "a" {}\nresource "local_file" "b" {\n  content = "x"\n}\n'
        'resource "time_static" "c" {}\nresource "terraform_data" "d" {\n'
        '  provisioner "local-exec" {\n    command = "aws s3 mb s3://a"\n  }\n}\n',
        "nothing but local_file, random_pet, terraform_data, time_static",
    ),
    "null_resource": ('resource "null_resource" "a" {}\n', "nothing but null_resource"),
    "count = 0": ('resource "aws_vpc" "a" {\n  count = 0\n}\n', "every resource is behind"),
    "count = (0)": ('resource "aws_vpc" "a" {\n  count = (0)\n}\n', "every resource is behind"),
    "empty set": (
        'resource "aws_vpc" "a" {\n  for_each = toset([])\n}\n',
        "every resource is behind",
    ),
    "empty map": ('resource "aws_vpc" "a" {\n  for_each = {}\n}\n', "every resource is behind"),
    "remote module": (
        'module "a" {\n  source = "x/y/aws"\n}\n',
        "everything is in a remote module",
    ),
    "a known module, behind count = 0": (
        'module "a" {\n  count  = 0\n  source = "terraform-aws-modules/vpc/aws"\n}\n',
        "everything is in a remote module",
    ),
    "remote module and null_resource": (
        'module "a" {\n  source = "git::https://x/y"\n}\nresource "null_resource" "a" {}\n',
        "everything is in a remote module",
    ),
}


@pytest.mark.parametrize("name", VACUOUS)
def test_a_configuration_without_substance_says_why(name: str) -> None:
    text, why = VACUOUS[name]
    assert why_vacuous({"main.tf": text.encode()}).startswith(why)


@pytest.mark.parametrize(
    "text",
    [
        BUCKET,
        'resource "aws_vpc" "a" {\n  count = 1\n}\n',
        'resource "aws_vpc" "a" {\n  count = var.n\n}\n',
        'resource "aws_vpc" "a" {\n  count = 0\n}\nresource "aws_vpc" "b" {}\n',
        'resource "aws_vpc" "a" {\n  for_each = toset(["a"])\n}\n',
        'module "a" {\n  source = "x/y/aws"\n}\n' + BUCKET,
        'module "a" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n',
        'module "a" {\n  source = "terraform-aws-modules/iam/aws//modules/iam-role"\n}\n',
        'resource "aws_vpc" "a" {\n',
        "this is no HCL",
    ],
)
def test_what_may_make_something_is_terraforms_to_judge(text: str) -> None:
    assert why_vacuous({"main.tf": text.encode()}) == ""


def test_what_the_mirror_has_is_terraforms_to_judge_too() -> None:
    text = b'module "a" {\n  source = "acme/y/aws//modules/z"\n}\n'
    assert why_vacuous({"main.tf": text}).startswith("everything is in a remote module")
    assert why_vacuous({"main.tf": text}, {"acme/y/aws"}) == ""


def test_a_resource_in_any_file_is_substance() -> None:
    call = b'module "a" {\n  source = "./a"\n}\n'
    assert why_vacuous({"main.tf": call, "a/main.tf": BUCKET.encode()}) == ""


@pytest.mark.parametrize(
    ("changes", "empty"),
    [
        ([], True),
        ([{"mode": "managed", "type": "aws_vpc", "change": {"actions": ["create"]}}], False),
        ([{"mode": "managed", "type": "aws_vpc", "change": {"actions": ["no-op"]}}], True),
        ([{"mode": "managed", "type": "null_resource", "change": {"actions": ["create"]}}], True),
        ([{"mode": "data", "type": "aws_ami", "change": {"actions": ["read"]}}], True),
    ],
)
def test_a_plan_has_substance_where_it_creates_something(
    changes: list[dict[str, Any]], empty: bool
) -> None:
    assert bool(plans_nothing({"resource_changes": changes})) is empty


CONFIG = {
    "empty": ("", {}),
    "blocks are lists": (
        'resource "aws_x" "y" {\n  a {\n    b = 1\n  }\n  a {\n    b = 2\n  }\n}\n',
        {"resource": [{"aws_x": {"y": {"a": [{"b": 1}, {"b": 2}]}}}]},
    ),
    "equal types": (
        'resource "a" "b" {}\nresource "a" "c" {}\n',
        {"resource": [{"a": {"b": {}}}, {"a": {"c": {}}}]},
    ),
    "literals": (
        'locals {\n  a = 1.5\n  b = true\n  c = null\n  d = "x"\n  e = -1\n}\n',
        {"locals": [{"a": 1.5, "b": True, "c": None, "d": "x", "e": -1}]},
    ),
    "expressions": (
        'locals {\n  a = var.b\n  b = "x-${var.b}"\n  c = x ? 1 : 2\n}\n',
        {"locals": [{"a": "${var.b}", "b": "x-${var.b}", "c": "${x ? 1 : 2}"}]},
    ),
    "collections": (
        'locals {\n  a = [1, "x", var.c]\n  b = { k = "v", "q" = 1 }\n}\n',
        {"locals": [{"a": [1, "x", "${var.c}"], "b": {"k": "v", "q": 1}}]},
    ),
    "escapes": ('locals {\n  a = "x\\n\\"y\\""\n}\n', {"locals": [{"a": 'x\n"y"'}]}),
    "heredocs": (
        "locals {\n  a = <<EOT\nhi\n  you\nEOT\n  b = <<-EOT\n    hi\n      you\n  EOT\n}\n",
        {"locals": [{"a": "hi\n  you\n", "b": "hi\n  you\n"}]},
    ),
    "comments": ("# a\nlocals {\n  // b\n  a = 1 # c\n}\n", {"locals": [{"a": 1}]}),
    "byte order mark": ("\ufefflocals {\n  a = 1\n}\n", {"locals": [{"a": 1}]}),
    "no last line end": ("a = 1", {"a": 1}),
    "a block named like an argument": (
        "a = [for b in [1] : 0]\na {\n  b = 1\n}\n",
        {"a": [{"b": 1}]},
    ),
    "no HCL": ("resource {", None),
    "too long": ("# " + "x" * MAX_CHARACTERS, None),
}


@pytest.mark.parametrize("name", CONFIG)
def test_the_config_that_checks_see(name: str) -> None:
    text, expected = CONFIG[name]
    assert read_config({"main.tf": text.encode()}) == expected


def test_the_config_joins_the_files_of_the_root_module() -> None:
    files = {"a.tf": b'variable "a" {}\n', "b.tf": b'variable "b" {}\n', "m/c.tf": b"x = 1\n"}
    assert read_config(files) == {"variable": [{"a": {}}, {"b": {}}]}


def test_the_config_of_a_root_module_in_a_sub_folder() -> None:
    files = {"infra/a.tf": b'variable "a" {}\n', "infra/m/b.tf": b"", "notes.md": b"x"}
    assert read_config(files) == {"variable": [{"a": {}}]}


def test_a_property_of_json_syntax_may_be_there_twice() -> None:
    files = {"main.tf.json": b'{"locals": {"a": 1}, "b": {"c": 1, "c": {"d": 2}}}'}
    assert read_config(files) is not None


def test_the_config_of_json_syntax_has_the_same_shape() -> None:
    text = (
        '{"terraform": {"required_version": ">= 1", "backend": {"s3": {"key": "k"}}},\n'
        ' "resource": {"aws_s3_bucket": {"a": {"bucket": "${var.x}", "count": 2}, "b": {}}},\n'
        ' "provider": {"aws": [{"region": "r"}, {"alias": "w"}]}}'
    )
    files = {"main.tf.json": text.encode(), "more.tf": b'variable "x" {}\n'}
    assert read_config(files) == {
        "terraform": [{"required_version": ">= 1", "backend": [{"s3": {"key": "k"}}]}],
        "resource": [
            {"aws_s3_bucket": {"a": {"bucket": "${var.x}", "count": 2}}},
            {"aws_s3_bucket": {"b": {}}},
        ],
        "provider": [{"aws": {"region": "r"}}, {"aws": {"alias": "w"}}],
        "variable": [{"x": {}}],
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"variable": {"a": {}}}', "there is no resource in it"),
        ('{"resource": {"aws_vpc": {"a": {"count": 0}}}}', "every resource is behind"),
        (
            '{"resource": {"aws_vpc": {"a": {"for_each": "${toset([])}"}}}}',
            "every resource is behind",
        ),
        ('{"module": {"a": {"source": "x/y/aws"}}}', "everything is in a remote module"),
    ],
)
def test_json_syntax_without_substance_says_why(text: str, why: str) -> None:
    assert why_vacuous({"main.tf.json": text.encode()}).startswith(why)


@pytest.mark.parametrize(
    "text", ['{"resource": {"aws_vpc": {"a": {"count": "${var.n}"}}}}', '{"resource": ']
)
def test_json_syntax_that_may_make_something_is_terraforms_to_judge(text: str) -> None:
    assert why_vacuous({"main.tf.json": text.encode()}) == ""


def test_empty_lines_of_a_heredoc_do_not_hold_up_the_process() -> None:
    text = f"locals {{\n  a = <<EOT{chr(10) * (MAX_CHARACTERS - 100)}EOT\n  b = 1\n}}\n"
    started = time.process_time()
    config = read_config({"main.tf": text.encode()})
    assert config["locals"][0]["b"] == 1
    assert config["locals"][0]["a"].startswith("${<<EOT\n\n")
    assert time.process_time() - started < 5


def test_what_python_hcl2_stumbles_over_hides_nothing_from_checks() -> None:
    text = (
        "locals {\n  a = [for b in [1] : 0]\n}\n"
        'resource "aws_vpc" "a" {\n  cidr_block = "10.0.0.0/16"\n  tags = { a = 1 }\n'
        "  x {\n    y = true\n  }\n}\n"
    )
    assert read_config({"main.tf": text.encode()}) == {
        "locals": [{"a": "${[for b in [1] : 0]}"}],
        "resource": [
            {"aws_vpc": {"a": {"cidr_block": "10.0.0.0/16", "tags": {"a": 1}, "x": [{"y": True}]}}}
        ],
    }


WARNED: Mapping[str, tuple[str, list[tuple[int, str]]]] = {
    "all used": (
        'variable "a" {}\nlocals {\n  b = var.a\n}\ndata "aws_vpc" "c" {\n  id = local.b\n}\n'
        'resource "aws_subnet" "d" {\n  vpc_id = "${data.aws_vpc.c.id}"\n}\n',
        [],
    ),
    "unused": (
        'variable "a" {\n  default = 1\n}\nlocals {\n  b = 1\n  c = local.b\n}\n'
        'data "aws_vpc" "d" {}\n' + BUCKET,
        [
            (1, 'variable "a" is declared and never used'),
            (6, "local value c is declared and never used"),
            (8, "data source aws_vpc.d is declared and never used"),
        ],
    ),
    "only in its own validation": (
        'variable "a" {\n  validation {\n    condition = var.a > 1\n'
        '    error_message = "no"\n  }\n}\n' + BUCKET,
        [(1, 'variable "a" is declared and never used')],
    ),
    "only in a comment": (
        'variable "a" {} # tflint-ignore: terraform_unused_declarations\n# var.a\n' + BUCKET,
        [(1, 'variable "a" is declared and never used')],
    ),
    "in a heredoc and in depends_on": (
        'variable "a" {}\ndata "aws_vpc" "b" {}\nresource "aws_iam_policy" "c" {\n'
        "  policy     = <<-EOT\n    ${var.a}\n  EOT\n  depends_on = [data.aws_vpc.b]\n}\n",
        [],
    ),
    "a part of a module": ('variable "a" {}\nlocals {\n  b = 1\n}\n', []),
    "a longer name": (
        'variable "a" {}\nvariable "a_b" {}\nresource "aws_vpc" "c" {\n  x = var.a_b\n}\n',
        [(1, 'variable "a" is declared and never used')],
    ),
    "a password": (
        'resource "aws_db_instance" "a" {\n  username = "admin"\n'
        '  password = "hunter2-hunter2"\n}\n',
        [(3, "a secret in the open: password")],
    ),
    "the default of a variable": (
        'variable "db_password" {\n  type    = string\n  default = "hunter2"\n}\n'
        'resource "aws_db_instance" "a" {\n  password = var.db_password\n}\n',
        [(3, 'a secret in the open: the default of variable "db_password"')],
    ),
    "an environment": (
        'resource "aws_lambda_function" "a" {\n  environment {\n    variables = {\n'
        '      DB_PASSWORD = "hunter2"\n      "API_KEY" : "x1y2"\n'
        '      MODE = "dev"\n    }\n  }\n}\n',
        [(4, "a secret in the open: DB_PASSWORD"), (5, "a secret in the open: API_KEY")],
    ),
    "in a jsonencode": (
        'resource "aws_secretsmanager_secret_version" "a" {\n'
        '  secret_string = jsonencode({ user = "a", password = "b" })\n}\n',
        [(2, "a secret in the open: password")],
    ),
    "an access key": (
        'provider "aws" {\n  access_key = "AKIA' + "Q" * 16 + '"\n}\n' + BUCKET,
        [(2, "a secret in the open: an AWS access key")],
    ),
    "a private key": (
        'resource "aws_iot_certificate" "a" {\n  x = <<EOT\n'
        "-----BEGIN RSA PRIVATE KEY-----\nEOT\n}\n",
        [(3, "a secret in the open: a private key")],
    ),
    "what is no secret": (
        'resource "aws_db_instance" "a" {\n  manage_master_user_password = true\n'
        '  password = random_password.a.result\n  kms_key_id = "alias/a"\n}\n'
        'resource "aws_iam_account_password_policy" "b" {\n  minimum_password_length = 14\n}\n'
        'resource "aws_db_instance" "c" {\n  password = "${local.prefix}-x"\n'
        '  snapshot = "password"\n}\n'
        'variable "password_length" {\n  default = "12"\n}\n'
        'output "x" {\n  value = var.password_length\n}\n'
        "locals {\n  prefix = 1\n}\n"
        'data "aws_secretsmanager_secret_version" "d" {\n  secret_id = "prod/db"\n}\n'
        'output "d" {\n  value = data.aws_secretsmanager_secret_version.d.arn\n}\n',
        [],
    ),
    "no HCL": ("resource {", []),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_a_reviewer_would_not_accept_is_a_warning(name: str) -> None:
    text, expected = WARNED[name]
    found = warnings_of({"main.tf": text.encode()})
    assert [(item.line, item.message) for item in found] == expected
    assert all(item.severity == "warning" for item in found)


def test_a_declaration_is_used_by_its_own_module_only() -> None:
    files = {
        "main.tf": b'module "m" {\n  source = "./m"\n  a = var.b\n}\nvariable "b" {}\n',
        "m/main.tf": b'variable "a" {}\nvariable "b" {}\nresource "x_y" "z" {\n  w = var.a\n}\n',
        "other.tf": b"locals {\n  c = 1\n}\n",
        "json.tf.json": b'{"output": {"c": {"value": "${local.c}"}}, "variable": {"e": {}}}',
    }
    assert [(item.file, item.message.split(" is")[0]) for item in warnings_of(files)] == [
        ("json.tf.json", 'variable "e"'),
        ("m/main.tf", 'variable "b"'),
    ]


DISABLED = {
    "a variable": 'variable "n" {\n  default = 0\n}\n' + COUNTED % "var.n",
    "a conditional": 'variable "on" {\n  default = false\n}\n' + COUNTED % "var.on ? 1 : 0",
    "a local value": "locals {\n  n = length([]) * 3\n}\n" + COUNTED % "local.n",
    "a filter": "locals {\n  all = { a = 1 }\n}\n"
    + (COUNTED % "{ for k, v in local.all : k => v if v > 1 }").replace("count", "for_each"),
    "beside terraform_data": 'resource "terraform_data" "x" {\n  input = 1\n}\n'
    + COUNTED % "1 - 1",
    "in a module": 'module "m" {\n  source = "./m"\n  count  = 1 > 2 ? 1 : 0\n}\n',
}


@real_tools
@pytest.mark.parametrize("name", DISABLED)
async def test_what_the_plan_shows_to_make_nothing_is_vacuous(
    name: str, workbench: Workbench
) -> None:
    files = {"main.tf": DISABLED[name]}
    if name == "in a module":
        files["m/main.tf"] = BUCKET
    found = await findings_of(workbench, files)
    assert found.vacuous == "the plan creates no resource"


@real_tools
async def test_pragmas_change_nothing(workbench: Workbench) -> None:
    text = (
        "# tflint-ignore-file: terraform_unused_declarations\n"
        'variable "a" { # tflint-ignore: all\n  default = 1\n}\n\n'
        'resource "aws_s3_bucket" "a" {\n'
        '  bucket = "verifier-test"\n\n'
        "  lifecycle {\n    prevent_destroy = true\n    ignore_changes  = all\n  }\n}\n"
    )
    found = await findings_of(workbench, text)
    assert stage_of(found, "plan").status is PASSED
    assert stage_of(found, "lint").score == pytest.approx(2 / 3)


@real_tools
async def test_checks_see_a_config_that_confuses_the_parser(workbench: Workbench) -> None:
    text = BUCKET + 'locals {\n  a = [for b in [1] : 0]\n}\n\noutput "a" {\n  value = local.a\n}\n'
    found = await findings_of(workbench, text)
    assert found.fault is None
    config = found.projections[Target.CONFIG]
    assert config["resource"][0]["aws_s3_bucket"]["a"]["bucket"] == "verifier-test"
