"""Reading configurations without Terraform: pure functions over text."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.hcl.addresses import AWS, BUILTIN, OPENTOFU_REGISTRY, REGISTRY, served_by
from sandbox.hcl.constraints import satisfies
from sandbox.hcl.outline import NotOutlined, literal, object_items, outline
from sandbox.hcl.survey import (
    MAX_BYTES,
    RemoteModule,
    SourceLine,
    outlines,
    root_folders,
    survey,
)
from sandbox.hcl.tfjson import outline_json
from tests.sandbox.configurations import IN_JSON

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


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        *(
            ("main.tf", piece)
            for piece in ("/* ", "a = <<A\n", '"${', "a = [", "b { ", "# x\n", "a=1\n")
        ),
        *(("main.tf.json", piece) for piece in ("[", '{"a":', '"a', "[1,", '{"provider":{"a":[')),
    ],
)
def test_hostile_text_takes_no_time(path: str, piece: str) -> None:
    files = {path: (piece * (MAX_BYTES // len(piece))).encode()}
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


def test_surveys_json() -> None:
    found = survey(outlines({"main.tf.json": IN_JSON.encode()}))
    assert {source.rpartition("/")[2] for source in found.providers} == {
        "aws",
        "google-beta",
        "http",
    }
    assert found.configured == {AWS: 2}
    line = IN_JSON.split('"module"')[0].count("\n") + 1
    assert found.remote == (RemoteModule("vpc", "git::https://x/vpc.git", "main.tf.json", line),)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_outlines_whatever_is_json(value: object) -> None:
    text = json.dumps({"resource": {"aws_x": {"y": {"value": value}}}}, indent=1)
    (block,) = outline_json(text).blocks
    assert block.labels == ("aws_x", "y")
    (attribute,) = block.body.attributes
    assert json.loads(text[attribute.start : attribute.end]) == value
    assert text[attribute.at :].startswith('"value"')


@given(st.text(alphabet='ab1-."{}[]:,\\u \n', max_size=100))
def test_refuses_what_is_not_json(text: str) -> None:
    try:
        outline_json(text)
    except NotOutlined:
        return
    json.loads(text)


@pytest.mark.parametrize(
    ("paths", "roots"),
    [
        ({"main.tf": "", "infra/main.tf": ""}, ("",)),
        ({"README.md": ""}, ("",)),
        ({"infra/main.tf": "", "src/a.py": ""}, ("infra",)),
        ({"a/b/main.tf.json": "{}"}, ("a/b",)),
        (
            {"live/main.tf": 'module "m" {\n  source = "../mods/m"\n}\n', "mods/m/main.tf": ""},
            ("live",),
        ),
        ({"envs/prod/main.tf": "", "envs/dev/main.tf": ""}, ("envs/dev", "envs/prod")),
        ({"infra/x/main.tf": "", "infra/main.tf": ""}, ("infra", "infra/x")),
    ],
)
def test_finds_the_root_module(paths: dict[str, str], roots: tuple[str, ...]) -> None:
    files = {path: text.encode() for path, text in paths.items()}
    assert root_folders(files, outlines(files)) == roots


def test_sees_what_lies_elsewhere() -> None:
    text = (
        'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n\n'
        'data "terraform_remote_state" "n" {\n  backend = "s3"\n}\n'
    )
    found = survey(outlines({"main.tf": text.encode()}))
    assert found.remote == (RemoteModule("vpc", "terraform-aws-modules/vpc/aws", "main.tf", 1),)
    assert found.states == (SourceLine("main.tf", 5),)


def test_the_programs_own_registry_is_where_a_short_source_leads() -> None:
    text = 'resource "aws_vpc" "a" {}\nresource "random_id" "a" {}\n'
    text += "terraform {\n  required_providers {\n    random = {\n"
    text += '      source = "registry.terraform.io/hashicorp/random"\n    }\n  }\n}\n'
    found = survey(outlines({"main.tf": text.encode()}), registry=OPENTOFU_REGISTRY)
    assert set(found.providers) == {
        "registry.opentofu.org/hashicorp/aws",
        "registry.terraform.io/hashicorp/random",
    }


def test_a_mirror_of_one_registry_serves_who_asks_the_other() -> None:
    known = {AWS: 1, "example.com/a/b": 2, "registry.opentofu.org/c/d": 3}
    tofu = {"registry.opentofu.org/hashicorp/aws": 1}
    assert served_by(OPENTOFU_REGISTRY, known) == known | tofu
    assert served_by(REGISTRY, known) == known | {"registry.terraform.io/c/d": 3}


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
