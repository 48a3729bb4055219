"""Published ports: whether they can be read, and which services want the same one.

Not ``split_port`` of Docker's SDK: it takes 99999 for a port, and gives texts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rewardsvc.formats.compose.project import Problem, Service
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.yaml_files import YamlFile

_SHORT = re.compile(
    r"(?:(?:(?P<ip>\d+(?:\.\d+){3}|\[[0-9a-fA-F:.]+\]):)?(?P<host>\d+(?:-\d+)?)?:)?"
    r"(?P<target>\d+(?:-\d+)?)(?:/(?P<protocol>\w+))?"
)
_PORT = re.compile(r"[0-9]{1,9}")
_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})
_LAST = 65535

MAX_PORTS = 500
"""Of one file, compared with each other; one with more collisions than that is no less wrong."""


@dataclass(frozen=True, slots=True)
class Published:
    """A range of ports of the host. ``address``: "" for all addresses."""

    address: str
    first: int
    last: int
    protocol: str

    def meets(self, other: "Published") -> bool:
        """Whether both cannot be had at once."""
        same_place = self.address == other.address or bool(
            {self.address, other.address} & _EVERYWHERE
        )
        overlap = self.first <= other.last and other.first <= self.last
        return same_place and overlap and self.protocol == other.protocol

    def __str__(self) -> str:
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{ports}/{self.protocol}"


def unreadable(service: Service) -> Iterator[Problem]:
    """Ports that Docker cannot read: the schema takes any text for one."""
    for index, entry in enumerate(service.at("ports") or ()):
        if isinstance(entry, str) and (why := _trouble(entry)):
            yield ("ports", index), f"{entry!r}: {why}"


def published(service: Mapping[str, Any]) -> Iterator[Published]:
    """What a service publishes on ports that are fixed."""
    for entry in service.get("ports") or ():
        if isinstance(entry, str):
            match = _SHORT.fullmatch(entry)
            if match is None or match["host"] is None or _trouble(entry):
                continue
            span = _range(match["host"])
            # A range for one container port means: any of them that is free.
            if span[0] != span[1] and "-" not in match["target"]:
                continue
            yield Published(
                (match["ip"] or "").strip("[]"), *span, (match["protocol"] or "tcp").lower()
            )
        elif isinstance(entry, dict):
            port = str(entry.get("published", ""))
            if _PORT.fullmatch(port) and 0 < int(port) <= _LAST:
                address, protocol = entry.get("host_ip") or "", entry.get("protocol") or "tcp"
                yield Published(str(address), int(port), int(port), str(protocol))


def collisions(source: YamlFile, services: Mapping[str, JsonValue]) -> Iterator[Diagnostic]:
    """Services that can run at once and publish the same port; each port once."""
    taken: list[tuple[str, Published, frozenset[str]]] = []
    for name, port, profiles in islice(_wanted(services), MAX_PORTS):
        rivals = [
            holder
            for holder, other, when in taken
            if other.meets(port) and (holder == name or _together(profiles, when))
        ]
        if rivals:
            who = f"{rivals[0]} and {name} publish" if rivals[0] != name else f"{name} publishes"
            again = "" if rivals[0] != name else " twice"
            yield source.problem(
                "port-twice", f"{who} the host port {port}{again}", ("services", name, "ports")
            )
        else:
            taken.append((name, port, profiles))


def _wanted(services: Mapping[str, JsonValue]) -> Iterator[tuple[str, Published, frozenset[str]]]:
    """Service, port and profiles; the same port written twice in one service is one."""
    for name, service in services.items():
        if isinstance(service, dict) and service.get("network_mode") != "host":
            profiles = frozenset(map(str, service.get("profiles") or ()))
            for port in dict.fromkeys(published(service)):
                yield name, port, profiles


def _together(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether services of these profiles run at once: alternatives have profiles of their own."""
    return not one or not other or bool(one & other)


def _trouble(entry: str) -> str:
    """Why a port in the short syntax cannot be read, "" where it can or a variable decides."""
    if "$" in entry:
        return ""
    match = _SHORT.fullmatch(entry)
    if match is None:
        return "not [[address:]port:]port[/protocol]"
    if (match["protocol"] or "tcp").lower() not in _PROTOCOLS:
        return f"no protocol is called {match['protocol']!r}"
    target = _range(match["target"])
    host = _range(match["host"]) if match["host"] else target
    for first, last in (target, host):
        if not 0 <= first <= last <= _LAST:
            return f"{first}-{last} is no range of ports" if first != last else f"no port {first}"
    if host[1] - host[0] != target[1] - target[0] and target[0] != target[1]:
        return "the ranges differ in length"
    return ""


def _range(text: str) -> tuple[int, int]:
    first, _, last = text[:12].partition("-")
    return int(first), int(last or first)
