"""Of manifests, compose files, templates and playbooks: what they define, by kinds and names."""

import json
import re
from collections.abc import Iterator
from typing import Any

from datagen.pins import documents, raw
from datagen.sources.collected.units import Unit
from datagen.sources.collected.wording.said import (
    MOST_VALUE,
    Said,
    coded,
    key,
    listed,
    scalars,
    sentence,
    yaml_documents,
    yaml_values,
)
from rewardsvc.types import JsonValue

_GROUP = re.compile(r"[\w-]{1,60}")
_MODULE = re.compile(r"[a-z_]+\.[a-z_]+\.[a-z_]+")
_SWITCHES = frozenset({"yes", "no", "on", "off"})
"""To Ansible, which reads YAML 1.1."""
_MOST_SETTINGS = 6
"""Of one object or resource that are told."""
_NAME = re.compile(r"[\w.\-/ ]{1,80}")


def of_kubernetes(unit: Unit) -> Iterator[Said]:
    """Objects, with what their containers run."""
    for each in yaml_documents(unit):
        kind, metadata = each["kind"], each["metadata"]
        if not isinstance(kind, str) or not isinstance(metadata, dict):
            raise ValueError("no object")
        name, namespace = metadata["name"], metadata.get("namespace")
        if not isinstance(name, str) or not _NAME.fullmatch(f"{kind}{name}"):
            raise ValueError("no name")
        place = f"[?kind=={raw(kind)} && metadata.name=={raw(name)}] | [0]"
        version = str(each["apiVersion"])
        words = f"the {kind} `{name}` of `{version}`"
        checks = [documents(f"{place}.apiVersion", version)]
        if isinstance(namespace, str):
            words += f" in the namespace `{namespace}`"
            checks.append(documents(f"{place}.metadata.namespace", namespace))
        told: list[str] = []
        for path, value in _plain(each.get("spec")):
            if len(told) < _MOST_SETTINGS:
                told.append(f"{path} {json.dumps(value, ensure_ascii=False)}")
                checks.append(documents(f"{place}.spec.{key(path)}", value))
        for path, value in _plain(each.get("data")) if kind == "ConfigMap" else ():
            if len(told) < _MOST_SETTINGS:
                told.append(f"the entry `{path}` {json.dumps(value, ensure_ascii=False)}")
                checks.append(documents(f"{place}.data.{key(path)}", value))
        ports = _ports(each.get("spec"))
        if ports:
            told.append(f"its ports are {coded(ports)}")
            checks.append(documents(f"{place}.spec.ports[].port", list(ports)))
        images = _images(each.get("spec"))
        if images:
            told.append(f"its containers run {coded(images)}")
            expr = f"{place}.spec.template.spec.containers[].image"
            checks.append(documents(expr, list(images)))
        words += f": {listed(told)}" if told else ""
        yield sentence(f"define {words}", checks)


def _ports(spec: Any) -> list[int]:
    ports = spec.get("ports") if isinstance(spec, dict) else None
    found = [each.get("port") for each in ports or () if isinstance(each, dict)]
    numbers = [port for port in found if isinstance(port, int)]
    return numbers if len(numbers) == len(found) else []


def _images(spec: Any) -> list[str]:
    try:
        containers = spec["template"]["spec"]["containers"]
        return [str(each["image"]) for each in containers]
    except (KeyError, TypeError):
        return []


def of_compose(unit: Unit) -> Iterator[Said]:
    """Services, with images and ports."""
    (whole,) = yaml_documents(unit)
    services = whole["services"]
    if not isinstance(services, dict):
        raise ValueError("no services")
    words = f"the services {coded(services)}, and no others"
    yield sentence(
        f"it has {words}", [documents("sort(keys([0].services))", sorted(map(str, services)))]
    )
    for name, service in services.items():
        place = f"[0].services.{key(name)}"
        told, checks = [], []
        for path, value in scalars(service, ("image", "restart", "working_dir", "user")):
            told.append(f"{path} {json.dumps(value)}")
            checks.append(documents(f"{place}.{path}", value))
        ports = service.get("ports", [])
        if ports and all(isinstance(port, str) for port in ports):
            told.append(f"ports {coded(ports)}")
            checks.append(documents(f"{place}.ports", list(ports)))
        if told:
            words = f"the service `{name}` with {listed(told)}"
            yield sentence(f"declare {words}", checks)


def of_cloudformation(unit: Unit) -> Iterator[Said]:
    """Parameters, resources and outputs of a template."""
    (whole,) = yaml_values(unit)
    for section, what in (("Parameters", "the parameter"), ("Resources", "the resource")):
        for name, each in (whole.get(section) or {}).items():
            place = f"[0].{section}.{key(name)}"
            words = f"{what} `{name}` of type `{each['Type']}`"
            checks = [documents(f"{place}.Type", str(each["Type"]))]
            held = each.get("Properties") if section == "Resources" else each
            told: list[str] = []
            for path, value in _plain(held):
                if path != "Type" and len(told) < _MOST_SETTINGS:
                    told.append(f"`{path}` {json.dumps(value, ensure_ascii=False)}")
                    below = ".Properties" if section == "Resources" else ""
                    checks.append(documents(f"{place}{below}.{key(path)}", value))
            words += f" with {listed(told)}" if told else ""
            yield sentence(f"declare {words}", checks)
    for name in whole.get("Outputs") or {}:
        words = f"the output `{name}`"
        check = documents(f"[0].Outputs.{key(name)} != null")
        yield sentence(f"give {words}", [check])


def _plain(value: Any) -> Iterator[tuple[str, JsonValue]]:
    """What a mapping has that is written out: numbers, switches and texts of a line."""
    for name, each in value.items() if isinstance(value, dict) else ():
        if isinstance(each, bool | int) or (
            isinstance(each, str) and len(each) <= MOST_VALUE and "\n" not in each
        ):
            yield name, each


def of_ansible(unit: Unit) -> Iterator[Said]:
    """Plays, and the modules that their tasks use, in full names."""
    (plays,) = yaml_values(unit)
    for number, play in enumerate(plays):
        hosts = play["hosts"]
        if not isinstance(hosts, str) or not _GROUP.fullmatch(hosts) or hosts.lower() in _SWITCHES:
            raise ValueError("a pattern of hosts")
        words = f"play {number + 1} is for `{hosts}`"
        yield sentence(words, [documents(f"contains([{number}].hosts, {raw(hosts)})")])
        used = [key for task in play.get("tasks") or () for key in task if _MODULE.fullmatch(key)]
        for module in dict.fromkeys(used):
            words = f"play {number + 1} uses `{module}`"
            place = f"[{number}].tasks[?module=={raw(module)}]"
            yield sentence(words, [documents(f"length({place}) > `0`")])
