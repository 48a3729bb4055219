"""What overlay topics share: a base that tasks give, its needs, and pins of what overlays build."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from datagen.brief import Need, lit, lits, need
from datagen.pins import ast
from datagen.vocabulary import ORGANISATIONS, service
from rewardsvc.checks.named.base import Value
from rewardsvc.formats.kustomize.named import KustomizationHas, OverlayHas
from rewardsvc.types import Check

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
CONTAINER = "spec.template.spec.containers[0]"
OVERLAYS = ("production", "staging", "qa", "demo", "preview", "load-test")


@dataclass(frozen=True, slots=True)
class GivenManifests:
    """A Deployment and a Service that somebody has already."""

    name: str
    repository: str
    tag: str
    replicas: int
    port: int


@dataclass(frozen=True, slots=True)
class GivenBase(GivenManifests):
    """The same as a base, and the overlay that is wanted."""

    overlay: str

    @property
    def folder(self) -> str:
        """Of the overlay."""
        return f"overlays/{self.overlay}"

    @property
    def kustomization(self) -> str:
        """The overlay's file."""
        return f"{self.folder}/kustomization.yaml"


def given_manifests(rng: Random) -> dict[str, Any]:
    """The fields of such manifests, in some organisation."""
    name = service(rng)
    registry = rng.choice(("ghcr.io", "quay.io", "registry.example.com"))
    return {
        "name": name,
        "repository": f"{registry}/{rng.choice(ORGANISATIONS)}/{name}",
        "tag": release(rng),
        "replicas": rng.randint(1, 2),
        "port": rng.choice((3000, 5000, 8000, 8080, 8081, 8088, 9000)),
    }


def given_base(rng: Random) -> dict[str, Any]:
    """The fields of such a base."""
    return {**given_manifests(rng), "overlay": rng.choice(OVERLAYS)}


def namespace_of(rng: Random, base: Mapping[str, Any]) -> str:
    """A namespace for an overlay."""
    name, overlay = base["name"], base["overlay"]
    short = name.partition("-")[0]
    return str(rng.choice((overlay, f"{name}-{overlay}", f"{short}-{overlay}", name)))


def release(rng: Random) -> str:
    """A version of a program."""
    return f"{rng.randint(1, 5)}.{rng.randint(0, 12)}.{rng.randint(0, 9)}"


def files_of(base: GivenBase) -> dict[str, str]:
    """All of a given base."""
    return {
        "base/kustomization.yaml": f"{HEAD}resources:\n  - deployment.yaml\n  - service.yaml\n",
        "base/deployment.yaml": deployment_of(base),
        "base/service.yaml": service_of(base),
    }


def deployment_of(base: GivenManifests, more: str = "") -> str:
    """Its Deployment; ``more``: further lines of the container."""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {base.name}
spec:
  replicas: {base.replicas}
  selector:
    matchLabels:
      app: {base.name}
  template:
    metadata:
      labels:
        app: {base.name}
    spec:
      containers:
        - name: app
          image: {base.repository}:{base.tag}
          ports:
            - name: http
              containerPort: {base.port}
{more}"""


def service_of(base: GivenManifests) -> str:
    """Its Service."""
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: {base.name}
spec:
  selector:
    app: {base.name}
  ports:
    - name: http
      port: 80
      targetPort: http
"""


def written_in(base: GivenBase, *files: str) -> Need:
    """Which files the answer has, on top of the base, which stays as it is."""
    said = lits(files)
    what = "this file" if len(files) == 1 else "these files"
    return need(
        f"answer with {said}, the base stays as it is",
        f"The base stays as it is; what is wanted is {said}",
        f"Leave the base alone and give {what}: {said}",
        pins=[
            ast(f"contains(kustomizations.\"{base.folder}\".resources, '../../base')"),
            overlay_is(base, "Deployment", f"{CONTAINER}.ports[0].containerPort", base.port),
            overlay_is(base, "Service", "spec.ports[0].port", 80),
        ],
    )


def in_overlay_namespace(base: GivenBase, namespace: str) -> Need:
    """All that the overlay builds lies in a namespace."""
    return need(
        f"namespace {lit(namespace)}",
        f"Everything goes into the namespace {lit(namespace)}",
        f"The overlay's namespace is {lit(namespace)}",
        pins=[
            overlay_is(base, kind, "metadata.namespace", namespace)
            for kind in ("Deployment", "Service")
        ],
    )


def overlay_is(base: GivenBase, kind: str, path: str, value: Value) -> Check:
    """The overlay builds a resource of a kind that has a value at a path."""
    return OverlayHas(folder=base.folder, kind=kind, path=path, value=value).render()


def overlay_holds(base: GivenBase, kind: str, condition: str) -> Check:
    """A condition that is true of the resource of a kind that the overlay builds."""
    return ast(f"overlays.\"{base.folder}\"[?kind=='{kind}'] | [0] | {condition}")


def kustomization_is(folder: str, path: str, value: Value) -> Check:
    """A kustomization says something."""
    return KustomizationHas(folder=folder, path=path, value=value).render()
