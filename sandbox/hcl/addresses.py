"""Addresses of providers and modules: what a short one stands for, whose registry it leads to.

https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from sandbox.toolchain.table import MODULES, TOFU

REGISTRY = "registry.terraform.io"
OPENTOFU_REGISTRY = "registry.opentofu.org"
REGISTRIES = (REGISTRY, OPENTOFU_REGISTRY)
"""They name the same plugins by the same namespaces; each is the default of its own program."""

BUILTIN = "terraform.io/builtin/terraform"
AWS = f"{REGISTRY}/hashicorp/aws"

_ADDRESS = re.compile(
    r"(?:(?P<host>[\w-]+(?:\.[\w-]+)+)/)?"
    r"(?P<package>[\w-]+/[\w-]+/[a-z0-9]+)(?://(?P<inside>[\w./-]+))?"
)
"""https://developer.hashicorp.com/terraform/internals/module-registry-protocol#module-addresses"""

_KNOWN_MODULES = frozenset(pin.source for pin in MODULES)

_Known = TypeVar("_Known")


@dataclass(frozen=True, slots=True)
class RegistryAddress:
    """A module of a registry: ``package`` is namespace/name/provider, ``inside`` a folder of it."""

    host: str
    package: str
    inside: str = ""

    def __str__(self) -> str:
        return f"{self.host}/{self.package}{f'//{self.inside}' if self.inside else ''}"


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


def registry_address(source: str, registry: str = REGISTRY) -> RegistryAddress | None:
    """A module's source as an address of a public registry, None where it is none."""
    match = _ADDRESS.fullmatch(source)
    if match is None or (match["host"] or registry) not in REGISTRIES:
        return None
    inside = posixpath.normpath(match["inside"]) if match["inside"] else ""
    if inside.startswith(".."):
        return None
    return RegistryAddress(match["host"] or registry, match["package"], inside)


def is_known_module(source: str) -> bool:
    """Whether a source names a module of the toolchain's table: where it is not here, that is a
    gap of this machine."""
    address = registry_address(source)
    return address is not None and address.package in _KNOWN_MODULES
