"""Where a provider is not installed, its stand-in answers: as well warm as cold, and deployed.

The real one, where it is installed, goes first, and is what the stand-in is compared with.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import (
    FailureKind,
    Means,
    ScoreRequest,
    Status,
    Task,
    Verdict,
)
from rewardsvc.verification.verifier import Workbench
from sandbox.base import Sandbox
from sandbox.hcl.addresses import REGISTRY
from sandbox.standins import STANDINS, standing_in
from sandbox.terraform import Depth, TerraformEngine, TerraformOutcome, open_engine
from sandbox.toolchain import Toolchain

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOURCES = tuple(f"{REGISTRY}/{name}" for name in STANDINS)

PASSWORD = """terraform {
  required_providers {
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
  }
}

resource "random_pet" "name" {
  prefix = "shop"
}

resource "random_password" "database" {
  length           = 24
  override_special = "!#%"
  keepers = {
    name = random_pet.name.id
  }
}

resource "aws_ssm_parameter" "password" {
  name  = "/${random_pet.name.id}/password"
  type  = "SecureString"
  value = random_password.database.result
}
"""

ALL_OF_RANDOM = """resource "random_bytes" "a" {
  length = 8
}

resource "random_id" "a" {
  byte_length = 4
  prefix      = "x-"
}

resource "random_integer" "a" {
  min  = 1
  max  = 6
  seed = "dice"
}

resource "random_pet" "a" {
  for_each = toset(["web", "worker"])

  prefix    = each.key
  separator = "_"
}

resource "random_shuffle" "a" {
  input        = [for pet in random_pet.a : pet.id]
  result_count = 1
}

resource "random_string" "a" {
  length    = random_integer.a.result
  min_lower = 1
  upper     = false
  numeric   = false
}

resource "random_uuid" "a" {
  keepers = {
    shuffled = random_shuffle.a.result[0]
  }
}

ephemeral "random_password" "a" {
  length = 20
}

output "name" {
  value = "web-${random_uuid.a.result}-${random_id.a.hex}"
}
"""

PACKED: Mapping[str, str] = {
    "main.tf": """data "archive_file" "lambda" {
  type        = "zip"
  source_dir  = "${path.module}/src"
  excludes    = ["**/*.md"]
  output_path = "${path.module}/build/lambda.zip"
}

data "local_file" "app" {
  filename = "${path.module}/src/app.py"
}

resource "local_file" "copy" {
  filename = "${path.module}/copy/app.py"
  content  = data.local_file.app.content
}

resource "null_resource" "deploy" {
  triggers = {
    hash = data.archive_file.lambda.output_md5
  }
}

resource "aws_lambda_function" "app" {
  function_name    = "app"
  role             = "arn:aws:iam::123456789012:role/app"
  handler          = "app.handler"
  runtime          = "python3.12"
  filename         = data.archive_file.lambda.output_path
  source_code_hash = data.archive_file.lambda.output_base64sha256
}
""",
    "src/app.py": "def handler(event, context):\n    return event\n",
    "src/readme.md": "# app\n",
}

CONFIGURATIONS: Mapping[str, str | Mapping[str, str]] = {
    "an archive, files and triggers": PACKED,
    "a root module in a folder": {f"infra/{path}": text for path, text in PACKED.items()},
    "an archive of a file that is not there": 'data "archive_file" "a" {\n  type        = "zip"\n'
    '  source_file = "app.py"\n  output_path = "a.zip"\n}\n',
    "a file with two contents": 'resource "local_file" "a" {\n  filename = "a"\n'
    '  content  = "a"\n  source   = "b"\n}\n',
    "moments": """resource "time_static" "start" {
  rfc3339 = "2020-02-12T06:36:13Z"
}

resource "time_offset" "week" {
  base_rfc3339 = time_static.start.rfc3339
  offset_days  = 7
}

resource "time_rotating" "key" {
  rotation_days = 30
}

resource "time_sleep" "settle" {
  create_duration = "30s"
  triggers = {
    week = time_offset.week.rfc3339
  }
}

output "year" {
  value = time_static.start.year
}
""",
    "a moment that is none": 'resource "time_static" "a" {\n  rfc3339 = "today"\n}\n',
    "a function": "terraform {\n  required_providers {\n    local = {\n"
    '      source = "hashicorp/local"\n    }\n  }\n}\n\noutput "a" {\n'
    '  value = provider::local::direxists("src")\n}\n\nresource "null_resource" "a" {}\n',
    "a password beside AWS": PASSWORD,
    "every type of random": ALL_OF_RANDOM,
    "too short": 'resource "random_password" "a" {\n  length = 0\n}\n',
    "sums": 'resource "random_string" "a" {\n  length    = 1\n  min_upper = 2\n}\n',
    "deprecated": 'resource "random_string" "a" {\n  length = 8\n  number = false\n}\n',
    "an unknown argument": 'resource "random_pet" "a" {\n  words = 2\n}\n',
    "a wrong type": 'resource "random_id" "a" {\n  byte_length = "four"\n}\n',
    "no integer": 'resource "random_id" "a" {\n  byte_length = 1.5\n}\n',
    "an unknown type": 'resource "random_passwd" "a" {\n  length = 8\n}\n',
    "an unknown attribute": (
        'resource "random_id" "a" {\n  byte_length = 4\n}\n\noutput "a" {\n'
        "  value = random_id.a.text\n}\n"
    ),
    "an argument of a provider block": 'provider "random" {\n  seed = 1\n}\n\n'
    'resource "random_pet" "a" {}\n',
    "aliases": 'provider "random" {\n  alias = "b"\n}\n\nresource "random_pet" "a" {}\n\n'
    'resource "random_pet" "b" {\n  provider = random.b\n}\n',
    "an import": 'import {\n  to = random_string.a\n  id = "test"\n}\n\n'
    'resource "random_string" "a" {\n  length = 4\n}\n',
}


@pytest.fixture(scope="module")
def stood_in(toolchain: Toolchain) -> Toolchain:
    """The machine's toolchain as it is where no registry is reached."""
    real = {s: path for s, path in toolchain.providers.items() if s not in SOURCES}
    return replace(toolchain, providers=real, standins=standing_in(SOURCES, real))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quick(stood_in: Toolchain, box: Sandbox) -> AsyncIterator[TerraformEngine]:
    async with open_engine("warm", stood_in, box) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reference(stood_in: Toolchain, box: Sandbox) -> AsyncIterator[TerraformEngine]:
    async with open_engine("cold", stood_in, box) as opened:
        yield opened


def files_of(name: str) -> dict[str, bytes]:
    given = CONFIGURATIONS[name]
    texts = {"main.tf": given} if isinstance(given, str) else given
    return {path: text.encode() for path, text in texts.items()}


def facts(outcome: TerraformOutcome) -> tuple[object, ...]:
    """All that two engines must agree on."""
    plan = outcome.plan_json or {}
    return (
        outcome.parse.passed,
        (outcome.validate.passed, sorted(map(repr, outcome.validate.problems))),
        outcome.plan and (outcome.plan.passed, sorted(map(repr, outcome.plan.problems))),
        [plan.get(part) for part in ("planned_values", "resource_changes", "output_changes")],
        plan.get("configuration"),
        outcome.missing_providers,
        outcome.relaxed,
    )


async def score(
    text: str, toolchain: Toolchain, engine: TerraformEngine, box: Sandbox, **task: Any
) -> Verdict:
    request = ScoreRequest(task=Task(format="terraform", **task), completion=f"```hcl\n{text}```\n")
    return await decide(prepare(request), Workbench(box, toolchain, engine), DEFAULT_WEIGHTS)


@pytest.mark.parametrize("name", CONFIGURATIONS)
async def test_warm_says_what_cold_says(
    name: str, quick: TerraformEngine, reference: TerraformEngine
) -> None:
    files = files_of(name)
    outcome = await quick.run(files)
    assert facts(outcome) == facts(await reference.run(files))
    assert not outcome.missing_providers


@pytest.mark.parametrize("name", CONFIGURATIONS)
async def test_says_what_the_real_one_says(
    name: str, toolchain: Toolchain, box: Sandbox, quick: TerraformEngine
) -> None:
    files = files_of(name)
    text = b"".join(files.values()).decode()
    used = [each for each in SOURCES if re.search(rf'"{_name(each)}_|::{_name(each)}::', text)]
    if absent := [_name(source) for source in used if source not in toolchain.providers]:
        pytest.skip(f"no real provider to compare its stand-in with: {', '.join(absent)}")
    async with open_engine("warm", toolchain, box) as real:
        expected = _meaning(await real.run(files))
    assert _meaning(await quick.run(files)) == expected


def _name(source: str) -> str:
    return source.rpartition("/")[2]


def _meaning(outcome: TerraformOutcome) -> tuple[object, ...]:
    """What a stand-in must agree on with the real one: not on words, nor on an archive's bytes."""
    plan = outcome.plan_json or {}
    parts = [plan.get(part) for part in ("planned_values", "resource_changes", "configuration")]
    problems = (*outcome.validate.problems, *(outcome.plan.problems if outcome.plan else ()))
    return (
        outcome.validate.passed,
        outcome.plan and outcome.plan.passed,
        sorted((each.severity, each.summary, each.file, each.line) for each in problems),
        re.sub(r"'(?:[0-9a-f]{32,128}|[\w+/]{43}=|[\w+/]{86}==)'", "HASH", repr(parts)),
    )


async def test_an_answer_that_takes_a_password_from_random_is_scored(
    stood_in: Toolchain, quick: TerraformEngine, box: Sandbox
) -> None:
    verdict = await score(PASSWORD, stood_in, quick, box)
    assert (verdict.status, verdict.reward) == (Status.SCORED, 1.0), verdict
    said = {found.message for stage in verdict.stages for found in stage.diagnostics}
    assert "hashicorp/random 3.7.2 (stand-in)" in said


async def test_a_stand_in_meets_means_and_a_pin_that_it_does_not_meet_is_beyond_them(
    stood_in: Toolchain, quick: TerraformEngine, box: Sandbox
) -> None:
    named = Means(providers={"random": ("~> 3.6",), "aws": ()})
    assert (await score(PASSWORD, stood_in, quick, box, means=named)).reward == 1.0
    later = PASSWORD.replace("~> 3.6", "~> 4.0")
    beyond = await score(later, stood_in, quick, box, means=named)
    assert beyond.status is Status.SCORED and beyond.reward is not None and beyond.reward < 0.5
    unmet = Means(providers={"random": ("~> 4.0",)})
    verdict = await score(PASSWORD, stood_in, quick, box, means=unmet)
    assert verdict.failure_kind is FailureKind.PROVIDER_MISSING


@pytest.mark.parametrize(
    "name", ["every type of random", "an archive, files and triggers", "moments"]
)
async def test_what_is_deployed_stays_as_it_is_and_goes(name: str, quick: TerraformEngine) -> None:
    files = files_of(name)
    if name == "an archive, files and triggers":
        main = files["main.tf"].decode().partition('resource "aws_lambda_function"')[0]
        files["main.tf"] = main.encode()
    outcome = await quick.run(files, Depth.DEPLOY)
    assert outcome.deploy is not None, outcome
    phases = (outcome.deploy.applied, outcome.deploy.unchanged, outcome.deploy.destroyed)
    assert all(phase is not None and phase.passed for phase in phases), outcome.deploy


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that everybody on this machine may read."""
    tmp_path.chmod(0o755)
    path = tmp_path / "secret"
    path.write_text("of this machine")
    return path


async def test_files_of_this_machine_are_not_there_to_be_read(
    secret: Path, quick: TerraformEngine, reference: TerraformEngine
) -> None:
    text = f'data "local_file" "a" {{\n  filename = "{secret}"\n}}\n' + BUCKET
    for engine in (quick, reference):
        outcome = await engine.run({"main.tf": text.encode()})
        assert outcome.plan is not None and not outcome.plan.passed
        assert "No such file" in outcome.plan.problems[0].detail


async def test_no_name_of_a_file_passes_for_a_plugin_that_is_lost(
    stood_in: Toolchain, quick: TerraformEngine, box: Sandbox
) -> None:
    """On a task with means nobody may choose to be unscored."""
    text = 'data "local_file" "a" {\n  filename = "Plugin did not respond"\n}\n' + BUCKET
    verdict = await score(text, stood_in, quick, box, means=Means())
    assert verdict.status is Status.SCORED, verdict
    assert verdict.components is not None and verdict.components.correctness == 0


async def test_many_plans_share_one_stand_in(quick: TerraformEngine) -> None:
    texts = [f'resource "random_pet" "a" {{\n  length = {n}\n}}\n' for n in range(1, 9)]
    outcomes = await asyncio.gather(*(quick.run({"main.tf": text.encode()}) for text in texts))
    for number, outcome in enumerate(outcomes, 1):
        assert outcome.plan_json is not None
        (pet,) = outcome.plan_json["planned_values"]["root_module"]["resources"]
        assert pet["values"]["length"] == number


@pytest.mark.parametrize("kind", ["warm", "cold"])
async def test_a_fault_of_ours_is_nobodys_score(
    kind: Any, stood_in: Toolchain, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is started in a box, so the fault is put in front of it."""
    from sandbox.standins import launch

    broken = launch._BOOT.replace(
        "main(sys.argv[1:])",
        "import sandbox.standins.planning as p; p.plan = None; main(sys.argv[1:])",
    )
    assert broken != launch._BOOT
    python = tuple(broken if word == launch._BOOT else word for word in launch._PYTHON)
    monkeypatch.setattr(launch, "_PYTHON", python)
    async with open_engine(kind, stood_in, box) as engine:
        verdict = await score('resource "random_pet" "a" {}\n' + BUCKET, stood_in, engine, box)
    assert (verdict.status, verdict.reward) == (Status.UNSCORED, None), verdict
    assert verdict.failure_kind is FailureKind.TOOL_CRASHED


BUCKET = '\nresource "aws_s3_bucket" "a" {\n  bucket = "engines-test-a"\n}\n'


async def test_the_real_one_goes_first(stood_in: Toolchain, quick: TerraformEngine) -> None:
    source = f"{REGISTRY}/hashicorp/random"
    assert source in stood_in.stood_in
    installed = replace(
        stood_in,
        providers={**stood_in.providers, source: Path("plugin")},
        provider_versions={**stood_in.provider_versions, source: "3.5.0"},
    )
    assert source not in installed.stood_in
    assert installed.version_of(source) == "3.5.0"
