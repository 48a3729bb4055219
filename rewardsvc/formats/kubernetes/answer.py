"""All resources of one answer, indexed: what each makes, and what is there under which name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from rewardsvc.formats.kubernetes.manifests import Manifest, mapping, sequence
from rewardsvc.types import Diagnostic

Path = tuple[str | int, ...]

CLUSTER_WIDE = frozenset({"ClusterRole", "ClusterRoleBinding", "PersistentVolume", "StorageClass"})
"""Kinds whose names have no namespace, of those that are referred to here."""

_CONTAINERS = ("initContainers", "containers")
_EXTERNAL = re.compile(r"^[ \t]*#[ \t]*external:[ \t]*(.{1,2000})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod. ``path`` leads to it inside the manifest."""

    path: Path
    body: Mapping[str, Any]
    init: bool

    @property
    def name(self) -> str:
        """Its name, "" where it has none."""
        name = self.body.get("name")
        return name if isinstance(name, str) else ""

    @property
    def ports(self) -> list[Mapping[str, Any]]:
        """The ports that it declares."""
        return [mapping(port) for port in sequence(self.body.get("ports"))]


@dataclass(frozen=True, slots=True)
class Pod:
    """What a workload says of the pods that it makes."""

    owner: Manifest
    path: Path
    """Leads to the pod's spec inside the manifest."""
    spec: Mapping[str, Any]
    labels: Mapping[str, Any]

    @property
    def containers(self) -> Iterator[Container]:
        """All of them, those that run first first."""
        for group in _CONTAINERS:
            for index, container in enumerate(sequence(self.spec.get(group))):
                path = (*self.path, group, index)
                yield Container(path, mapping(container), group == "initContainers")

    @property
    def port_names(self) -> set[str]:
        """Names of the ports that its containers declare."""
        return texts(port.get("name") for one in self.containers for port in one.ports)

    @property
    def port_numbers(self) -> set[str]:
        """Numbers of the ports that its containers declare, as text."""
        return {str(port.get("containerPort")) for one in self.containers for port in one.ports}

    def problem(
        self,
        code: str,
        message: str,
        path: Path,
        severity: Literal["error", "warning", "info"] = "error",
        against: Path = (),
    ) -> Diagnostic:
        """A diagnostic about a place in the manifest; the message begins with the owner.

        ``against``: the place in it that this one is held against, () where there is none.
        """
        source = self.owner.source
        others = [source.place(against)] if against else []
        return source.problem(code, f"{self.owner.called} {message}", path, severity, others)


class Answer:
    """The resources of one answer. ``makes_pods``: some are custom ones that may make pods.

    ``declared``: texts beside the manifests' own whose comments say what the cluster has.
    """

    def __init__(
        self, manifests: Sequence[Manifest], makes_pods: bool, declared: Sequence[str] = ()
    ) -> None:
        self.manifests = manifests
        self.makes_pods = makes_pods
        self._declared = declared
        self._by_name = {
            (one.kind, _namespace(one.kind, one.namespace), one.name): one for one in manifests
        }

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        """The pods of the built-in workloads."""
        return tuple(self._pods())

    @cached_property
    def external(self) -> frozenset[tuple[str, str]]:
        """Kind and name of what comments declare to exist: ``# external: ConfigMap/settings``."""
        said = dict.fromkeys(one.source.file.text for one in self.manifests)
        return frozenset(
            (kind, name)
            for text in (*said, *self._declared)
            for line in _EXTERNAL.finditer(text)
            for kind, _, name in (word.partition("/") for word in line[1].replace(",", " ").split())
        )

    def find(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """The resource of that name, None where the answer has none."""
        return self._by_name.get((kind, _namespace(kind, namespace), name))

    def of(self, *kinds: str) -> Iterator[Manifest]:
        """The resources of those kinds."""
        return (one for one in self.manifests if one.kind in kinds)

    def pods_in(self, namespace: str) -> list[Pod]:
        """The pods that its workloads make in that namespace."""
        return [pod for pod in self.pods if pod.owner.namespace == namespace]

    def _pods(self) -> Iterator[Pod]:
        for manifest in self.manifests:
            if (template := manifest.template) is not None:
                path, body = template
                labels = mapping(mapping(body.get("metadata")).get("labels"))
                yield Pod(manifest, (*path, "spec"), mapping(body.get("spec")), labels)


def _namespace(kind: str, namespace: str) -> str:
    return "" if kind in CLUSTER_WIDE else namespace


def texts(values: Iterable[Any]) -> set[str]:
    """The texts among values that no schema has looked at."""
    return {value for value in values if isinstance(value, str)}


def matches(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Whether equality labels select: ``{app: web}``."""
    return all(labels.get(key) == value for key, value in selector.items())


def selects(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Whether a LabelSelector (matchLabels, matchExpressions) selects; an empty one selects all."""
    return matches(mapping(selector.get("matchLabels")), labels) and all(
        _holds(mapping(rule), labels) for rule in sequence(selector.get("matchExpressions"))
    )


def _holds(rule: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key, values = str(rule.get("key")), sequence(rule.get("values"))
    match rule.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return True  # the schema's business
