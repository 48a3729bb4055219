"""Whether what selects or targets workloads reaches them: Services, Ingresses, HPAs, PDBs.

A selector without a match is a warning only, and only where the answer has workloads of its own:
the pods may exist in the cluster. What an API server rejects is an error, and so is a port name
that the selected pods do not have, or a backend port that the answer's own Service does not have.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewardsvc.formats.kubernetes.answer import Answer, Container, Path, Pod, matches, selects
from rewardsvc.formats.kubernetes.manifests import TEMPLATED, Manifest, mapping, sequence
from rewardsvc.formats.kubernetes.quantities import requested
from rewardsvc.types import Diagnostic

MAX_METRICS = 20
"""Of one autoscaler, each of which is held against each container."""

MAX_PODS = 20
"""Whose labels are told apart where a selector reaches none."""

_SCALED = TEMPLATED - {"Job", "DaemonSet"}


def check_traffic(answer: Answer) -> Iterator[Diagnostic]:
    """What does not reach what it is meant for."""
    for service in answer.of("Service"):
        if service.group == "":
            yield from _service(service, answer)
    for ingress in answer.of("Ingress"):
        yield from _ingress(ingress, answer)
    for scaler in answer.of("HorizontalPodAutoscaler"):
        yield from _scaler(scaler, answer)
    for budget in answer.of("PodDisruptionBudget"):
        yield from _budget(budget, answer)


def _service(service: Manifest, answer: Answer) -> Iterator[Diagnostic]:
    selector = mapping(service.spec.get("selector"))
    pods = answer.pods_in(service.namespace)
    if not selector or not pods or service.spec.get("type") == "ExternalName":
        return
    selected = [pod for pod in pods if matches(selector, pod.labels)]
    if not selected:
        if not answer.makes_pods:
            yield service.source.problem(
                "service-selector",
                f"{service.called} selects no workload of this answer",
                ("spec", "selector"),
                "warning",
                _labels(pods),
            )
        return
    names = {name for pod in selected for name in pod.port_names}
    numbers = {number for pod in selected for number in pod.port_numbers}
    for index, port in enumerate(sequence(service.spec.get("ports"))):
        target = mapping(port).get("targetPort", mapping(port).get("port"))
        says = f"{service.called} sends to port {target}, which no selected container has"
        place = ("spec", "ports", index, "targetPort")
        if isinstance(target, str) and not target.isdecimal():
            if target not in names:
                yield service.source.problem("service-port", says, place)
        elif target is not None and numbers and str(target) not in numbers:
            # A container need not declare its ports, but one that does means them.
            yield service.source.problem("service-port", says, place, "warning")


def _labels(pods: Sequence[Pod]) -> list[Path]:
    """Where the labels of pods stand, that a selector is held against."""
    return [
        pod.owner.source.place((*pod.path[:-1], "metadata", "labels")) for pod in pods[:MAX_PODS]
    ]


def _backends(ingress: Manifest) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    spec = ingress.spec
    default = ("spec", "defaultBackend", "service")
    yield default, mapping(mapping(spec.get("defaultBackend")).get("service"))
    for index, rule in enumerate(sequence(spec.get("rules"))):
        paths = sequence(mapping(mapping(rule).get("http")).get("paths"))
        for place, path in enumerate(paths):
            where = ("spec", "rules", index, "http", "paths", place, "backend", "service")
            yield where, mapping(mapping(mapping(path).get("backend")).get("service"))


def _ingress(ingress: Manifest, answer: Answer) -> Iterator[Diagnostic]:
    ports: dict[tuple[str, str], frozenset[Any]] = {}
    for place, backend in _backends(ingress):
        name, port = backend.get("name"), mapping(backend.get("port"))
        if not isinstance(name, str):
            continue
        service = answer.find("Service", ingress.namespace, name)
        if service is None:
            # Operators make Services too (KubeRay: NAME-head-svc).
            if not answer.makes_pods and ("Service", name) not in answer.external:
                message = f"{ingress.called} leads to Service/{name}, which is not in this answer"
                yield ingress.source.problem("backend", message, (*place, "name"), "warning")
            continue
        if service.group:
            continue
        wanted = port.get("name", port.get("number"))
        asked = (name, "name" if "name" in port else "port")
        if asked not in ports:
            ports[asked] = _of_ports(service, asked[1])
        if wanted is not None and not (_is_plain(wanted) and wanted in ports[asked]):
            message = f"{ingress.called} leads to port {wanted} of Service/{name}, which has none"
            where = (*place, "port", "name" if "name" in port else "number")
            against = [service.source.place(("spec", "ports"))]
            yield ingress.source.problem("backend-port", message, where, against=against)


def _of_ports(service: Manifest, key: str) -> frozenset[Any]:
    """The names or the numbers of a Service's ports."""
    values = (mapping(port).get(key) for port in sequence(service.spec.get("ports")))
    return frozenset(filter(_is_plain, values))


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _scaler(scaler: Manifest, answer: Answer) -> Iterator[Diagnostic]:
    spec = scaler.spec
    target = mapping(spec.get("scaleTargetRef"))
    kind, name = target.get("kind"), target.get("name")
    if not isinstance(kind, str) or kind not in _SCALED or not isinstance(name, str):
        return
    workload = answer.find(kind, scaler.namespace, name)
    if workload is not None:
        yield from _measurable(scaler, workload, answer)
    elif answer.pods_in(scaler.namespace) and (kind, name) not in answer.external:
        message = f"{scaler.called} scales {kind}/{name}, which is not in this answer"
        place = ("spec", "scaleTargetRef", "name")
        yield scaler.source.problem("scale-target", message, place, "warning")


def _measurable(scaler: Manifest, workload: Manifest, answer: Answer) -> Iterator[Diagnostic]:
    """A utilization is a share of what the containers request."""
    for index, metric in enumerate(sequence(scaler.spec.get("metrics"))[:MAX_METRICS]):
        resource = mapping(mapping(metric).get("resource"))
        name = resource.get("name")
        if mapping(resource.get("target")).get("type") != "Utilization" or not name:
            continue
        bare = [
            container.name
            for pod in answer.pods
            if pod.owner is workload
            for container in _long_running(pod)
            if requested(container.body.get("resources"), str(name)) is None
        ]
        if bare:
            message = f"{scaler.called} measures {name}, of which {', '.join(bare)} requests none"
            place = ("spec", "metrics", index, "resource", "name")
            yield scaler.source.problem("unmeasurable", message, place, "warning")


def _long_running(pod: Pod) -> Iterator[Container]:
    return (container for container in pod.containers if not container.init)


def _budget(budget: Manifest, answer: Answer) -> Iterator[Diagnostic]:
    selector = mapping(budget.spec.get("selector"))
    pods = answer.pods_in(budget.namespace)
    reached = any(selects(selector, pod.labels) for pod in pods)
    if selector and pods and not answer.makes_pods and not reached:
        message = f"{budget.called} selects no workload of this answer"
        place = ("spec", "selector")
        yield budget.source.problem("budget-selector", message, place, "warning", _labels(pods))
