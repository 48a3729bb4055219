"""Providers that speak plugin protocol 6 plan warm, through the relay, as they do cold."""

import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
import pytest_asyncio

from rewardsvc.means import Inventory, unmet
from rewardsvc.types import Means
from sandbox.base import Command, Result, Running, Sandbox, Service
from sandbox.hcl.addresses import REGISTRY
from sandbox.lack import Lack, LackKind
from sandbox.python import python_binds
from sandbox.terraform import TerraformEngine, TerraformOutcome, open_engine
from sandbox.toolchain import Toolchain
from sandbox.toolchain.mirror import choices, newest, platform_name, plugins

pytestmark = pytest.mark.asyncio(loop_scope="session")

RANDOM = f"{REGISTRY}/hashicorp/random"
"""Its name in the table; :mod:`plugin6` stands in for the plugin."""
VERSION = "3.7.2"

GOOD = """terraform {
  required_providers {
    random = {
      source  = "hashicorp/random"
      version = "~> 3.0"
    }
  }
}

provider "random" {
  zoo = "berlin"
}

data "random_animal" "second" {
  number = 1
}

resource "random_pet" "a" {
  length = 2
  prefix = data.random_animal.second.name
}
"""
ALIASED = """provider "random" {
  zoo = "berlin"
}

provider "random" {
  alias = "elsewhere"
  zoo   = "basel"
}

data "random_animal" "here" {
  number = 1
}

data "random_animal" "there" {
  provider = random.elsewhere
  number   = 2
}

resource "random_pet" "a" {
  prefix = "${data.random_animal.here.name}-${data.random_animal.there.name}"
}
"""
BESIDE_AWS = """resource "random_pet" "a" {}

resource "aws_s3_bucket" "a" {
  bucket = "logs-${random_pet.a.id}"
}
"""
BROKEN = {
    "what the plugin refuses": 'resource "random_pet" "a" {\n  length = 0\n}\n',
    "a provider block that the plugin refuses": (
        'provider "random" {\n  zoo = "closed"\n}\n\nresource "random_pet" "a" {}\n'
    ),
    "an unknown argument": 'resource "random_pet" "a" {\n  size = 2\n}\n',
    "an unknown type": 'resource "random_pat" "a" {}\n',
    "a wrong type": 'resource "random_pet" "a" {\n  length = "long"\n}\n',
    "a missing argument": 'data "random_animal" "a" {}\n\nresource "random_pet" "a" {}\n',
}


class WithPython:
    """A sandbox whose services see this Python: the stand-in is a script, plugins are programs."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.name = sandbox.name

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        pass

    async def run(self, command: Command) -> Result:
        return await self._sandbox.run(command)

    async def start(self, service: Service) -> Running:
        binds = dict.fromkeys((*service.binds, *python_binds()))
        return await self._sandbox.start(replace(service, binds=tuple(binds)))


@pytest.fixture(scope="session")
def with_plugin(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    """The machine's toolchain, and the plugin in a mirror of its own."""
    mirror = tmp_path_factory.mktemp("mirror")
    program = mirror / RANDOM / VERSION / platform_name() / f"terraform-provider-random_v{VERSION}"
    program.parent.mkdir(parents=True)
    text = (Path(__file__).parent / "plugin6.py").read_text()
    program.write_text(f"#!{sys.executable} -I\n{text}")
    program.chmod(0o755)
    mirror.chmod(0o755)  # the sandbox's user looks in
    return replace(
        toolchain,
        terraform_mirrors=(*toolchain.terraform_mirrors, mirror),
        providers={**toolchain.providers, RANDOM: program},
        provider_versions={**toolchain.provider_versions, RANDOM: VERSION},
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quick(with_plugin: Toolchain, box: Sandbox) -> AsyncIterator[TerraformEngine]:
    async with open_engine("warm", with_plugin, WithPython(box)) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reference(with_plugin: Toolchain, box: Sandbox) -> AsyncIterator[TerraformEngine]:
    async with open_engine("cold", with_plugin, box) as opened:
        yield opened


def _facts(outcome: TerraformOutcome) -> object:
    plan = outcome.plan_json or {}
    return (
        outcome.parse.passed,
        (outcome.validate.passed, outcome.validate.problems),
        outcome.plan and (outcome.plan.passed, outcome.plan.problems),
        [plan.get(part) for part in ("planned_values", "resource_changes", "configuration")],
        outcome.unformatted,
        outcome.missing_providers,
        outcome.relaxed,
    )


async def _agreed(
    text: str, quick: TerraformEngine, reference: TerraformEngine
) -> TerraformOutcome:
    files = {"main.tf": text.encode()}
    outcome = await quick.run(files)
    assert _facts(outcome) == _facts(await reference.run(files))
    return outcome


def _prefix(outcome: TerraformOutcome) -> object:
    assert outcome.plan_json is not None, outcome
    (pet,) = outcome.plan_json["planned_values"]["root_module"]["resources"]
    return pet["values"]["prefix"]


async def test_plans_as_cold_with_the_settings_of_its_provider_block(
    quick: TerraformEngine, reference: TerraformEngine
) -> None:
    outcome = await _agreed(GOOD, quick, reference)
    assert _prefix(outcome) == "berlin-heron"


async def test_each_alias_is_answered_with_its_own_settings(
    quick: TerraformEngine, reference: TerraformEngine
) -> None:
    outcome = await _agreed(ALIASED, quick, reference)
    assert _prefix(outcome) == "berlin-heron-basel-lynx"


@pytest.mark.parametrize("name", BROKEN)
async def test_refuses_as_cold(
    name: str, quick: TerraformEngine, reference: TerraformEngine
) -> None:
    outcome = await _agreed(BROKEN[name], quick, reference)
    assert not outcome.validate.passed


async def test_protocols_5_and_6_serve_one_configuration(
    quick: TerraformEngine, reference: TerraformEngine
) -> None:
    outcome = await _agreed(BESIDE_AWS, quick, reference)
    assert outcome.plan_json is not None, outcome


async def test_needs_no_emulator_where_it_is_the_only_provider(
    with_plugin: Toolchain, box: Sandbox
) -> None:
    alone = replace(
        with_plugin,
        terraform_mirrors=with_plugin.terraform_mirrors[-1:],
        providers={RANDOM: with_plugin.providers[RANDOM]},
        provider_versions={RANDOM: VERSION},
    )
    async with open_engine("warm", alone, WithPython(box)) as opened:
        assert _prefix(await opened.run({"main.tf": GOOD.encode()})) == "berlin-heron"


# --- several versions of one provider -----------------------------------------------------------

OLDER = "3.6.0"


def _pinned(*constraints: str) -> str:
    """The good configuration, with its provider pinned in the root module, and again."""
    first, *more = constraints
    again = "".join(f'  version = "{each}"\n' for each in more)
    pinned = GOOD.replace('version = "~> 3.0"', f'version = "{first}"')
    return pinned.replace('provider "random" {\n', f'provider "random" {{\n{again}')


@pytest.fixture(scope="session")
def with_two(with_plugin: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    """The plugin in two versions side by side, of which the older one knows another animal."""
    mirror = tmp_path_factory.mktemp("mirror-of-two")
    mirror.chmod(0o755)
    text = with_plugin.providers[RANDOM].read_text()
    for version, animal in ((VERSION, "heron"), (OLDER, "newt")):
        folder = mirror / RANDOM / version / platform_name()
        folder.mkdir(parents=True)
        program = folder / f"terraform-provider-random_v{version}"
        program.write_text(text.replace('"heron"', f'"{animal}"'))
        program.chmod(0o755)
    found = tuple(plugins(mirror))
    return replace(
        with_plugin,
        terraform_mirrors=(*with_plugin.terraform_mirrors[:-1], mirror),
        providers={**with_plugin.providers, RANDOM: newest(found)[RANDOM].path},
        provider_choices=choices(found),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quick_of_two(with_two: Toolchain, box: Sandbox) -> AsyncIterator[TerraformEngine]:
    async with open_engine("warm", with_two, WithPython(box)) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reference_of_two(with_two: Toolchain, box: Sandbox) -> AsyncIterator[TerraformEngine]:
    async with open_engine("cold", with_two, box) as opened:
        yield opened


@pytest.mark.parametrize(
    ("constraints", "animal", "relaxed"),
    [
        (("~> 3.6.0",), "newt", False),
        ((">= 3.0, < 3.7",), "newt", False),
        ((">= 3.0",), "heron", False),
        ((">= 3.0", "!= 3.7.2"), "newt", False),
        (("= 2.3.0",), "heron", True),  # an unmet one is overlooked, and the newest taken
    ],
)
async def test_a_pin_chooses_of_several_versions(
    constraints: tuple[str, ...],
    animal: str,
    relaxed: bool,
    quick_of_two: TerraformEngine,
    reference_of_two: TerraformEngine,
) -> None:
    outcome = await _agreed(_pinned(*constraints), quick_of_two, reference_of_two)
    assert _prefix(outcome) == f"berlin-{animal}"
    assert bool(outcome.relaxed) == relaxed
    lacks = [(lack.kind, lack.wanted, lack.overlooked) for lack in outcome.lacking]
    assert lacks == ([(LackKind.VERSION, "= 2.3.0", True)] if relaxed else [])


async def test_means_name_any_version_that_is_here(with_two: Toolchain) -> None:
    inventory = Inventory(with_two)
    assert unmet(Means(providers={"random": (OLDER, VERSION, "~> 3.6.0")}), inventory) == ()
    (lack,) = unmet(Means(providers={"random": ("2.3.0",)}), inventory)
    assert lack == Lack(LackKind.VERSION, "random", "2.3.0", f"{VERSION}, {OLDER}")
