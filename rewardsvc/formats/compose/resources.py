"""Top-level networks, volumes, secrets and configs: what their own settings contradict."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.formats.compose.project import Path, Project, plain, value_at
from rewardsvc.types import Diagnostic

_CONTENT: Mapping[str, tuple[str, ...]] = {
    "secrets": ("file", "environment"),
    "configs": ("file", "environment", "content"),
}
"""One of these says what a secret or a config holds."""

_BESIDE_EXTERNAL = frozenset({"external", "name"})
MAX_BLOCKS = 10
"""Of one network's addresses; nobody has more."""

_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]*")


def content_twice(project: Project) -> Iterator[Diagnostic]:
    """What a secret or a config holds comes from one place."""
    for section, keys in _CONTENT.items():
        for name, resource in _mappings(project, section):
            given = [key for key in keys if resource.get(key)]
            if len(given) > 1:
                words = f"{' and '.join(given)} exclude each other"
                yield project.source.problem("content-twice", words, (section, name, given[-1]))


def external_and_more(project: Project) -> Iterator[Diagnostic]:
    """What is made elsewhere has a name here, and nothing else."""
    for section in ("networks", "volumes", "secrets", "configs"):
        for name, resource in _mappings(project, section):
            if resource.get("external") is not True:
                continue
            more = sorted(
                key for key, value in resource.items()
                if key not in _BESIDE_EXTERNAL and not key.startswith("x-") and value is not None
            )  # fmt: skip
            if more:
                words = f"{name!r} is external, and has {more[0]} of its own"
                yield project.source.problem("external", words, (section, name, more[0]))


def named_twice(project: Project) -> Iterator[Diagnostic]:
    """The name of what is made elsewhere is said once."""
    for section in ("networks", "volumes", "secrets", "configs"):
        for name, resource in _mappings(project, section):
            inner, outer = value_at(resource, ("external", "name")), resource.get("name")
            if inner and outer and inner != outer:
                words = f"{name}: name {outer!r} and external.name {inner!r} differ"
                yield project.source.problem("external-name", words, (section, name, "name"))


def subnets(project: Project) -> Iterator[Diagnostic]:
    """Subnets are networks, and hold the gateway and the range that are said to be in them."""
    for name, block, place in _blocks(project):
        subnet = plain(block.get("subnet"))
        if subnet is None:
            continue
        try:
            network = ipaddress.ip_network(subnet if "/" in subnet else "", strict=False)
        except ValueError:
            words = f"{name}: {subnet!r} is no subnet"
            yield project.source.problem("subnet", words, (*place, "subnet"))
            continue
        gateway = plain(block.get("gateway"))
        if gateway and not _lies_in(gateway, network):
            words = f"{name}: the gateway {gateway!r} is not in {subnet}"
            yield project.source.problem("subnet", words, (*place, "gateway"))


def fixed_addresses(project: Project) -> Iterator[Diagnostic]:
    """An address of one's own is in a subnet that the network is configured with."""
    networks = project.section("networks")
    blocks: dict[str, list[str | None]] = {
        name: [] for name, network in networks.items()
        if not (isinstance(network, dict) and network.get("external"))
    }  # fmt: skip
    for name, block, _ in _blocks(project):
        if name in blocks and len(blocks[name]) < MAX_BLOCKS:
            blocks[name].append(plain(block.get("subnet")))
    for service in project.services.values():
        joined = service.at("networks")
        for name, settings in joined.items() if isinstance(joined, dict) else ():
            address = plain(settings.get("ipv4_address")) if isinstance(settings, dict) else None
            if not address or name not in blocks or not _is_address(address):
                continue
            place = ("services", service.name, "networks", name, "ipv4_address")
            if not blocks[name]:
                words = f"{service.name}: {name} has no subnet that {address} could be in"
                yield project.source.problem("fixed-address", words, place)
            elif all(block is not None and not _within(address, block) for block in blocks[name]):
                words = f"{service.name}: {address} is in no subnet of {name}"
                yield project.source.problem("fixed-address", words, place)


def project_name(project: Project) -> Iterator[Diagnostic]:
    """The name of a project: lower-case letters, digits, dashes and underscores."""
    name = plain(project.source.value.get("name"))
    if name is not None and not _PROJECT.fullmatch(name):
        words = f"{name!r}: a project's name has lower-case letters, digits, - and _"
        yield project.source.problem("project-name", words, ("name",))


def _mappings(project: Project, section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, resource in project.section(section).items():
        if isinstance(resource, dict):
            yield name, resource


def _blocks(project: Project) -> Iterator[tuple[str, Mapping[str, Any], Path]]:
    """The IPAM blocks of the networks, with the network's name and their place."""
    for name, network in _mappings(project, "networks"):
        blocks = value_at(network, ("ipam", "config"))
        for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
            if isinstance(block, dict):
                yield name, block, ("networks", name, "ipam", "config", index)


def _lies_in(address: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False  # another rule's affair
    return True


def _within(address: str, subnet: str) -> bool:
    try:
        return _lies_in(address, ipaddress.ip_network(subnet, strict=False))
    except ValueError:
        return True  # as above
