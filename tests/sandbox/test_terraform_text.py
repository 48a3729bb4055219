"""Reading and relaxing configurations before Terraform sees them: pure functions over text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.terraform.constraints import satisfies
from sandbox.terraform.hcl import NotOutlined, literal, object_items, outline
from sandbox.terraform.mirrored import neutral
from sandbox.terraform.providers import AWS, BUILTIN
from sandbox.terraform.relax import relax
from sandbox.terraform.survey import MAX_BYTES, outlines, survey

TRICKY = {
    "comments": "# {\n// {\n/* { */\na = 1 # }\n/* x\n*/ b = 2\n",
    "braces in strings": 'a = "}"\nb = "${x["}"]}"\n',
    "nested templates": 'a = "x-${lookup(m, "k", "${y}")}"\nb = 1\n',
    "escapes": 'a = "\\"}"\nb = "$${ %%{ $ %"\n',
    "heredoc": "a = <<EOT\n} EOT {\nEOT\nb = <<-EOT\n  }\n  EOT\n",
    "heredoc in a call": "a = f(<<EOT\n)\nEOT\n)\nb = 1\n",
    "several lines in brackets": "a = [\n  1, # ]\n  2,\n]\nb = {\n  c = 1\n}\n",
    "carriage returns": "a = 1\r\nb = 2\r\n",
    "conditional": "a = (x\n  ? 1\n  : 2\n)\nb = x == 1 ? 2 : 3\n",
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY.keys())
def test_finds_the_attributes_whatever_stands_in_them(text: str) -> None:
    body = outline(text)
    assert [item.name for item in body.attributes] == ["a", "b"]


def test_finds_nested_blocks_and_their_labels() -> None:
    text = 'resource "aws_x" "y" {\n  a { b = 1 }\n  a { b = 2 }\n}\nlocals {}\n'
    resource, locals_ = outline(text).blocks
    assert (resource.type, resource.labels) == ("resource", ("aws_x", "y"))
    assert [inner.type for inner in resource.body.blocks] == ["a", "a"]
    assert text[locals_.start : locals_.end] == "locals {}"


@pytest.mark.parametrize(
    "text",
    ['a = "x', "b {", "b {{", "a = <<EOT\nx\n", "/* x", "a = 1 /* x", "}", "1 = 2", "b { " * 100],
)
def test_refuses_what_is_not_hcl(text: str) -> None:
    with pytest.raises(NotOutlined):
        outline(text)


@given(st.text(alphabet='ab1="{}[]()$%<-\\E\nOT/*#, ', max_size=200))
def test_never_fails_in_another_way(text: str) -> None:
    try:
        body = outline(text)
    except NotOutlined:
        return
    assert all(0 <= item.start <= item.end <= len(text) for item in body.attributes)


@pytest.mark.parametrize("piece", ["/* ", "a = <<A\n", '"${', "a = [", "b { ", "# x\n", "a=1\n"])
def test_hostile_text_takes_no_time(piece: str) -> None:
    files = {"main.tf": (piece * (MAX_BYTES // len(piece))).encode()}
    started = time.perf_counter()
    survey(outlines(files))
    assert time.perf_counter() - started < 5


def test_reads_literals_and_object_items() -> None:
    text = 'a = "x" # note\nb = "${x}"\nc = { "s" = "t", version = "~> 4.0" }\n'
    body = outline(text)
    assert literal(text, body.attribute("a")) == "x"
    assert literal(text, body.attribute("b")) is None
    third = body.attribute("c")
    assert third is not None
    items = {item.name: literal(text, item) for item in object_items(text, third)}
    assert items == {"s": "t", "version": "~> 4.0"}


@pytest.mark.parametrize(
    ("version", "constraint", "fits"),
    [
        ("5.100.0", "~> 5.0", True),
        ("5.100.0", "~> 5.1.0", False),
        ("5.100.0", "~> 5", True),
        ("5.100.0", ">= 4.0, < 6", True),
        ("5.100.0", ">= 4.0, < 5", False),
        ("5.100.0", "5.100", True),
        ("5.100.0", "!= 5.100.0", False),
        ("1.11.4", "~> 1.9.8", False),
        ("1.11.4", ">=1.3", True),
        ("1.11.4", "nonsense", None),
    ],
)
def test_version_constraints(version: str, constraint: str, fits: bool | None) -> None:
    assert satisfies(version, constraint) is fits


def _relaxed(text: str) -> tuple[str, tuple[str, ...]]:
    files = {"main.tf": text.encode()}
    result = relax(files, outlines(files), "1.11.4", {AWS: "5.100.0"})
    return result.files["main.tf"].decode(), result.notes


def test_relaxes_only_what_would_fail_here_and_keeps_the_lines() -> None:
    text = (
        'terraform {\n  required_version = "~> 1.9.8"\n  backend "s3" {\n    bucket = "b"\n  }\n'
        '  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n'
        '      version = "~> 4.0" # old\n    }\n    google = { version = "~> 1.0" }\n  }\n}\n'
        'provider "aws" {\n  version = "~> 3.0"\n}\n'
    )
    relaxed, notes = _relaxed(text)
    assert relaxed.count("\n") == text.count("\n")
    assert "backend" not in relaxed
    assert relaxed.count('">= 0"') == 3
    assert 'google = { version = "~> 1.0" }' in relaxed
    assert len(notes) == 4


def test_leaves_a_configuration_alone_that_fits() -> None:
    text = (
        'terraform {\n  required_version = ">= 1.5"\n  required_providers {\n'
        '    aws = {\n      source  = "hashicorp/aws"\n      version = "~> 5.0"\n    }\n  }\n}\n'
    )
    assert _relaxed(text) == (text, ())


def test_takes_no_lock_file() -> None:
    files = {".terraform.lock.hcl": b"x", "main.tf": b""}
    result = relax(files, outlines(files), "1.11.4", {})
    assert set(result.files) == {"main.tf"}
    assert result.notes == (".terraform.lock.hcl (the lock file)",)


def _needs(**files: str) -> set[str]:
    given = {name.replace("__", "/") + ".tf": text.encode() for name, text in files.items()}
    return set(survey(outlines(given)).providers)


@pytest.mark.parametrize(
    ("text", "providers"),
    [
        ('resource "aws_vpc" "a" {}\n', {AWS}),
        ('data "aws_ami" "a" {}\n', {AWS}),
        ('resource "terraform_data" "a" {}\n', {BUILTIN}),
        (
            'resource "google_x" "a" {\n  provider = google-beta.eu\n}\n',
            {"registry.terraform.io/hashicorp/google-beta"},
        ),
        (
            "terraform {\n  required_providers {\n    gh = {\n"
            '      source = "Integrations/GitHub"\n    }\n  }\n}\n'
            'resource "gh_repo" "a" {\n  provider = gh\n}\n',
            {"registry.terraform.io/integrations/github"},
        ),
        ("locals {\n  a = 1\n}\n", set()),
    ],
)
def test_finds_the_providers(text: str, providers: set[str]) -> None:
    assert _needs(main=text) == providers


def test_looks_into_local_modules_only_where_they_are_called() -> None:
    call = 'module "a" {\n  source = "./modules/a"\n}\n'
    inner = 'resource "aws_vpc" "v" {}\n'
    assert _needs(main=call, modules__a__main=inner) == {AWS}
    assert _needs(main="", modules__a__main=inner) == set()


def test_modules_that_call_each_other_end() -> None:
    call = 'module "a" {\n  source = "../a"\n}\n'
    assert _needs(main='module "a" {\n  source = "./m/a"\n}\n', m__a__main=call) == set()


def test_cold_plans_without_the_authors_account() -> None:
    text = (
        'provider "aws" {\n  region  = "eu-west-1"\n  profile = "me"\n'
        '  assume_role {\n    role_arn = "arn"\n  }\n  default_tags {\n    tags = { a = "b" }\n'
        "  }\n}\n"
    )
    (content,) = neutral(outlines({"main.tf": text.encode()})).values()
    kept = content.decode()
    assert "profile" not in kept
    assert "assume_role" not in kept
    assert "eu-west-1" in kept
    assert "default_tags" in kept
    assert neutral(outlines({"main.tf": b'provider "aws" {\n  region = "x"\n}\n'})) == {}
