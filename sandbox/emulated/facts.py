"""Reads ``facts.toml``: images, parameters, versions, offers and policies of AWS, by region. Pure.

The table is written short; here its patterns are spelled out. An image's id is made of its region
and its name, so that the same one is asked for by parameter, by name and by id.
"""

import fnmatch
import hashlib
import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("facts.toml")

_BRACES = re.compile(r"\{([^{}]*)\}")
_DATE = re.compile(r"(20[12]\d)\.?(0[1-9]|1[0-2])\.?(0[1-9]|[12]\d|3[01])(?!\d)")
_ARM = re.compile(r"arm64|aarch64")


@dataclass(frozen=True, slots=True)
class MachineImage:
    """An image that everybody may start. ``device``: of its root volume."""

    id: str
    name: str
    owner: str
    platform: str | None
    device: str
    architecture: str
    created: datetime | None


@dataclass(frozen=True, slots=True)
class EngineVersion:
    """A version of a database engine, and the family of its parameter groups."""

    engine: str
    version: str
    family: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be ordered of an engine: classes of instances, each with these kinds of storage."""

    license: str
    storage: tuple[str, ...]
    classes: tuple[str, ...]


class Facts:
    """The table; ``date`` says of when it is."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self.date: date = table["date"]

    @classmethod
    def read(cls, file: Path = FILE) -> "Facts":
        """From a file."""
        return cls(tomllib.loads(file.read_text(encoding="utf-8")))

    def images(self, region: str) -> tuple[MachineImage, ...]:
        """The images of a region."""
        return tuple(
            MachineImage(
                id=image_id(region, name),
                name=name,
                owner=series["owner"],
                platform=series.get("platform"),
                device=series.get("device", "/dev/sda1"),
                architecture="arm64" if _ARM.search(name) else "x86_64",
                created=date_in(name),
            )
            for series in self._table["images"]["series"]
            for pattern in series["names"]
            for name, _ in spelled(pattern)
        )

    def parameters(self, region: str) -> dict[str, str]:
        """The public parameters of a region: name to value."""
        names = [image.name for image in self.images(region)]
        found: dict[str, str] = {}
        for row in self._table["parameters"]["of"]:
            for name, values in spelled(row["name"]):
                wanted = row["image"]
                for number, value in enumerate(values, 1):
                    wanted = wanted.replace(f"${number}", value)
                if here := fnmatch.filter(names, wanted):
                    found[name] = image_id(region, here[-1])
        return found

    def addons(self, name: str, cluster: str) -> dict[str, dict[str, tuple[str, ...]]]:
        """Add-ons of EKS: name, version, versions of the cluster; "" asks for all of either."""
        known: Sequence[str] = self._table["addons"]["clusters"]
        clusters = [each for each in known if cluster in ("", each)]
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for addon, versions in self._table["addons"]["versions"].items():
            if name in ("", addon):
                by_version: dict[str, tuple[str, ...]] = {}
                for each in clusters:
                    version = versions.get(each) or versions.get("*")
                    if version:
                        by_version[version] = (*by_version.get(version, ()), each)
                if by_version:
                    found[addon] = by_version
        return found

    @cached_property
    def engines(self) -> Mapping[str, tuple[EngineVersion, ...]]:
        """The versions of each database engine, in ascending order."""
        return {
            engine: tuple(_versions(engine, row))
            for engine, row in self._table["engines"].items()
            if engine != "source"
        }

    def offer(self, engine: str) -> Offer | None:
        """What can be ordered of an engine, None where the table does not tell."""
        for row in self._table["orderable"]["offers"]:
            if engine in row["engines"]:
                classes = tuple(each for line in row["classes"] for each, _ in spelled(line))
                return Offer(row["licenses"][engine], tuple(row["storage"]), classes)
        return None

    @property
    def kafka(self) -> tuple[str, ...]:
        """Versions of Kafka that MSK runs."""
        return tuple(self._table["kafka"]["versions"])

    def policies(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """CloudFront's managed policies of a kind ("cache", …), by name."""
        found: Mapping[str, Mapping[str, Any]] = self._table["policies"][kind]
        return found

    @property
    def summary(self) -> str:
        """How much there is, in words."""
        region = "us-east-1"
        policies = sum(
            len(self.policies(kind)) for kind in self._table["policies"] if kind != "source"
        )
        versions = sum(map(len, self.engines.values()))
        return (
            f"{len(self.images(region))} images, {len(self.parameters(region))} parameters, "
            f"{versions} versions of engines, {policies} policies"
        )


def spelled(pattern: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A text with ``{a,b}`` for each choice in turn, with what was chosen."""
    parts = _BRACES.split(pattern)
    for chosen in itertools.product(*(part.split(",") for part in parts[1::2])):
        pieces = [
            text
            for pair in itertools.zip_longest(parts[::2], chosen, fillvalue="")
            for text in pair
        ]
        yield "".join(pieces), chosen


def image_id(region: str, name: str) -> str:
    """The id of an image in a region: made up, and always the same."""
    return f"ami-{hashlib.sha256(f'{region} {name}'.encode()).hexdigest()[:17]}"


def date_in(name: str) -> datetime | None:
    """The day that an image's name tells that it was made on."""
    match = _DATE.search(name)
    if match is None:
        return None
    year, month, day = map(int, match.groups())
    return datetime(year, month, day, tzinfo=UTC)


def _versions(engine: str, row: Mapping[str, Any]) -> Iterator[EngineVersion]:
    for version in row["versions"]:
        major, minor, *_ = version.split(".")
        yield EngineVersion(engine, version, row["family"].format(major=major, minor=minor))
