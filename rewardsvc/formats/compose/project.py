"""A Compose file as rules look at it: its services, with what they extend in the file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.yaml_files import YamlFile

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One service. ``values`` are its own and those of the services of this file that it extends,
    its own first (Compose specification, "extends")."""

    name: str
    values: Mapping[str, Any]

    def at(self, *path: str | int) -> Any:
        """The value at a path; None where nothing is."""
        return value_at(self.values, path)


@dataclass(frozen=True, slots=True)
class Project:
    """``open``: another file may add to it (``include``). ``keys``: what any service has."""

    source: YamlFile
    services: Mapping[str, Service]
    keys: frozenset[str]
    open: bool

    @classmethod
    def of(cls, source: YamlFile) -> "Project":
        """The project of a file that the schema accepts."""
        document = source.value
        written = document.get("services") or {}
        own = {name: values for name, values in written.items() if isinstance(values, dict)}
        services = {name: Service(name, _extended(name, own)) for name in own}
        keys = frozenset[str]().union(*(service.values for service in services.values()))
        return cls(source, services, keys, bool(document.get("include")))

    def section(self, name: str) -> Mapping[str, Any]:
        """A top-level section, empty where it is missing."""
        section = self.source.value.get(name)
        return section if isinstance(section, dict) else {}


Problem = tuple[Path, str]
"""Where in a service something is, and what is wrong there."""


def in_services(
    code: str, keys: str, *rules: Callable[[Service], Iterable[Problem]]
) -> Callable[[Project], Iterable[Diagnostic]]:
    """Rules about one service, asked of each that has one of the keys that they are about.

    Most services have few of the many keys, and every verdict asks all rules.
    """
    about = frozenset(keys.split())

    def problems(project: Project) -> Iterator[Diagnostic]:
        for service in project.services.values():
            if about.isdisjoint(service.values):
                continue
            for path, words in (found for rule in rules for found in rule(service)):
                place = ("services", service.name, *path)
                yield project.source.problem(code, f"{service.name}: {words}", place)

    def find(project: Project) -> Iterable[Diagnostic]:
        return () if about.isdisjoint(project.keys) else problems(project)

    return find


def value_at(value: JsonValue, path: Path) -> Any:
    """The value at a path, None where nothing is."""
    found: Any = value
    for part in path:
        if isinstance(found, dict) and isinstance(part, str):
            found = found.get(part)
        elif isinstance(found, list) and isinstance(part, int) and part < len(found):
            found = found[part]
        else:
            return None
    return found


def listed(value: JsonValue) -> list[Any]:
    """The items of a list; a single text is one; nothing where it is neither."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else []


def plain(value: JsonValue) -> str | None:
    """A text or number as it is written; None of what a variable decides, and of all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    return None if "$" in text else text


def _extended(name: str, own: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """A service with what it extends, in this file and as far as that does not go in a circle."""
    values = dict(own[name])
    seen = {name}
    base = _base(values)
    while base in own and base not in seen and len(seen) < MAX_EXTENDED:
        seen.add(base)
        values = _merged(own[base], values)
        base = _base(own[base])
    return values


def _base(values: Mapping[str, Any]) -> str:
    extended = values.get("extends")
    if isinstance(extended, dict):
        return "" if extended.get("file") else str(extended.get("service", ""))
    return extended if isinstance(extended, str) else ""


MAX_EXTENDED = 8
"""Services in a chain that are merged; what a longer one inherits is left alone."""

_NOT_INHERITED = frozenset({"depends_on", "extends", "links", "volumes_from"})
"""Of what refers to services, which :mod:`rewardsvc.formats.compose.references` reads as it is."""


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged; everything else is replaced, lists of them included, so that no rule
    finds a clash that Compose's own merging would not have left."""
    merged: dict[str, Any] = {k: v for k, v in base.items() if k not in _NOT_INHERITED}
    for key, value in over.items():
        mine = merged.get(key)
        if isinstance(value, dict) and isinstance(mine, dict):
            merged[key] = _merged(mine, value)
        else:
            merged[key] = value
    return merged
