"""Whether the resources of one answer fit together: selectors, ports, volumes, names.

Only what can be decided from the answer alone: a Service may select pods that exist elsewhere, so
a selector counts only where the answer brings workloads of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rewardsvc.types import Diagnostic
from rewardsvc.verifiers.kubernetes.manifests import Manifest, mapping, sequence

MAX_RESOURCES = 500
"""In one answer; each Service is held against each workload."""


def check_references(manifests: Sequence[Manifest], custom: bool) -> Iterator[Diagnostic]:
    """What does not fit together. ``custom``: custom resources are there, which make pods too."""
    if len(manifests) > MAX_RESOURCES:
        message = f"more than {MAX_RESOURCES} resources in one answer"
        yield manifests[-1].source.problem("too-many", message)
        return
    yield from _names(manifests)
    for manifest in manifests:
        yield from _own_selector(manifest)
        yield from _volumes(manifest)
        if manifest.kind == "Service" and not custom:
            yield from _service(manifest, manifests)
        if manifest.kind == "HorizontalPodAutoscaler" and not custom:
            yield from _scale_target(manifest, manifests)


def _names(manifests: Sequence[Manifest]) -> Iterator[Diagnostic]:
    seen = set()
    for manifest in manifests:
        key = (manifest.api_version, manifest.kind, manifest.namespace, manifest.name)
        if manifest.name and key in seen:
            yield manifest.source.problem(
                "name-twice", f"{manifest.called} is there twice", ("metadata", "name")
            )
        seen.add(key)


def _own_selector(manifest: Manifest) -> Iterator[Diagnostic]:
    template = manifest.template
    if not manifest.selects_its_pods or template is None:
        return
    wanted = mapping(mapping(manifest.spec.get("selector")).get("matchLabels"))
    if not _matches(wanted, _labels(template[1])):
        yield manifest.source.problem(
            "selector",
            f"the selector of {manifest.called} does not match the labels of its own template",
            ("spec", "selector"),
        )


def _volumes(manifest: Manifest) -> Iterator[Diagnostic]:
    template = manifest.template
    if template is None:
        return
    path, described = template
    pod = mapping(described.get("spec"))
    known = _texts(mapping(volume).get("name") for volume in sequence(pod.get("volumes")))
    known |= _texts(
        mapping(mapping(claim).get("metadata")).get("name")
        for claim in sequence(manifest.spec.get("volumeClaimTemplates"))
    )
    for group in ("initContainers", "containers"):
        for index, container in enumerate(sequence(pod.get(group))):
            for place, mount in enumerate(sequence(mapping(container).get("volumeMounts"))):
                name = mapping(mount).get("name")
                if isinstance(name, str) and name not in known:
                    yield manifest.source.problem(
                        "volume",
                        f"{manifest.called} mounts the volume {name!r}, which it does not have",
                        (*path, "spec", group, index, "volumeMounts", place),
                    )


def _service(service: Manifest, manifests: Sequence[Manifest]) -> Iterator[Diagnostic]:
    selector = mapping(service.spec.get("selector"))
    pods = [
        template[1]
        for manifest in manifests
        if manifest.namespace == service.namespace and (template := manifest.template)
    ]
    if not selector or not pods:
        return
    selected = [pod for pod in pods if _matches(selector, _labels(pod))]
    if not selected:
        yield service.source.problem(
            "service-selector",
            f"{service.called} selects no workload of this answer",
            ("spec", "selector"),
        )
        return
    ports = [
        mapping(port)
        for pod in selected
        for container in sequence(mapping(pod.get("spec")).get("containers"))
        for port in sequence(mapping(container).get("ports"))
    ]
    numbers = {str(port.get("containerPort")) for port in ports}
    names = _texts(port.get("name") for port in ports)
    for index, port in enumerate(sequence(service.spec.get("ports"))):
        target = mapping(port).get("targetPort", mapping(port).get("port"))
        # A container need not declare its ports; a name must be declared to mean anything.
        reached = (
            target in names if isinstance(target, str) else (not ports or str(target) in numbers)
        )
        if target is not None and not reached:
            yield service.source.problem(
                "service-port",
                f"{service.called} sends to port {target}, which no selected container has",
                ("spec", "ports", index),
            )


def _scale_target(scaler: Manifest, manifests: Sequence[Manifest]) -> Iterator[Diagnostic]:
    target = mapping(scaler.spec.get("scaleTargetRef"))
    workloads = {
        f"{manifest.kind}/{manifest.name}"
        for manifest in manifests
        if manifest.template is not None and manifest.namespace == scaler.namespace
    }
    named = f"{target.get('kind')}/{target.get('name')}"
    if workloads and named not in workloads:
        yield scaler.source.problem(
            "scale-target",
            f"{scaler.called} scales {named}, which is not in this answer",
            ("spec", "scaleTargetRef"),
        )


def _texts(values: Iterable[Any]) -> set[str]:
    """The texts among values that no schema has looked at."""
    return {value for value in values if isinstance(value, str)}


def _labels(template: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(template.get("metadata")).get("labels"))


def _matches(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    return all(labels.get(key) == value for key, value in selector.items())
