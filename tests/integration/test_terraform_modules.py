"""Modules of a registry are planned from the mirror, as where Terraform has fetched them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import FailureKind, Means, ScoreRequest, Status, Task, Verdict
from rewardsvc.verification.verifier import Workbench
from sandbox.base import Sandbox
from sandbox.lack import Lack, LackKind
from sandbox.terraform import TerraformEngine, TerraformOutcome, open_engine
from sandbox.terraform.modules import INSTALLED
from sandbox.toolchain import Toolchain
from sandbox.toolchain.module_fetch import add_modules
from sandbox.toolchain.modules import find_modules
from tests.integration.test_terraform_engines import completion_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

Files = Mapping[str, str]

_NET = """terraform {
  required_version = ">= 1.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "name" {
  type = string
}

module "label" {
  source  = "acme/label/aws"
  version = "~> 1.0"
  name    = var.name
}

module "subnets" {
  source = "./modules/subnets"
  vpc_id = aws_vpc.this.id
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
  tags = {
    Name    = module.label.text
    Release = "RELEASE"
    Notes   = templatefile("${path.module}/templates/notes.tftpl", { name = var.name })
    Where   = path.module
  }
}

output "vpc_id" {
  value = aws_vpc.this.id
}
"""
_SUBNETS = """variable "vpc_id" {
  type = string
}

resource "aws_subnet" "this" {
  vpc_id     = var.vpc_id
  cidr_block = "10.0.1.0/24"
}
"""
_LABEL = """variable "name" {
  type = string
}

resource "aws_sqs_queue" "labelled" {
  name = "label-${var.name}"
}

output "text" {
  value = "acme-${var.name}"
}
"""


def _package(release: str, text: str = _NET) -> dict[str, str]:
    return {
        "main.tf": text.replace("RELEASE", release),
        "modules/subnets/main.tf": _SUBNETS,
        "templates/notes.tftpl": "made for ${name}\n",
        "examples/simple/main.tf": 'resource "aws_sns_topic" "example" {\n}\n',
        "README.md": "# net\n",
    }


PUBLISHED: Mapping[str, Files] = {
    "acme/net/aws/1.0.0": _package("1.0.0"),
    "acme/net/aws/1.2.0": _package("1.2.0"),
    "acme/net/aws/1.10.0": _package("1.10.0"),
    "acme/net/aws/2.0.0": _package("2.0.0", _NET.replace('"name"', '"title"').replace(
        "var.name", "var.title")),
    "acme/label/aws/1.0.3": {"main.tf": _LABEL},
    "acme/loop/aws/1.0.0": {
        "main.tf": 'module "again" {\n  source = "acme/loop/aws"\n}\n',
    },
    "acme/newer/aws/1.0.0": {
        "main.tf": "terraform {\n  required_providers {\n    aws = {\n"
        '      source  = "hashicorp/aws"\n      version = ">= 6.0"\n    }\n  }\n}\n\n'
        'resource "aws_sqs_queue" "q" {\n  name   = "q"\n  region = "eu-west-1"\n}\n',
    },
}  # fmt: skip


def _call(
    source: str, arguments: str = 'name = "shop"', version: str = "", name: str = "net"
) -> str:
    pinned = f'  version = "{version}"\n' if version else ""
    given = f"  {arguments}\n" if arguments else ""
    return f'module "{name}" {{\n  source = "{source}"\n{pinned}{given}}}\n\n'


CASES: Mapping[str, Files] = {
    "the newest that is allowed": {"main.tf": _call("acme/net/aws", version="~> 1.0")},
    "without a version": {"main.tf": _call("acme/net/aws", 'title = "shop"')},
    "one below the newest": {"main.tf": _call("acme/net/aws", version=">= 1.0, < 1.10")},
    "by its whole address": {
        "main.tf": _call("registry.terraform.io/acme/net/aws", version="1.2.0")
    },
    "a folder of it": {
        "main.tf": _call("acme/net/aws//modules/subnets", 'vpc_id = "vpc-1"', version="1.0.0")
    },
    "twice, once in a local module, and for each": {
        "main.tf": _call("acme/net/aws", version="1.0.0", name="a")
        + 'module "inner" {\n  source = "./inner"\n}\n\n'
        'output "id" {\n  value = module.inner.id\n}\n',
        "inner/main.tf": 'module "a" {\n  source   = "acme/net/aws"\n  version  = "1.2.0"\n'
        '  for_each = toset(["x", "y"])\n  name     = each.key\n}\n\n'
        'output "id" {\n  value = module.a["x"].vpc_id\n}\n',
    },
    "in a sub-folder": {"live/main.tf": _call("acme/net/aws", version="1.0.0")},
    "a version that is not there, of a major one that is": {
        "main.tf": _call("acme/net/aws", version="1.5.7")
    },
    "an argument that it does not have": {
        "main.tf": _call("acme/net/aws", 'colour = "red"', version="1.0.0")
    },
    "a provider that it does not have in its version": {
        "main.tf": _call("acme/newer/aws", "")
    },
    "a folder of it that is not there": {
        "main.tf": _call("acme/net/aws//modules/none", version="1.0.0")
    },
    "one that calls itself": {"main.tf": _call("acme/loop/aws", "")},
    "a major version that is not there": {"main.tf": _call("acme/net/aws", version="~> 7.0")},
}  # fmt: skip


@pytest.fixture(scope="session")
def mirrored(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    """The machine's toolchain, and a mirror with the modules of these tests."""
    given = tmp_path_factory.mktemp("published")
    for name, files in PUBLISHED.items():
        for path, text in files.items():
            file = given / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    folder = tmp_path_factory.mktemp("modules")
    add_modules(given, folder)
    return replace(toolchain, terraform_modules=find_modules(folder).modules)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quick(mirrored: Toolchain, box: Sandbox) -> AsyncIterator[TerraformEngine]:
    async with open_engine("warm", mirrored, box) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reference(mirrored: Toolchain, box: Sandbox) -> AsyncIterator[TerraformEngine]:
    async with open_engine("cold", mirrored, box) as opened:
        yield opened


async def _run(name: str, engine: TerraformEngine) -> TerraformOutcome:
    return await engine.run({path: text.encode() for path, text in CASES[name].items()})


def _facts(outcome: TerraformOutcome) -> object:
    plan = outcome.plan_json or {}
    return (
        outcome.parse.passed,
        (outcome.validate.passed, outcome.validate.problems),
        outcome.plan and (outcome.plan.passed, outcome.plan.problems),
        [
            _sorted(plan.get(part))
            for part in ("planned_values", "resource_changes", "configuration")
        ],
        (outcome.relaxed, outcome.lacking, outcome.unformatted),
    )


def _sorted(value: Any) -> Any:
    """With what has an address in its order: Terraform tells of modules in any."""
    if isinstance(value, dict):
        return {key: _sorted(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted(map(_sorted, value), key=_address)
    return value


def _address(value: Any) -> str:
    return str(value.get("address", "")) if isinstance(value, dict) else ""


def _tags(outcome: TerraformOutcome) -> list[Mapping[str, str]]:
    """Of every VPC that is planned."""
    assert outcome.plan_json is not None, (outcome.validate, outcome.plan, outcome.lacking)
    return [
        change["change"]["after"]["tags"]
        for change in outcome.plan_json["resource_changes"]
        if change["type"] == "aws_vpc"
    ]


@pytest.mark.parametrize(
    ("name", "releases"),
    [
        ("the newest that is allowed", ["1.10.0"]),
        ("without a version", ["2.0.0"]),
        ("one below the newest", ["1.2.0"]),
        ("by its whole address", ["1.2.0"]),
        ("twice, once in a local module, and for each", ["1.0.0", "1.2.0", "1.2.0"]),
        ("in a sub-folder", ["1.0.0"]),
        ("a version that is not there, of a major one that is", ["1.10.0"]),
    ],
)
async def test_a_call_gets_the_newest_version_that_it_allows(
    name: str, releases: list[str], quick: TerraformEngine
) -> None:
    tags = _tags(await _run(name, quick))
    assert sorted(each["Release"] for each in tags) == releases


async def test_it_lies_where_terraform_would_have_put_it_with_its_other_files(
    quick: TerraformEngine,
) -> None:
    (tags,) = _tags(await _run("the newest that is allowed", quick))
    assert tags["Where"] == f"{INSTALLED}/net"
    assert (tags["Name"], tags["Notes"]) == ("acme-shop", "made for shop\n")


async def test_a_folder_of_it_can_be_called(quick: TerraformEngine) -> None:
    outcome = await _run("a folder of it", quick)
    assert outcome.plan_json is not None
    addresses = [change["address"] for change in outcome.plan_json["resource_changes"]]
    assert addresses == ["module.net.aws_subnet.this"]


@pytest.mark.parametrize(
    ("name", "lack"),
    [
        (
            "a version that is not there, of a major one that is",
            Lack(LackKind.MODULE, "acme/net/aws", "1.5.7", "1.10.0", overlooked=True),
        ),
        (
            "a provider that it does not have in its version",
            Lack(LackKind.VERSION, "aws", ">= 6.0", "5.100.0"),
        ),
        (
            "a major version that is not there",
            Lack(LackKind.MODULE, "acme/net/aws", overlooked=True),
        ),
    ],
)
async def test_what_a_call_does_not_get_is_lacking(
    name: str, lack: Lack, quick: TerraformEngine
) -> None:
    assert (await _run(name, quick)).lacking == (lack,)


async def test_a_module_that_calls_itself_ends(quick: TerraformEngine) -> None:
    outcome = await _run("one that calls itself", quick)
    assert not outcome.validate.passed


async def test_warm_gives_colds_outcome(quick: TerraformEngine, reference: TerraformEngine) -> None:
    name = "twice, once in a local module, and for each"
    assert _facts(await _run(name, quick)) == _facts(await _run(name, reference))


@pytest.mark.slow
async def test_warm_gives_colds_outcome_of_all(
    quick: TerraformEngine, reference: TerraformEngine
) -> None:
    room = asyncio.Semaphore(2)
    different: list[str] = []

    async def compare(name: str) -> None:
        async with room:
            if _facts(await _run(name, quick)) != _facts(await _run(name, reference)):
                different.append(name)

    async with asyncio.TaskGroup() as group:
        for name in CASES:
            group.create_task(compare(name))
    assert different == []


@pytest.fixture
def bench(quick: TerraformEngine, box: Sandbox, mirrored: Toolchain) -> Workbench:
    return Workbench(box, mirrored, quick)


async def _verdict(text: str, means: Means | None, bench: Workbench) -> Verdict:
    task = Task(format="terraform", means=means)
    asked = prepare(ScoreRequest(task=task, completion=completion_of({"main.tf": text})))
    return await decide(asked, bench, DEFAULT_WEIGHTS)


MODULE_OF_THE_TABLE = _call("terraform-aws-modules/vpc/aws", 'name = "shop"', "5.21.0")


@pytest.mark.parametrize(
    ("text", "means", "status", "kind"),
    [
        ("mirrored", None, Status.SCORED, None),
        ("mirrored", Means(), Status.SCORED, None),
        ("mirrored", Means(modules=("acme/net/aws//modules/subnets",)), Status.SCORED, None),
        ("known", None, Status.UNSCORED, FailureKind.TOOL_MISSING),
        ("known", Means(), Status.SCORED, None),
        (
            "known",
            Means(modules=("terraform-aws-modules/vpc/aws",)),
            Status.UNSCORED,
            FailureKind.TOOL_MISSING,
        ),
        ("nobody's", None, Status.SCORED, None),
    ],
)
async def test_a_module_that_is_not_here_follows_the_rule_of_means(
    text: str,
    means: Means | None,
    status: Status,
    kind: FailureKind | None,
    bench: Workbench,
) -> None:
    texts = {
        "mirrored": _call("acme/net/aws", version="1.0.0"),
        "known": MODULE_OF_THE_TABLE,
        "nobody's": _call("nobody/net/aws", version="1.0.0"),
    }
    verdict = await _verdict(texts[text], means, bench)
    assert (verdict.status, verdict.failure_kind) == (status, kind)
    if status is Status.SCORED:
        assert verdict.components is not None
        assert (verdict.components.correctness > 0) == (text == "mirrored")
