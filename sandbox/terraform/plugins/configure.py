"""Rewrites the Configure request, so that a plan needs no account and stays on the machine. Pure.

What the author wrote about regions, projects and tags stays. Credentials become fake, and what
names files, roles or endpoints of the author's machine or account goes: a provider that has an
emulator finds it through its environment. The configuration itself is not touched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgpack

from sandbox import protowire

Settings = dict[str, Any]
"""A provider's arguments and blocks by name, as MessagePack has them: a block that repeats is a
list, what is not known before apply is an ``ExtType``."""

Rewriter = Callable[[Settings], Settings]

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A rewriter as data. Names that the provider's schema does not have are passed over, so one
    serves several versions of a provider."""

    dropped: frozenset[str] = frozenset()
    """Arguments and blocks that concern their author's machine or account: null, or no block."""
    dropped_endings: tuple[str, ...] = ()
    """How further names end that are dropped."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that have this value whatever was written."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Text arguments that have this value where none is known."""
    inner: Mapping[str, "Rewrite"] = field(default_factory=dict)
    """Blocks that are rewritten in turn."""

    def names(self, written: str) -> bool:
        """Whether what the author wrote under that name does not count."""
        return (
            written in self.dropped
            or written in self.fixed
            or (bool(self.dropped_endings) and written.endswith(self.dropped_endings))
        )

    def __call__(self, settings: Settings) -> Settings:
        """The settings, made harmless."""
        rewritten = dict(settings)
        for name, value in settings.items():
            if name in self.fixed:
                rewritten[name] = self.fixed[name]
            elif self.names(name):
                rewritten[name] = [] if isinstance(value, list) else None
            elif name in self.defaults and not (isinstance(value, str) and value):
                rewritten[name] = self.defaults[name]
            elif name in self.inner:
                rewritten[name] = _each(self.inner[name], value)
        return rewritten


def _each(rewrite: Rewrite, value: Any) -> Any:
    """A block that repeats (a list) or not (an object) with each rewritten."""
    if isinstance(value, list):
        return [_each(rewrite, item) for item in value]
    return rewrite(value) if isinstance(value, dict) else value


unchanged = Rewrite()
"""For providers that only compute: nothing of theirs names a machine or an account."""

AWS_DROPPED = frozenset(
    {
        "allowed_account_ids",
        "assume_role",
        "assume_role_with_web_identity",
        "custom_ca_bundle",
        "ec2_metadata_service_endpoint",
        "ec2_metadata_service_endpoint_mode",
        "endpoints",
        "forbidden_account_ids",
        "http_proxy",
        "https_proxy",
        "insecure",
        "no_proxy",
        "profile",
        "s3_us_east_1_regional_endpoint",
        "shared_config_files",
        "shared_credentials_files",
        "sts_region",
        "token",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
    }
)
"""Arguments and blocks of ``provider "aws"`` that concern its author's machine or account."""

AWS_SET: Mapping[str, Any] = MappingProxyType(
    {
        "access_key": "emulated",
        "secret_key": "emulated",
        "max_retries": 1,  # calls that the emulator does not know would stall
        "s3_use_path_style": True,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": "true",
    }
)

rewrite_aws = Rewrite(
    dropped=AWS_DROPPED,
    fixed=AWS_SET,
    defaults=MappingProxyType({"region": DEFAULT_REGION}),
)
"""The arguments are those of hashicorp/aws 5.100.0."""

check_aws = Rewrite(dropped=frozenset({"endpoints"}))
"""An ``endpoints`` block has 300 arguments; the provider takes 1.8 s to check one, refuses nothing
in it (Terraform's own check of their names comes before), and never gets to use it."""

rewrite_google = Rewrite(
    dropped=frozenset(
        {
            "credentials",
            "external_credentials",
            "impersonate_service_account",
            "impersonate_service_account_delegates",
            "universe_domain",
        }
    ),
    dropped_endings=("_custom_endpoint",),
    fixed=MappingProxyType({"access_token": "emulated"}),
    defaults=MappingProxyType({"project": "emulated"}),
)
"""The arguments are those documented for hashicorp/google, in its provider reference."""

NOBODY = "00000000-0000-0000-0000-000000000000"
"""The identity of whatever Azure account is not named."""

_AZURERM = Rewrite(
    dropped=frozenset(
        {
            "ado_pipeline_service_connection_id",
            "auxiliary_tenant_ids",
            "client_certificate",
            "client_certificate_password",
            "client_certificate_path",
            "client_id_file_path",
            "client_secret_file_path",
            "metadata_host",
            "msi_api_version",
            "msi_endpoint",
            "oidc_request_token",
            "oidc_request_url",
            "oidc_token",
            "oidc_token_file_path",
            "resource_providers_to_register",
        }
    ),
    fixed=MappingProxyType(
        {
            "client_secret": "emulated",
            "resource_provider_registrations": "none",
            "use_aks_workload_identity": False,
            "use_cli": False,
            "use_msi": False,
            "use_oidc": False,
        }
    ),
    defaults=MappingProxyType(
        {"client_id": NOBODY, "subscription_id": NOBODY, "tenant_id": NOBODY}
    ),
)

UNREACHABLE = "https://127.0.0.1:1"
"""A cluster that answers nobody."""

rewrite_kubernetes = Rewrite(
    dropped=frozenset(
        {
            "client_certificate",
            "client_key",
            "cluster_ca_certificate",
            "config_context",
            "config_context_auth_info",
            "config_context_cluster",
            "config_path",
            "config_paths",
            "exec",
            "password",
            "proxy_url",
            "tls_server_name",
            "token",
            "username",
        }
    ),
    fixed=MappingProxyType({"host": UNREACHABLE, "insecure": True}),
)
"""The arguments are those documented for hashicorp/kubernetes, in its provider reference."""

rewrite_helm = Rewrite(
    dropped=frozenset(
        {
            "plugins_path",
            "registries",
            "registry",
            "registry_config_path",
            "repository_cache",
            "repository_config_path",
        }
    ),
    inner=MappingProxyType({"kubernetes": rewrite_kubernetes}),
)
"""The arguments are those documented for hashicorp/helm, in its provider reference."""

_CONFIG = 2  # Configure.Request.config, a DynamicValue
_CHECKED = 1  # PrepareProviderConfig.Request.config, a DynamicValue
_MSGPACK = 1  # DynamicValue.msgpack


def rewrite_azurerm(settings: Settings) -> Settings:
    """The settings of ``provider "azurerm"``, signed in as nobody, with nothing registered.

    Version 4 knows ``resource_provider_registrations`` and refuses the older
    ``skip_provider_registration`` beside it; version 3 knows the older alone.
    """
    rewritten = _AZURERM(settings)
    if "skip_provider_registration" in rewritten:
        newer = "resource_provider_registrations" in rewritten
        rewritten["skip_provider_registration"] = None if newer else True
    return rewritten


def rewrite_request(request: bytes, rewriter: Rewriter) -> bytes:
    """A Configure request (protocol 5 or 6) with its settings rewritten.

    Raises:
        protowire.BrokenMessage: it is not one, or its settings are not MessagePack.
    """
    return _rewritten(request, _CONFIG, rewriter)


def rewrite_check(request: bytes, rewriter: Rewriter) -> bytes:
    """A request to check a provider block (PrepareProviderConfig in protocol 5,
    ValidateProviderConfig in 6) with its settings rewritten.

    The settings in the answer then lack what was left out; Terraform does not use them.

    Raises:
        protowire.BrokenMessage: it is not one, or its settings are not MessagePack.
    """
    return _rewritten(request, _CHECKED, rewriter)


def _rewritten(request: bytes, config: int, rewriter: Rewriter) -> bytes:
    if rewriter is unchanged:
        return request
    return b"".join(
        protowire.bytes_field(config, _rewrite_value(field.value, rewriter))
        if field.number == config and field.value is not None
        else field.raw
        for field in protowire.fields(request)
    )


def _rewrite_value(value: bytes, rewriter: Rewriter) -> bytes:
    packed = next((part.value for part in protowire.fields(value) if part.number == _MSGPACK), None)
    if packed is None:
        raise protowire.BrokenMessage("the settings are not MessagePack")
    try:
        settings = msgpack.unpackb(packed, strict_map_key=False)
    except ValueError as error:
        raise protowire.BrokenMessage(f"the settings are not MessagePack: {error}") from error
    if not isinstance(settings, dict):
        raise protowire.BrokenMessage("the settings are not an object")
    return protowire.bytes_field(_MSGPACK, msgpack.packb(rewriter(settings)))
