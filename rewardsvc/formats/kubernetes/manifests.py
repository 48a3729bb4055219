"""Manifests as data: the resources of a document, and where pods are described in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rewardsvc.types import JsonValue
from rewardsvc.verification.yaml_files import YamlFile

TEMPLATED = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"}
)
"""Kinds that make pods from ``spec.template``."""

_SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
"""Kinds whose selector must match their template."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One resource, whole or an item of a List."""

    source: YamlFile
    body: Mapping[str, Any]
    api_version: str
    kind: str

    @property
    def group(self) -> str:
        """The API group, "" for the core's."""
        return self.api_version.rpartition("/")[0]

    @property
    def name(self) -> str:
        """``metadata.name``, "" where there is none."""
        name = mapping(self.body.get("metadata")).get("name")
        return name if isinstance(name, str) else ""

    @property
    def namespace(self) -> str:
        """``metadata.namespace``, "default" where there is none."""
        namespace = mapping(self.body.get("metadata")).get("namespace")
        return namespace if isinstance(namespace, str) else "default"

    @property
    def spec(self) -> Mapping[str, Any]:
        """``spec``, empty where there is none."""
        return mapping(self.body.get("spec"))

    @property
    def called(self) -> str:
        """The resource as people name it: ``Deployment/web``."""
        return f"{self.kind}/{self.name}" if self.name else self.kind

    @property
    def template(self) -> tuple[tuple[str | int, ...], Mapping[str, Any]] | None:
        """Where the pod that it makes is described, and the description; None if it makes none."""
        if self.kind == "Pod":
            return (), self.body
        if self.kind in TEMPLATED:
            return ("spec", "template"), mapping(self.spec.get("template"))
        if self.kind == "CronJob":
            job = mapping(mapping(self.spec.get("jobTemplate")).get("spec"))
            path = ("spec", "jobTemplate", "spec", "template")
            return path, mapping(job.get("template"))
        return None

    @property
    def selects_its_pods(self) -> bool:
        """Whether its own selector must match its own template."""
        return self.kind in _SELECTING


def mapping(value: JsonValue) -> Mapping[str, Any]:
    """The value if it is a mapping, an empty one if not."""
    return value if isinstance(value, dict) else {}


def sequence(value: JsonValue) -> list[Any]:
    """The value if it is a list, an empty one if not."""
    return value if isinstance(value, list) else []


def manifests_of(source: YamlFile) -> Iterator[Manifest]:
    """The resources of a document: itself, or the items of a ``v1`` List."""
    body = mapping(source.value)
    kind, api_version = body.get("kind"), body.get("apiVersion")
    if kind == "List" and api_version == "v1":
        for index, item in enumerate(sequence(body.get("items"))):
            within: tuple[str | int, ...] = (*source.within, "items", index)
            inner = YamlFile(source.file, source.index, item, source.line, source.lines, within)
            if len(within) > 20:
                continue
            yield from manifests_of(inner)
        return
    yield Manifest(
        source,
        body,
        api_version if isinstance(api_version, str) else "",
        kind if isinstance(kind, str) else "",
    )
