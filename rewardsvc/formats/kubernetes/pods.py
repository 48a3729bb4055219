"""Whether a workload fits together in itself: selector, volumes, ports, probes, resources.

What is an error here an API server rejects, or no cluster could ever run.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rewardsvc.formats.kubernetes.answer import Answer, Container, Path, Pod, selects, texts
from rewardsvc.formats.kubernetes.manifests import Manifest, mapping, sequence
from rewardsvc.formats.kubernetes.quantities import complaints
from rewardsvc.types import Diagnostic

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("httpGet", "tcpSocket", "grpc")
_MAX_TOLD = 20
"""Ports that one message names."""
_MAX_DEPTH = 40
"""Custom resources nest pods at most a dozen levels deep."""


def check_workloads(answer: Answer) -> Iterator[Diagnostic]:
    """What does not fit inside of a workload."""
    for manifest in answer.manifests:
        yield from _own_selector(manifest)
        yield from _resources(manifest)
    for pod in answer.pods:
        yield from _volumes(pod)
        for container in pod.containers:
            yield from _probes(pod, container)
            yield from _environment(pod, container)


def _own_selector(manifest: Manifest) -> Iterator[Diagnostic]:
    template = manifest.template
    if not manifest.selects_its_pods or template is None:
        return
    selector = mapping(manifest.spec.get("selector"))
    labels = mapping(mapping(template[1].get("metadata")).get("labels"))
    if not selects(selector, labels):
        yield manifest.source.problem(
            "selector",
            f"the selector of {manifest.called} does not match the labels of its own template",
            ("spec", "selector"),
            against=[manifest.source.place((*template[0], "metadata", "labels"))],
        )


def _volumes(pod: Pod) -> Iterator[Diagnostic]:
    declared = [mapping(volume).get("name") for volume in sequence(pod.spec.get("volumes"))]
    claims = [
        mapping(mapping(claim).get("metadata")).get("name")
        for claim in sequence(pod.owner.spec.get("volumeClaimTemplates"))
    ]
    known = texts(declared) | texts(claims)
    for container in pod.containers:
        for field in ("volumeMounts", "volumeDevices"):
            for place, mount in enumerate(sequence(container.body.get(field))):
                name = mapping(mount).get("name")
                if isinstance(name, str) and name not in known:
                    yield pod.problem(
                        "volume",
                        f"mounts the volume {name!r}, which it does not have",
                        (*container.path, field, place, "name"),
                        against=(*pod.path, "volumes"),
                    )


def _probes(pod: Pod, container: Container) -> Iterator[Diagnostic]:
    names = texts(port.get("name") for port in container.ports)
    numbers = {str(port.get("containerPort")) for port in container.ports}
    declared = ", ".join(sorted(numbers)[:_MAX_TOLD])
    hooks = mapping(container.body.get("lifecycle"))
    asked: list[tuple[Path, Mapping[str, Any]]]
    asked = [((probe,), mapping(container.body.get(probe))) for probe in _PROBES]
    asked += [(("lifecycle", hook), mapping(value)) for hook, value in hooks.items()]
    for where, probe in asked:
        for handler in _HANDLERS:
            port = mapping(probe.get(handler)).get("port")
            place = (*container.path, *where, handler, "port")
            who = f"probes port {port} of container {container.name!r}"
            if isinstance(port, str) and not port.isdecimal() and port not in names:
                message = f"{who}, which has no port of that name"
                yield pod.problem("probe-port", message, place)
            elif isinstance(port, int) and numbers and str(port) not in numbers:
                message = f"{who}, which declares {declared}"
                yield pod.problem("probe-port", message, place, "warning")


def _environment(pod: Pod, container: Container) -> Iterator[Diagnostic]:
    entries = sequence(container.body.get("env"))
    names = [mapping(entry).get("name") for entry in entries]
    last = {name: index for index, name in enumerate(names) if isinstance(name, str)}
    for name, times in Counter(name for name in names if isinstance(name, str)).items():
        if times > 1:
            message = f"sets the variable {name} {times} times in container {container.name!r}"
            place = (*container.path, "env", last[name], "name")
            yield pod.problem("variable-twice", message, place, "warning")


def _resources(manifest: Manifest) -> Iterator[Diagnostic]:
    """In custom resources too: what their containers ask for ends up in pods."""
    for path, resources in _asked(manifest.spec, ("spec",)):
        for place, why in complaints(resources):
            yield manifest.source.problem("resources", f"{manifest.called}: {why}", (*path, *place))


def _asked(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every ``resources`` that has requests or limits, and where it stands."""
    if len(path) > _MAX_DEPTH:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            here = (*path, key) if isinstance(key, str) else path
            if key == "resources" and isinstance(value, dict) and value.keys() & _BOUNDS:
                yield here, value
            elif isinstance(value, dict | list):
                yield from _asked(value, here)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            if isinstance(value, dict | list):
                yield from _asked(value, (*path, index))


_BOUNDS = frozenset({"requests", "limits"})
