"""Rewrites the Configure request, so that a plan needs no account and stays on the machine. Pure.

What the author wrote about region and tags stays. Credentials become fake, and what names files,
roles or endpoints of the author's machine or account goes: the provider process finds the emulator
through ``AWS_ENDPOINT_URL``. The configuration itself is not touched.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgpack

from sandbox.terraform import protowire

Settings = dict[str, Any]
Rewriter = Callable[[Settings], Settings]

DEFAULT_REGION = "us-east-1"

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

_CONFIG = 2  # Configure.Request.config, a DynamicValue
_MSGPACK = 1  # DynamicValue.msgpack


def rewrite_aws(settings: Settings) -> Settings:
    """The settings of ``provider "aws"``, turned to the emulator."""
    rewritten = dict(settings)
    for name in AWS_DROPPED & rewritten.keys():
        rewritten[name] = [] if isinstance(rewritten[name], list) else None
    rewritten.update({name: value for name, value in AWS_SET.items() if name in rewritten})
    if not isinstance(rewritten.get("region"), str):  # null, or not known before apply
        rewritten["region"] = DEFAULT_REGION
    return rewritten


def rewrite_request(request: bytes, rewriter: Rewriter) -> bytes:
    """A Configure request (protocol 5 or 6) with its settings rewritten.

    Raises:
        protowire.BrokenMessage: it is not one, or its settings are not MessagePack.
    """
    return b"".join(
        protowire.bytes_field(_CONFIG, _rewrite_value(field.value, rewriter))
        if field.number == _CONFIG and field.value is not None
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
