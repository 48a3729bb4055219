"""Relaxing configurations before Terraform sees them: pure functions over text."""

import json
from pathlib import Path

from sandbox.hcl.addresses import AWS, OPENTOFU_REGISTRY, REGISTRY
from sandbox.hcl.survey import outlines
from sandbox.terraform.mirrored import cli_config, mirror_binds, neutral
from sandbox.terraform.relax import relax
from tests.sandbox.configurations import IN_JSON


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


def test_relaxes_json_and_keeps_it_json_and_its_lines() -> None:
    text = IN_JSON.replace(">", "\\u003e")
    files = {"main.tf.json": text.encode()}
    result = relax(files, outlines(files), "1.11.4", {AWS: "5.100.0"})
    relaxed = result.files["main.tf.json"].decode()
    assert relaxed.count("\n") == text.count("\n")
    assert json.loads(relaxed)["terraform"] == {
        "required_version": ">= 0",
        "required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 0"}},
        "//": {"s3": {"bucket": "b"}},
    }
    assert len(result.notes) == 3


def test_finds_a_providers_version_by_the_modules_own_name_of_it() -> None:
    text = (
        "terraform {\n  required_providers {\n    amazon = {\n"
        '      source  = "hashicorp/aws"\n      version = "~> 3.0"\n    }\n  }\n}\n'
        'provider "amazon" {\n  version = "~> 4.0"\n}\n'
    )
    files = {"modules/a/main.tf": text.encode(), "main.tf": b'provider "amazon" {}\n'}
    result = relax(files, outlines(files), "1.11.4", {AWS: "5.100.0"})
    assert result.files["modules/a/main.tf"].count(b'">= 0"') == 2


def test_cold_plans_json_without_the_authors_account() -> None:
    (content,) = neutral(outlines({"main.tf.json": IN_JSON.encode()})).values()
    first, second = json.loads(content)["provider"]["aws"]
    assert first == {"region": "eu-west-1", "//": {"role_arn": "arn"}}, "the last comment counts"
    assert second == {"alias": "west", "region": "us-west-2"}


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


def test_a_mirror_lies_under_the_programs_own_registry_too(tmp_path: Path) -> None:
    terraform, both = tmp_path / "terraform", tmp_path / "both"
    for folder in (terraform / REGISTRY, both / REGISTRY, both / OPENTOFU_REGISTRY):
        folder.mkdir(parents=True)
    mirrors = (terraform, both)
    own = {bind.source: bind.target for bind in mirror_binds(mirrors)}
    assert own == {terraform: "/assay/mirror/0", both: "/assay/mirror/1"}
    tofu = {bind.source: bind.target for bind in mirror_binds(mirrors, OPENTOFU_REGISTRY)}
    assert tofu == own | {terraform / REGISTRY: f"/assay/mirror/0-too/{OPENTOFU_REGISTRY}"}
    assert b'path = "/assay/mirror/0-too"' in cli_config(mirrors, OPENTOFU_REGISTRY)
    assert b"too" not in cli_config(mirrors)
