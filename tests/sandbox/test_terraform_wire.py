"""The relay's decisions: which part of a schema, and what a provider is configured with."""

import time
from typing import Any

import msgpack
import pytest

from sandbox.hcl.addresses import OPENTOFU_REGISTRY, REGISTRY
from sandbox.protowire import BrokenMessage, bytes_field, fields
from sandbox.terraform.plugins.configure import (
    AWS_DROPPED,
    NOBODY,
    UNREACHABLE,
    Settings,
    rewrite_aws,
    rewrite_check,
    rewrite_request,
)
from sandbox.terraform.plugins.projection import SchemaIndex, names_in
from sandbox.terraform.plugins.providers import row


def _entry(number: int, name: str, value: bytes) -> bytes:
    return bytes_field(number, bytes_field(1, name.encode()) + bytes_field(2, value))


PROVIDER = bytes_field(1, b"provider schema")
VPC = _entry(2, "aws_vpc", b"vpc")
SUBNET = _entry(2, "aws_subnet", b"subnet")
VPC_DATA = _entry(3, "aws_vpc", b"data")
FUNCTION = _entry(7, "arn_parse", b"function")
ANSWER = PROVIDER + VPC + SUBNET + VPC_DATA + FUNCTION


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ((), b""),
        (("aws_vpc",), VPC + VPC_DATA),
        (("aws_subnet", "aws_vpc", "no_such_type"), SUBNET + VPC + VPC_DATA),
    ],
)
def test_projects_the_named_types_byte_for_byte(names: tuple[str, ...], kept: bytes) -> None:
    assert SchemaIndex.of(ANSWER).projected(names) == PROVIDER + FUNCTION + kept


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("aws_vpcs", VPC + VPC_DATA),
        ("aws_vbcs", VPC + VPC_DATA),
        ("aws_subent", SUBNET),
        ("aws_vp_link", b""),
        ("vpc", b""),
        ("asw_vpc", b""),
    ],
)
def test_brings_what_terraform_would_suggest_for_a_misspelt_type(name: str, kept: bytes) -> None:
    assert SchemaIndex.of(ANSWER).projected((name,)) == PROVIDER + FUNCTION + kept


def test_thousands_of_unknown_words_take_no_time() -> None:
    answer = b"".join(_entry(2, f"aws_{n:x}_{n * 7919:x}", b"") for n in range(2000))
    index = SchemaIndex.of(answer)
    started = time.process_time()
    index.projected(f"aws_{n * 31:x}_name" for n in range(5000))
    assert time.process_time() - started < 10  # one look at each entry for each word: minutes


@pytest.mark.parametrize("number", [2, 3, 8, 9, 10, 11])
def test_cuts_every_map_of_types_in_both_protocols(number: int) -> None:
    kept, cut = _entry(number, "aws_kept", b"1"), _entry(number, "aws_other", b"2")
    assert SchemaIndex.of(PROVIDER + kept + cut).projected(("aws_kept",)) == PROVIDER + kept


def test_names_every_word_that_could_be_a_type() -> None:
    files = {"main.tf": b'resource "aws_vpc" "x" {\n  a = data.aws_ami.y.id\n}\n'}
    assert {"aws_vpc", "aws_ami"} <= names_in(files)


def test_configures_for_the_emulator_and_keeps_region_and_tags() -> None:
    tags = [{"tags": {"team": "x"}}]
    given = {
        "access_key": None,
        "secret_key": None,
        "token": "t",
        "region": "eu-west-1",
        "profile": "me",
        "assume_role": [{"role_arn": "arn"}],
        "endpoints": [{"s3": "http://elsewhere"}],
        "default_tags": tags,
        "max_retries": None,
        "skip_credentials_validation": None,
    }
    rewritten = rewrite_aws(given)
    assert rewritten["region"] == "eu-west-1"
    assert rewritten["default_tags"] == tags
    assert (rewritten["assume_role"], rewritten["endpoints"]) == ([], [])
    assert rewritten["profile"] is rewritten["token"] is None
    assert rewritten["access_key"] and rewritten["skip_credentials_validation"] is True
    assert rewritten.keys() == given.keys()


@pytest.mark.parametrize("region", [None, msgpack.ExtType(0, b"\0")])
def test_a_region_that_is_not_known_is_the_default(region: object) -> None:
    assert rewrite_aws({"region": region})["region"] == "us-east-1"


def test_rewrites_only_the_settings_of_a_request() -> None:
    settings = msgpack.packb({"profile": "me", "region": "x", "later": msgpack.ExtType(0, b"\0")})
    version, capabilities = bytes_field(1, b"1.11.4"), bytes_field(3, b"")
    request = version + bytes_field(2, bytes_field(1, settings)) + capabilities
    first, second, third = fields(rewrite_request(request, rewrite_aws))
    assert (first.raw, third.raw) == (version, capabilities)
    (packed,) = fields(second.value or b"")
    assert msgpack.unpackb(packed.value or b"") == {
        "profile": None,
        "region": "x",
        "later": msgpack.ExtType(0, b"\0"),
    }


def test_a_check_leaves_out_only_the_endpoints() -> None:
    entry = row(f"{REGISTRY}/hashicorp/aws")
    assert entry is not None
    settings = {"endpoints": [{"s3": "http://x"}], "profile": "me"}
    (checked,) = fields(
        rewrite_check(bytes_field(1, bytes_field(1, msgpack.packb(settings))), entry.check)
    )
    (packed,) = fields(checked.value or b"")
    assert checked.number == 1
    assert msgpack.unpackb(packed.value or b"") == {"endpoints": [], "profile": "me"}


@pytest.mark.parametrize("value", [b"", bytes_field(2, b"{}"), bytes_field(1, b"\xc1")])
def test_settings_that_cannot_be_read_are_not_passed_on(value: bytes) -> None:
    with pytest.raises(BrokenMessage):
        rewrite_request(bytes_field(2, value), rewrite_aws)


def test_drops_nothing_that_a_plan_depends_on() -> None:
    assert not AWS_DROPPED & {"region", "default_tags", "ignore_tags"}


UNKNOWN = msgpack.ExtType(0, b"\0")
FEATURES = [{"key_vault": [{"purge_soft_delete_on_destroy": True}]}]


def _configured(provider: str, settings: Settings) -> Any:
    """What a provider of the table is configured with, over the wire and back."""
    entry = row(f"{REGISTRY}/hashicorp/{provider}")
    assert entry is not None and entry.warm
    request = bytes_field(2, bytes_field(1, msgpack.packb(settings)))
    (config,) = fields(rewrite_request(request, entry.rewriter))
    (packed,) = fields(config.value or b"")
    return msgpack.unpackb(packed.value or b"")


@pytest.mark.parametrize("provider", ["google", "google-beta"])
def test_google_is_signed_in_with_a_fake_token_in_the_authors_project(provider: str) -> None:
    given: Settings = {
        "access_token": None,
        "credentials": "/home/me/key.json",
        "impersonate_service_account": "me@x",
        "impersonate_service_account_delegates": ["a"],
        "external_credentials": [{"audience": "a"}],
        "universe_domain": "elsewhere",
        "storage_custom_endpoint": "http://elsewhere",
        "project": "mine",
        "region": "europe-west1",
        "default_labels": {"team": "x"},
    }
    kept = {name: given[name] for name in ("project", "region", "default_labels")}
    assert _configured(provider, given) == kept | {
        "access_token": "emulated",
        "credentials": None,
        "impersonate_service_account": None,
        "impersonate_service_account_delegates": [],
        "external_credentials": [],
        "universe_domain": None,
        "storage_custom_endpoint": None,
    }
    assert _configured(provider, {"project": None}) == {"project": "emulated"}


def test_azure_is_signed_in_as_nobody_with_its_features_kept() -> None:
    given: Settings = {
        "features": FEATURES,
        "subscription_id": "11111111-1111-1111-1111-111111111111",
        "tenant_id": UNKNOWN,
        "client_id": "",
        "client_secret": None,
        "client_certificate_path": "/me.pfx",
        "auxiliary_tenant_ids": ["a"],
        "use_cli": None,
        "use_msi": True,
        "use_oidc": True,
        "resource_provider_registrations": "extended",
        "resource_providers_to_register": ["Microsoft.Web"],
    }
    assert _configured("azurerm", given) == {
        "features": FEATURES,
        "subscription_id": "11111111-1111-1111-1111-111111111111",
        "tenant_id": NOBODY,
        "client_id": NOBODY,
        "client_secret": "emulated",
        "client_certificate_path": None,
        "auxiliary_tenant_ids": [],
        "use_cli": False,
        "use_msi": False,
        "use_oidc": False,
        "resource_provider_registrations": "none",
        "resource_providers_to_register": [],
    }


@pytest.mark.parametrize(
    ("given", "configured"),
    [
        ({"skip_provider_registration": None}, {"skip_provider_registration": True}),
        (
            {"skip_provider_registration": True, "resource_provider_registrations": None},
            {"skip_provider_registration": None, "resource_provider_registrations": "none"},
        ),
    ],
    ids=["version 3", "version 4"],
)
def test_azure_registers_nothing_in_each_versions_words(
    given: Settings, configured: Settings
) -> None:
    assert _configured("azurerm", given) == configured


CLUSTER: Settings = {
    "host": "https://prod.example.com",
    "insecure": None,
    "token": "t",
    "config_path": "~/.kube/config",
    "config_paths": ["a", "b"],
    "client_key": UNKNOWN,
    "exec": [{"command": "aws", "args": ["eks", "get-token"]}],
}
NO_CLUSTER: Settings = {
    "host": UNREACHABLE,
    "insecure": True,
    "token": None,
    "config_path": None,
    "config_paths": [],
    "client_key": None,
    "exec": [],
}


def test_kubernetes_reaches_no_cluster_and_runs_no_program() -> None:
    kept = {"ignore_labels": ["x"]}
    assert _configured("kubernetes", CLUSTER | kept) == NO_CLUSTER | kept


@pytest.mark.parametrize(
    ("given", "configured"),
    [
        ([CLUSTER], [NO_CLUSTER]),
        (CLUSTER, NO_CLUSTER),
        ([], []),
        (None, None),
        (UNKNOWN, UNKNOWN),
    ],
    ids=["a block (version 2)", "an object (version 3)", "no block", "null", "unknown"],
)
def test_helm_reaches_no_cluster_either(given: object, configured: object) -> None:
    settings = {"kubernetes": given, "registry_config_path": "/me", "burst_limit": 5}
    expected = {"kubernetes": configured, "registry_config_path": None, "burst_limit": 5}
    assert _configured("helm", settings) == expected


@pytest.mark.parametrize("provider", ["random", "null", "tls", "time", "cloudinit"])
def test_what_only_computes_is_configured_as_written(provider: str) -> None:
    given: Settings = {"proxy": [{"url": "http://me"}], "anything": 1}
    assert _configured(provider, given) == given


@pytest.mark.parametrize("provider", ["local", "archive", "external", "http"])
def test_what_reads_the_configurations_files_runs_beside_them(provider: str) -> None:
    entry = row(f"{REGISTRY}/hashicorp/{provider}")
    assert entry is not None and not entry.warm


def test_a_row_holds_for_either_registry_and_for_no_other_host() -> None:
    assert row(f"{REGISTRY}/hashicorp/aws") is row(f"{OPENTOFU_REGISTRY}/hashicorp/aws")
    assert row("example.com/hashicorp/aws") is None
    assert row(f"{REGISTRY}/cloudflare/cloudflare") is None


def test_only_aws_finds_an_emulator() -> None:
    entry = row(f"{REGISTRY}/hashicorp/aws")
    assert entry is not None and entry.emulated and "AWS_ENDPOINT_URL" in entry.environment
    others = [row(f"{REGISTRY}/hashicorp/{name}") for name in ("google", "azurerm", "random")]
    assert not any(other is None or other.emulated or other.environment for other in others)
