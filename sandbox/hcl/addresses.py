"""Addresses of providers: what a short one stands for, and whose registry it leads to.

https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses
"""

from collections.abc import Mapping
from typing import TypeVar

from sandbox.toolchain.table import TOFU

REGISTRY = "registry.terraform.io"
OPENTOFU_REGISTRY = "registry.opentofu.org"
REGISTRIES = (REGISTRY, OPENTOFU_REGISTRY)
"""They name the same plugins by the same namespaces; each is the default of its own program."""

BUILTIN = "terraform.io/builtin/terraform"
AWS = f"{REGISTRY}/hashicorp/aws"

_Known = TypeVar("_Known")


def canonical_source(source: str, registry: str = REGISTRY) -> str:
    """A source address in full: "aws" is registry.terraform.io/hashicorp/aws.

    ``registry`` is the default one of the program that reads the configuration.
    """
    parts = source.lower().split("/")
    if parts == ["terraform"]:
        return BUILTIN
    return "/".join([*[registry, "hashicorp"][: 3 - len(parts)], *parts])


def registry_of(program: str) -> str:
    """The default registry of what stands in for Terraform; "" is Terraform itself."""
    return OPENTOFU_REGISTRY if program == TOFU else REGISTRY


def served_by(registry: str, known: Mapping[str, _Known]) -> dict[str, _Known]:
    """What is known by source, with what another public registry has for this one as well.

    They publish the same plugins, so a mirror of one serves whoever asks for the other's.
    """
    served = dict(known)
    for source, value in known.items():
        host, _, name = source.partition("/")
        if host in REGISTRIES:
            served.setdefault(f"{registry}/{name}", value)
    return served
