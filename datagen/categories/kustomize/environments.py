"""Kustomizations of several folders: a base with two overlays, a component for an overlay."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.kustomize.bases import (
    CONTAINER,
    HEAD,
    GivenBase,
    files_of,
    given_base,
    kustomization_is,
    overlay_holds,
    overlay_is,
    release,
)
from datagen.pins import ast
from datagen.topic import Topic
from datagen.vocabulary import ORGANISATIONS, PORTS, service
from rewardsvc.checks.named.base import Value
from rewardsvc.formats.kustomize.named import OverlayHas
from rewardsvc.types import Check


@dataclass(frozen=True, slots=True)
class TwoOverlays:
    """A service, and what two environments make of it."""

    name: str
    image: str
    port: int
    small: str
    small_replicas: int
    small_tag: str
    large: str
    large_replicas: int
    large_tag: str


def _sample_two(rng: Random) -> TwoOverlays:
    name = service(rng)
    small, large = rng.choice(
        (
            ("staging", "production"),
            ("dev", "prod"),
            ("qa", "production"),
            ("test", "live"),
            ("preview", "production"),
        )
    )
    replicas = rng.randint(1, 2)
    new, old = rng.randint(1, 12), rng.randint(0, 9)
    return TwoOverlays(
        name=name,
        image=f"{rng.choice(('ghcr.io', 'quay.io', 'registry.example.com'))}"
        f"/{rng.choice(ORGANISATIONS)}/{name}",
        port=rng.choice(PORTS),
        small=small,
        small_replicas=replicas,
        small_tag=f"2.{new}.0-rc.{rng.randint(1, 4)}",
        large=large,
        large_replicas=replicas + rng.randint(2, 8),
        large_tag=f"2.{new - 1}.{old}",
    )


def _in(folder: str, kind: str, path: str, value: Value) -> Check:
    return OverlayHas(folder=f"overlays/{folder}", kind=kind, path=path, value=value).render()


def _one_port(folder: str) -> tuple[Check, ...]:
    """Container and Service have one port each."""
    built = f'overlays."overlays/{folder}"'
    places = (("Deployment", f"{CONTAINER}.ports"), ("Service", "spec.ports"))
    return tuple(
        ast(f"length({built}[?kind=='{kind}'] | [0].{path}) == `1`") for kind, path in places
    )


def _two_files(s: TwoOverlays) -> tuple[str, ...]:
    return (
        "base/kustomization.yaml",
        "base/deployment.yaml",
        "base/service.yaml",
        f"overlays/{s.small}/kustomization.yaml",
        f"overlays/{s.large}/kustomization.yaml",
    )


def _two_brief(s: TwoOverlays) -> Brief:
    name, both = lit(s.name), (s.small, s.large)
    kinds = ("Deployment", "Service")
    overlays = f"overlays {lit(s.small)} and {lit(s.large)}"
    return Brief(
        need(
            f"Kustomize base of {name} (Deployment, Service) with the {overlays}",
            f"Kustomize files for {name}: a base with a Deployment and a Service, and the"
            f" {overlays}",
            f"a Kustomize setup of {name}, with a Deployment and a Service in the base and the"
            f" {overlays} on it",
            pins=[
                *(_in(folder, kind, "metadata.name", s.name) for folder in both for kind in kinds),
                *(
                    kustomization_is(f"overlays/{folder}", "resources", ["../../base"])
                    for folder in both
                ),
                *(_selects(folder) for folder in both),
            ],
        ),
        (
            need(
                f"files {lits(_two_files(s))}",
                f"Lay it out as {lits(_two_files(s))}",
                f"The files are {lits(_two_files(s))}",
            ),
            need(
                f"image {lit(s.image)}, port {num(s.port)}, Service port 80",
                f"The image is {lit(s.image)}; it listens on {num(s.port)}, and the Service offers"
                " that as port 80",
                f"It runs {lit(s.image)}, whose port {num(s.port)} is port 80 of the Service",
                pins=[
                    pin
                    for folder in both
                    for pin in (
                        _in(folder, "Deployment", f"{CONTAINER}.ports[0].containerPort", s.port),
                        _in(folder, "Service", "spec.ports[0].port", 80),
                        *_one_port(folder),
                        _serves(folder, s.port),
                    )
                ],
            ),
            *(
                need(
                    f"{lit(folder)}: namespace {lit(f'{s.name}-{folder}')}, {num(replicas)}"
                    f" {'replica' if replicas == 1 else 'replicas'}, image tag {lit(tag)}",
                    f"The overlay {lit(folder)} runs {num(replicas)}"
                    f" {'replica' if replicas == 1 else 'replicas'} of the tag {lit(tag)} in the"
                    f" namespace {lit(f'{s.name}-{folder}')}",
                    f"In {lit(folder)} it is {num(replicas)}"
                    f" {'replica' if replicas == 1 else 'replicas'}, image tag {lit(tag)},"
                    f" namespace {lit(f'{s.name}-{folder}')}",
                    pins=[
                        *(
                            _in(folder, kind, "metadata.namespace", f"{s.name}-{folder}")
                            for kind in kinds
                        ),
                        _in(folder, "Deployment", "spec.replicas", replicas),
                        _in(folder, "Deployment", f"{CONTAINER}.image", f"{s.image}:{tag}"),
                    ],
                )
                for folder, replicas, tag in (
                    (s.small, s.small_replicas, s.small_tag),
                    (s.large, s.large_replicas, s.large_tag),
                )
            ),
        ),
    )


def _selects(folder: str) -> Check:
    """The Service selects the pods of the Deployment."""
    built = f'overlays."overlays/{folder}"'
    labels = f"({built}[?kind=='Deployment'] | [0].spec.template.metadata.labels)"
    selector = f"({built}[?kind=='Service'] | [0].spec.selector)"
    return ast(f"length({selector} || `{{}}`) > `0` && merge({labels}, {selector}) == {labels}")


def _serves(folder: str, port: int) -> Check:
    """The Service leads to the container's port."""
    built = f'overlays."overlays/{folder}"'
    target = f"({built}[?kind=='Service'] | [0].spec.ports[0].targetPort)"
    name = f"({built}[?kind=='Deployment'] | [0].{CONTAINER}.ports[0].name)"
    return ast(f"[{target}, {name}] | [0] && ([0] == `{port}` || [0] == [1])")


def _two_answer(s: TwoOverlays) -> dict[str, str]:
    base, deployment, service, small, large = _two_files(s)
    return {
        base: f"{HEAD}resources:\n  - deployment.yaml\n  - service.yaml\n",
        deployment: f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {s.name}
spec:
  selector:
    matchLabels:
      app: {s.name}
  template:
    metadata:
      labels:
        app: {s.name}
    spec:
      containers:
        - name: app
          image: {s.image}
          ports:
            - name: http
              containerPort: {s.port}
""",
        service: f"""\
apiVersion: v1
kind: Service
metadata:
  name: {s.name}
spec:
  selector:
    app: {s.name}
  ports:
    - name: http
      port: 80
      targetPort: http
""",
        small: _two_overlay(s, s.small, s.small_replicas, s.small_tag),
        large: _two_overlay(s, s.large, s.large_replicas, s.large_tag),
    }


def _two_overlay(s: TwoOverlays, folder: str, replicas: int, tag: str) -> str:
    return f"""\
{HEAD}\
namespace: {s.name}-{folder}
resources:
  - ../../base
images:
  - name: {s.image}
    newTag: {tag}
replicas:
  - name: {s.name}
    count: {replicas}
"""


TWO = Topic(
    name="kustomize-base-and-overlays",
    format="kustomize",
    sample=_sample_two,
    brief=_two_brief,
    answer=_two_answer,
)


@dataclass(frozen=True, slots=True)
class ClosedOverlay(GivenBase):
    """A component with a network policy, which an overlay chooses."""

    component: str
    from_app: str
    new_tag: str


def _sample_closed(rng: Random) -> ClosedOverlay:
    return ClosedOverlay(
        **given_base(rng),
        component=rng.choice(("closed", "restricted", "locked-down", "network-policy")),
        from_app=rng.choice(("gateway", "ingress", "edge-proxy", "frontend", "bff", "api-gateway")),
        new_tag=release(rng),
    )


def _closed_brief(s: ClosedOverlay) -> Brief:
    component = f"components/{s.component}"
    files = (
        f"{component}/kustomization.yaml",
        f"{component}/policy.yaml",
        s.kustomization,
    )
    rule = "spec.ingress[0]"
    return Brief(
        need(
            f"Kustomize component {lit(component)} with a NetworkPolicy, used by the overlay"
            f" {lit(s.folder)} of {lit(s.name)}",
            f"a Kustomize component in {lit(component)} with a NetworkPolicy, and the overlay"
            f" {lit(s.folder)} on the base of {lit(s.name)} below that uses it",
            f"a NetworkPolicy as a Kustomize component ({lit(component)}), chosen by the overlay"
            f" {lit(s.folder)} on the base of {lit(s.name)} that follows",
            pins=[
                kustomization_is(component, "kind", "Component"),
                kustomization_is(s.folder, "components", [f"../../{component}"]),
                kustomization_is(s.folder, "resources", ["../../base"]),
            ],
        ),
        (
            need(
                f"answer with {lits(files)}, the base stays as it is",
                f"The base stays as it is; what is wanted is {lits(files)}",
                f"Leave the base alone and give these files: {lits(files)}",
                pins=[
                    overlay_is(s, "Deployment", f"{CONTAINER}.ports[0].containerPort", s.port),
                    overlay_is(s, "Deployment", "spec.replicas", s.replicas),
                ],
            ),
            need(
                f"policy {lit(s.name)} for the pods with app: {s.name}, ingress only",
                f"The policy is named {lit(s.name)} and is about incoming traffic (Ingress) of the"
                f" pods with the label app: {s.name}",
                f"Select the pods labelled app: {s.name}; the policy, {lit(s.name)}, is for Ingress"
                " only",
                pins=[
                    overlay_is(s, "NetworkPolicy", "metadata.name", s.name),
                    overlay_is(s, "NetworkPolicy", "spec.podSelector.matchLabels.app", s.name),
                    overlay_is(s, "NetworkPolicy", "spec.policyTypes", ["Ingress"]),
                ],
            ),
            need(
                f"only pods with app: {lit(s.from_app)} may reach TCP port {num(s.port)}",
                f"Nobody but pods with the label app: {lit(s.from_app)} may reach them, and that on"
                f" TCP port {num(s.port)}",
                f"Let in TCP on port {num(s.port)} from pods labelled app: {lit(s.from_app)},"
                " nothing else",
                pins=[
                    overlay_holds(
                        s,
                        "NetworkPolicy",
                        f"length(spec.ingress) == `1` && length({rule}.from) == `1`"
                        f" && {rule}.from[0].podSelector.matchLabels.app == '{s.from_app}'",
                    ),
                    overlay_is(s, "NetworkPolicy", f"{rule}.ports[0].port", s.port),
                    overlay_holds(
                        s,
                        "NetworkPolicy",
                        f"({rule}.ports[0].protocol || 'TCP') == 'TCP'"
                        f" && length({rule}.ports) == `1`",
                    ),
                ],
            ),
            need(
                f"overlay with image tag {lit(s.new_tag)}",
                f"The overlay also sets the image's tag to {lit(s.new_tag)}",
                f"In the overlay the image has the tag {lit(s.new_tag)}",
                pins=[
                    overlay_is(s, "Deployment", f"{CONTAINER}.image", f"{s.repository}:{s.new_tag}")
                ],
            ),
        ),
    )


def _closed_answer(s: ClosedOverlay) -> dict[str, str]:
    component = f"components/{s.component}"
    return {
        f"{component}/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources:
  - policy.yaml
""",
        f"{component}/policy.yaml": f"""\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {s.name}
spec:
  podSelector:
    matchLabels:
      app: {s.name}
  policyTypes:
    - Ingress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: {s.from_app}
      ports:
        - port: {s.port}
""",
        s.kustomization: f"""\
{HEAD}\
resources:
  - ../../base
components:
  - ../../{component}
images:
  - name: {s.repository}
    newTag: {s.new_tag}
""",
    }


COMPONENT = Topic(
    name="kustomize-component",
    format="kustomize",
    sample=_sample_closed,
    brief=_closed_brief,
    answer=_closed_answer,
    given=files_of,
)
