"""What of a repository could be an answer, and what of that may be kept."""

from pathlib import Path

import pytest

from datagen.sources.collected.leaks import secrets_in
from datagen.sources.collected.licences import (
    allowed,
    licence_files,
    licence_of_text,
    licensed_folder,
)
from datagen.sources.collected.paths import format_of, is_terraform
from datagen.sources.collected.quality import quality_of
from datagen.sources.collected.settings import CollectionSettings, read_collection_settings
from datagen.sources.collected.units import Unit, calls_own_modules, units_of
from tests.datagen.repositories import BUCKET, COMPOSE, GPL, MIT, WORKFLOW


@pytest.mark.parametrize(
    ("path", "format"),
    [
        (".github/workflows/test.yml", "github-actions"),
        ("services/api/.github/workflows/test.yaml", "github-actions"),
        (".github/dependabot.yml", None),
        (".gitlab-ci.yml", "gitlab-ci"),
        ("azure-pipelines.yml", "azure-pipelines"),
        ("ci/azure-pipelines-release.yml", "azure-pipelines"),
        (".circleci/config.yml", "circleci"),
        ("bitbucket-pipelines.yml", "bitbucket-pipelines"),
        ("Dockerfile", "dockerfile"),
        ("api/Dockerfile.prod", "dockerfile"),
        ("api.dockerfile", "dockerfile"),
        ("docker-compose.yml", "compose"),
        ("stack/compose.override.yaml", "compose"),
        ("k8s/web/deployment.yaml", "kubernetes"),
        ("k8s/kustomization.yaml", None),
        ("charts/web/templates/deployment.yaml", None),
        ("cfn/network.yaml", "cloudformation"),
        ("stack.template.json", "cloudformation"),
        ("playbooks/web.yml", "ansible"),
        ("site.yml", "ansible"),
        ("node_modules/x/Dockerfile", None),
        ("README.md", None),
        ("config.yaml", None),
    ],
)
def test_a_format_is_told_by_the_path(path: str, format: str | None) -> None:
    assert format_of(path) == format


def test_modules_are_folders_of_terraform() -> None:
    paths = ["main.tf", "modules/a/main.tf", "modules/a/variables.tf", "x/.terraform/y/main.tf"]
    found = units_of([*paths, "Dockerfile"], frozenset({"terraform", "dockerfile"}))
    assert [(each.format, each.path, each.members) for each in found] == [
        ("terraform", ".", ("main.tf",)),
        ("terraform", "modules/a", ("modules/a/main.tf", "modules/a/variables.tf")),
        ("dockerfile", "Dockerfile", ("Dockerfile",)),
    ]
    assert not units_of(paths, frozenset({"compose"}))
    assert not is_terraform("main.tf.json") and not is_terraform("vendor/a/main.tf")


def test_a_module_that_calls_its_neighbours_is_not_whole() -> None:
    call = 'module "a" {\n  source = "./modules/a"\n}\n'
    assert calls_own_modules(Unit("terraform", ".", {"main.tf": call}))
    assert not calls_own_modules(Unit("terraform", ".", dict(BUCKET)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.tf", '  password = "hunter2hunter2"\n'),
        ("main.tf", 'access_key = "AKIAIOSFODNN7EXAMPLE"\n'),  # pragma: allowlist secret
        ("k8s.yaml", "env:\n  POSTGRES_PASSWORD: sup3rs3cret\n"),
        ("compose.yaml", "url: https://bob:pa55w0rd@example.org/x\n"),
        ("x.yml", "key: |\n  -----BEGIN RSA PRIVATE KEY-----\n"),
        ("x.yml", "token: ghp_abcdefghijklmnopqrstuvwxyz0123456789\n"),
        ("main.tf", f'a = "{"x" * 5000}"\n'),
        ("x" * 300 + ".tf", '  password = "hunter2hunter2"\n'),
        ("Dockerfile." + "x" * 300, "ENV TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123456789\n"),
    ],
)
def test_a_secret_is_found_and_not_repeated(name: str, text: str) -> None:
    (found, *_) = secrets_in({name: text})
    assert found.startswith(name)
    assert "hunter2" not in found and "sup3r" not in found and "ghp_" not in found


@pytest.mark.parametrize(
    "text",
    [
        "password = var.db_password\n",
        '  master_password = "${random_password.db.result}"\n',
        "secret = aws_secretsmanager_secret.x.arn\n",
        'ami = "ami-0c55b159cbfafe1f0"\n',
        'secret_name = "db-credentials"\n',
        "uses: actions/checkout@8f4b7f84864484a7bf31766abf9204da3cbe65b3\n",
        "token: ${{ secrets.GITHUB_TOKEN }}\n",
        "image: nginx@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
        "secretName: db-credentials\n",
        "MYSQL_PASSWORD_FILE: /run/secrets/db\n",
    ],
)
def test_a_reference_is_no_secret(text: str) -> None:
    name = "main.tf" if " = " in text else "main.yaml"
    assert secrets_in({name: text}) == []


def test_a_licence_is_told_by_its_text() -> None:
    theirs = MIT.replace("[year] [fullname]", "2026 Acme")
    assert licence_of_text(theirs) == "MIT"
    assert licence_of_text(GPL) == "GPL-3.0"
    assert licence_of_text("All rights reserved.\n") == ""
    files = licence_files(["LICENSE", "licence.txt", "src/LICENSE", "COPYING", "LICENSES.md"])
    assert files == {".": ["COPYING", "LICENSE", "licence.txt"], "src": ["src/LICENSE"]}
    above = {path: licensed_folder(path, files) for path in ("src/a/b.tf", "src/b.tf", "b.tf")}
    assert above == {"src/a/b.tf": "src", "src/b.tf": "src", "b.tf": "."}


def test_an_unknown_licence_is_allowed_only_where_asked() -> None:
    assert allowed("MIT", ["MIT"], unknown=False)
    assert not allowed("GPL-3.0", ["MIT"], unknown=True)
    assert not allowed("", ["MIT"], unknown=False)
    assert allowed("", ["MIT"], unknown=True)


def test_quality_is_lower_for_a_stub() -> None:
    good, _ = quality_of(Unit("terraform", ".", dict(BUCKET)))
    stub = 'variable "x" {}\n# TODO\nresource "aws_s3_bucket" "foo" {}\n'
    poor, signs = quality_of(Unit("terraform", ".", {"main.tf": stub}))
    assert good == 1.0 and poor < 0.5
    assert signs["variables described"] == 0.0
    assert quality_of(Unit("compose", "c", {"c.yml": COMPOSE}))[0] == 1.0
    assert quality_of(Unit("github-actions", "w", {"w.yml": WORKFLOW}))[0] == 1.0


def test_flags_hold_over_a_files_settings(tmp_path: Path) -> None:
    file = tmp_path / "collect.yaml"
    file.write_text("formats: [compose]\nlicences: [GPL-3.0]\ncache_ttl_hours: 2\n")
    flags = {"formats": ("ansible",), "licences": (), "min_quality": None, "cache_ttl_hours": 3.0}
    read = read_collection_settings(file, flags)
    assert (read.formats, read.licences, read.cache_ttl_hours) == (("ansible",), ("GPL-3.0",), 3.0)
    assert read.min_quality == CollectionSettings().min_quality
