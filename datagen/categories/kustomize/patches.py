"""Kustomizations that change what is there in place: a JSON patch, labels over plain manifests."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.kustomize.bases import (
    CONTAINER,
    HEAD,
    GivenBase,
    GivenManifests,
    deployment_of,
    files_of,
    given_base,
    given_manifests,
    kustomization_is,
    overlay_is,
    release,
    service_of,
    written_in,
)
from datagen.pins import documents, of_kind
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES
from rewardsvc.types import Check

_BOTH = ("Deployment", "Service")


@dataclass(frozen=True, slots=True)
class HostOverlay(GivenBase):
    """Another host of an Ingress, and an annotation more, by a JSON patch."""

    domain: str
    size: str
    seconds: int


def _sample_host(rng: Random) -> HostOverlay:
    return HostOverlay(
        **given_base(rng),
        domain=rng.choice(("example.com", "example.org", "acme.example.net")),
        size=rng.choice(("1m", "8m", "16m", "32m", "64m")),
        seconds=rng.choice((30, 60, 90, 120, 300)),
    )


def _host(s: HostOverlay) -> str:
    return f"{s.name}.{s.overlay}.{s.domain}"


def _host_given(s: HostOverlay) -> dict[str, str]:
    files = files_of(s)
    return {
        **files,
        "base/kustomization.yaml": files["base/kustomization.yaml"] + "  - ingress.yaml\n",
        "base/ingress.yaml": f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {s.name}
  annotations:
    nginx.ingress.kubernetes.io/proxy-read-timeout: "20"
spec:
  ingressClassName: nginx
  rules:
    - host: {s.name}.internal
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {s.name}
                port:
                  name: http
""",
    }


def _host_brief(s: HostOverlay) -> Brief:
    annotations = "metadata.annotations"
    prefix = "nginx.ingress.kubernetes.io"
    patch = f"{s.folder}/ingress-patch.yaml"
    return Brief(
        need(
            f"Kustomize overlay {lit(s.folder)} of {lit(s.name)} with a JSON patch of the Ingress",
            f"a Kustomize overlay in {lit(s.folder)} on the base of {lit(s.name)} below, with a"
            " JSON patch (RFC 6902) of its Ingress",
            f"an overlay {lit(s.folder)} for Kustomize that patches the Ingress of {lit(s.name)},"
            " whose base follows, with JSON 6902 operations",
            pins=[
                overlay_is(s, "Ingress", "metadata.name", s.name),
                kustomization_is(s.folder, "patches[0].path", "ingress-patch.yaml"),
                kustomization_is(s.folder, "patches[0].target.kind", "Ingress"),
            ],
        ),
        (
            written_in(s, s.kustomization, patch),
            need(
                f"host {lit(_host(s))} instead of the base's",
                f"The host becomes {lit(_host(s))}",
                f"Replace the host by {lit(_host(s))}",
                pins=[overlay_is(s, "Ingress", "spec.rules[0].host", _host(s))],
            ),
            need(
                f"annotation {lit(f'{prefix}/proxy-body-size')} {lit(s.size)} added",
                f"Add the annotation {lit(f'{prefix}/proxy-body-size')} with the value"
                f" {lit(s.size)}",
                pins=[
                    overlay_is(s, "Ingress", f'{annotations}."{prefix}/proxy-body-size"', s.size)
                ],
            ),
            need(
                f"annotation {lit(f'{prefix}/proxy-read-timeout')} {num(s.seconds)} instead of"
                f" {num(20)}",
                f"The annotation {lit(f'{prefix}/proxy-read-timeout')} becomes {num(s.seconds)},"
                f" from {num(20)}",
                pins=[
                    overlay_is(
                        s,
                        "Ingress",
                        f'{annotations}."{prefix}/proxy-read-timeout"',
                        str(s.seconds),
                    )
                ],
            ),
        ),
    )


def _host_answer(s: HostOverlay) -> dict[str, str]:
    where = "/metadata/annotations/nginx.ingress.kubernetes.io~1"
    return {
        s.kustomization: f"""\
{HEAD}\
resources:
  - ../../base
patches:
  - path: ingress-patch.yaml
    target:
      kind: Ingress
""",
        f"{s.folder}/ingress-patch.yaml": f"""\
- op: replace
  path: /spec/rules/0/host
  value: {_host(s)}
- op: add
  path: {where}proxy-body-size
  value: {s.size}
- op: replace
  path: {where}proxy-read-timeout
  value: "{s.seconds}"
""",
    }


HOST = Topic(
    name="kustomize-json-patch",
    format="kustomize",
    sample=_sample_host,
    brief=_host_brief,
    answer=_host_answer,
    given=_host_given,
)


@dataclass(frozen=True, slots=True)
class LabelledManifests(GivenManifests):
    """A kustomization over manifests that had none."""

    namespace: str
    owner: str
    part: str
    suffix: str
    new_tag: str


def _sample_labelled(rng: Random) -> LabelledManifests:
    base = given_manifests(rng)
    return LabelledManifests(
        **base,
        namespace=rng.choice(NAMESPACES),
        owner=rng.choice(("payments", "core", "growth", "search", "logistics", "identity")),
        part=base["name"].partition("-")[0],
        suffix=rng.choice(("-v2", "-blue", "-green", "-eu", "-us", "-canary")),
        new_tag=release(rng),
    )


def _labelled_given(s: LabelledManifests) -> dict[str, str]:
    return {"deployment.yaml": deployment_of(s), "service.yaml": service_of(s)}


def _labelled_brief(s: LabelledManifests) -> Brief:
    part = '"app.kubernetes.io/part-of"'
    return Brief(
        need(
            f"kustomization.yaml over the manifests of {lit(s.name)} below",
            f"a kustomization.yaml for the plain manifests of {lit(s.name)} below, which it lists"
            " as resources",
            f"a kustomization.yaml beside deployment.yaml and service.yaml, the manifests of"
            f" {lit(s.name)} that follow",
            pins=[documents("length([?kind=='Deployment' || kind=='Service'])", 2)],
        ),
        (
            need(
                f"namespace {lit(s.namespace)}",
                f"Everything goes into the namespace {lit(s.namespace)}",
                pins=[of_kind(kind, "metadata.namespace", s.namespace) for kind in _BOTH],
            ),
            need(
                f"name suffix {lit(s.suffix)}",
                f"All names end in {lit(s.suffix)} (nameSuffix)",
                f"Put {lit(s.suffix)} behind every name",
                pins=[of_kind(kind, "metadata.name", f"{s.name}{s.suffix}") for kind in _BOTH],
            ),
            need(
                f"label app.kubernetes.io/part-of: {lit(s.part)} on objects, pods and selectors",
                f"The label app.kubernetes.io/part-of with the value {lit(s.part)} goes onto the"
                " objects, the pods and into the selectors",
                pins=[
                    *(of_kind(kind, f"metadata.labels.{part}", s.part) for kind in _BOTH),
                    of_kind("Deployment", f"spec.selector.matchLabels.{part}", s.part),
                    of_kind("Deployment", f"spec.template.metadata.labels.{part}", s.part),
                    of_kind("Service", f"spec.selector.{part}", s.part),
                ],
            ),
            need(
                f"annotation owner: {lit(s.owner)} on all objects",
                f"All objects have the annotation owner with the value {lit(s.owner)}",
                f"Annotate everything with owner: {lit(s.owner)}",
                pins=[of_kind(kind, "metadata.annotations.owner", s.owner) for kind in _BOTH],
            ),
            need(
                f"image tag {lit(s.new_tag)}, everything else as it is",
                f"The image's tag becomes {lit(s.new_tag)}; everything else stays as it is",
                f"Change the image's tag to {lit(s.new_tag)} and leave the rest alone",
                pins=[
                    of_kind("Deployment", f"{CONTAINER}.image", f"{s.repository}:{s.new_tag}"),
                    of_kind("Deployment", "spec.replicas", s.replicas),
                    of_kind("Deployment", f"{CONTAINER}.ports[0].containerPort", s.port),
                    *_still_found(s),
                ],
            ),
        ),
    )


def _still_found(s: LabelledManifests) -> list[Check]:
    """The label that was there is there."""
    return [
        of_kind("Deployment", "spec.selector.matchLabels.app", s.name),
        of_kind("Service", "spec.selector.app", s.name),
    ]


def _labelled_answer(s: LabelledManifests) -> dict[str, str]:
    return {
        "kustomization.yaml": f"""\
{HEAD}\
namespace: {s.namespace}
nameSuffix: {s.suffix}
resources:
  - deployment.yaml
  - service.yaml
labels:
  - includeSelectors: true
    pairs:
      app.kubernetes.io/part-of: {s.part}
commonAnnotations:
  owner: {s.owner}
images:
  - name: {s.repository}
    newTag: {s.new_tag}
"""
    }


LABELLED = Topic(
    name="kustomize-over-manifests",
    format="kustomize",
    sample=_sample_labelled,
    brief=_labelled_brief,
    answer=_labelled_answer,
    given=_labelled_given,
)
