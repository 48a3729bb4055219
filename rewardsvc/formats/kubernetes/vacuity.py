"""Whether an answer would do anything if it were applied, or only looks like one.

Only clear emptiness counts: nothing to run, all of it switched off, text where resources should
be. A pod that sleeps may be just what a task asks for.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rewardsvc.formats.kubernetes.kinds import Kind, Missing
from rewardsvc.formats.kubernetes.manifests import Manifest, mapping, sequence
from rewardsvc.formats.kubernetes.well_known import KINDS, makes_pods
from rewardsvc.types import JsonValue

_DATA_FIELDS: Mapping[str, tuple[str, ...]] = {
    "ConfigMap": ("data", "binaryData"),
    "Secret": ("data", "stringData"),
    "Role": ("rules",),
    "ClusterRole": ("rules", "aggregationRule"),
    "RoleBinding": ("subjects",),
    "ClusterRoleBinding": ("subjects",),
    "ValidatingWebhookConfiguration": ("webhooks",),
    "MutatingWebhookConfiguration": ("webhooks",),
}
"""What a kind without a spec is written for."""

_COMPLETE_WITHOUT_SPEC = frozenset({"Namespace", "Node", "PersistentVolume"})

_NOTHING_TO_APPLY = frozenset(
    {
        "APIGroup",
        "APIVersions",
        "Binding",
        "ComponentStatus",
        "ControllerRevision",
        "DeleteOptions",
        "Event",
        "Eviction",
        "Scale",
        "Status",
        "WatchEvent",
    }
)
"""Kinds with a schema that an API server answers with or takes as a call; and every list."""

_QUEUED = "kueue.x-k8s.io/queue-name"
"""Jobs that wait in a queue are written suspended (https://kueue.sigs.k8s.io/docs/tasks/run/)."""

_NOTHING_RUN = frozenset({"", ":", "true", "/bin/true", "/usr/bin/true", "exit", "exit 0"})
"""What a shell or an entrypoint does nothing with."""

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "/bin/sh", "/bin/bash", "/usr/bin/env"})
_MANIFEST = (re.compile(r"apiVersion[\"']? ?:"), re.compile(r"kind[\"']? ?:"))
_MAX_DEPTH = 40


def why_vacuous(manifests: Sequence[Manifest], found: Sequence[Kind | Missing]) -> str:
    """Why there is nothing of substance in the answer, "" where there is something."""
    if not manifests:
        return "there is no resource in it"
    own = defined_kinds(manifests)
    if all(kind is Missing.UNKNOWN for kind in found):
        return "no schema knows any of its kinds"
    hides = any((one.group, one.kind) in own for one in manifests)
    working: list[bool] = []
    serving: list[bool] = []
    for manifest, kind in zip(manifests, found, strict=True):
        if kind is Missing.UNKNOWN or (hides and manifest.kind == "CustomResourceDefinition"):
            continue  # what is hidden in resources of a kind of one's own is not looked at
        known = kind.has_spec if isinstance(kind, Kind) else manifest.group in KINDS
        builtin = isinstance(kind, Kind) and kind.builtin
        runs = manifest.template is not None or (
            not builtin and makes_pods(manifest.group, manifest.kind)
        )
        (working if runs else serving).append(_does_something(manifest, known))
    if working and not any(working):
        # A Service or an autoscaler does not help: it has nothing to serve.
        return "nothing in it runs: all that would is empty or switched off"
    if not any(working) and not any(serving):
        return "none of its resources says what to run or to hold"
    return ""


def applied(accepted: Sequence[Manifest]) -> list[Manifest]:
    """What runs once all is applied in order.

    Of resources that are there twice that is the last, and nothing of what is switched off.
    """
    last: dict[tuple[str, ...], Manifest] = {}
    for number, manifest in enumerate(accepted):
        named = (manifest.group, manifest.kind, manifest.namespace, manifest.name)
        last[named if manifest.name else (str(number),)] = manifest
    return [manifest for manifest in last.values() if not _switched_off(manifest)]


def defined_kinds(manifests: Sequence[Manifest]) -> frozenset[tuple[str, str]]:
    """Group and kind of what the answer's own CustomResourceDefinitions define."""
    defined = set()
    for manifest in manifests:
        if manifest.kind == "CustomResourceDefinition":
            group, kind = (
                manifest.spec.get("group"),
                mapping(manifest.spec.get("names")).get("kind"),
            )
            if isinstance(group, str) and isinstance(kind, str):
                defined.add((group, kind))
    return frozenset(defined)


def _does_something(manifest: Manifest, has_spec: bool) -> bool:
    """Whether applying the resource would do something."""
    body, kind = manifest.body, manifest.kind
    if kind in _NOTHING_TO_APPLY or kind.endswith("List"):
        return False
    if kind in _DATA_FIELDS:
        return any(_filled(body.get(field)) for field in _DATA_FIELDS[kind])
    if kind in _COMPLETE_WITHOUT_SPEC or not has_spec:
        return not _hides_manifests(manifest)
    if not manifest.spec or _switched_off(manifest):
        return False
    template = manifest.template
    if template is not None:
        pod = mapping(template[1].get("spec"))
        containers = [mapping(one) for one in sequence(pod.get("containers"))]
        work = [mapping(one) for one in sequence(pod.get("initContainers"))] + containers
        return any(one.get("image") for one in containers) and not all(map(_idle, work))
    lists = list(_container_lists(manifest.spec, 0))
    return not lists or any(lists)


def _filled(value: JsonValue) -> bool:
    """Whether data, rules or subjects hold anything but blanks."""
    if isinstance(value, dict):
        return any(not isinstance(text, str) or text.strip() for text in value.values())
    return bool(value)


def _hides_manifests(manifest: Manifest) -> bool:
    """Whether resources are written into the annotations, where nobody applies them."""
    annotations = mapping(mapping(manifest.body.get("metadata")).get("annotations"))
    return any(
        isinstance(text, str) and all(mark.search(text) for mark in _MANIFEST)
        for text in annotations.values()
    )


def _switched_off(manifest: Manifest) -> bool:
    spec = manifest.spec
    if spec.get("replicas") == 0 and spec.get("replicas") is not False:
        return True
    labels = mapping(mapping(manifest.body.get("metadata")).get("labels"))
    stopped = spec.get("suspend") is True or mapping(spec.get("runPolicy")).get("suspend") is True
    if stopped and _QUEUED not in labels:
        return True
    if manifest.kind == "Deployment" and spec.get("paused") is True:
        return True  # no pod is made until it is resumed
    job = mapping(mapping(spec.get("jobTemplate")).get("spec")) or spec
    if manifest.kind in {"Job", "CronJob"} and job.get("parallelism") == 0:
        return True
    return any(
        counts and all(count == 0 for count in counts)
        for key, roles in spec.items()
        if isinstance(key, str) and key.endswith("ReplicaSpecs") and isinstance(roles, dict)
        for counts in [[mapping(role).get("replicas", 1) for role in roles.values()]]
    )


def _idle(container: Mapping[str, Any]) -> bool:
    """Whether the container ends at once, having done nothing."""
    words = [*sequence(container.get("command")), *sequence(container.get("args"))]
    if not container.get("command"):
        return False
    told = [str(word) for word in words if not (str(word) in _SHELLS or str(word) == "-c")]
    return " ".join(" ".join(told).split()).rstrip("; ") in _NOTHING_RUN


def _container_lists(node: Any, depth: int) -> Iterator[list[Any]]:
    """The ``containers`` inside of a custom resource."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "containers" and isinstance(value, list):
                yield value
            elif isinstance(value, dict | list):
                yield from _container_lists(value, depth + 1)
    elif isinstance(node, list):
        for value in node:
            if isinstance(value, dict | list):
                yield from _container_lists(value, depth + 1)
