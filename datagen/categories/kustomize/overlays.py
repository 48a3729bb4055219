"""Overlays on a base that is there: a release, settings, resources, an Ingress."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, Need, lit, need, num, size
from datagen.categories.kustomize.bases import (
    CONTAINER,
    HEAD,
    GivenBase,
    deployment_of,
    files_of,
    given_base,
    in_overlay_namespace,
    namespace_of,
    overlay_holds,
    overlay_is,
    release,
    written_in,
)
from datagen.pins import ast
from datagen.topic import Topic
from rewardsvc.types import Check


def _overlay(base: GivenBase, what: str) -> Need:
    """The goal of an overlay on the base that is given."""
    name, folder = lit(base.name), lit(base.folder)
    return need(
        f"Kustomize overlay {folder} for {name}, {what}",
        f"a Kustomize overlay in {folder} on the base of {name} below, {what}",
        f"an overlay {folder} for Kustomize, {what}, on top of the base of {name} that follows",
        pins=[overlay_is(base, kind, "metadata.name", base.name) for kind in _BOTH],
    )


_BOTH = ("Deployment", "Service")


@dataclass(frozen=True, slots=True)
class ReleaseOverlay(GivenBase):
    """What an environment runs: which version, how often, where."""

    namespace: str
    new_tag: str
    count: int
    team: str


def _sample_release(rng: Random) -> ReleaseOverlay:
    base = given_base(rng)
    return ReleaseOverlay(
        **base,
        namespace=namespace_of(rng, base),
        new_tag=release(rng),
        count=base["replicas"] + rng.randint(1, 9),
        team=rng.choice(("payments", "core", "growth", "platform", "search", "logistics", "web")),
    )


def _release_brief(s: ReleaseOverlay) -> Brief:
    selector = f'`{{"app": "{s.name}"}}`'
    return Brief(
        _overlay(s, "with another image tag and replica count"),
        (
            written_in(s, s.kustomization),
            in_overlay_namespace(s, s.namespace),
            need(
                f"image tag {lit(s.new_tag)}",
                f"It runs {lit(s.new_tag)} of the same image",
                f"The image's tag is {lit(s.new_tag)} there (images)",
                pins=[
                    overlay_is(s, "Deployment", f"{CONTAINER}.image", f"{s.repository}:{s.new_tag}")
                ],
            ),
            need(
                f"{num(s.count)} replicas",
                f"Run {num(s.count)} replicas",
                f"The Deployment has {num(s.count)} replicas in it",
                pins=[overlay_is(s, "Deployment", "spec.replicas", s.count)],
            ),
            need(
                f"label team: {lit(s.team)} on both objects, not in selectors",
                f"Both objects are labelled team: {lit(s.team)}, while selectors stay as they are",
                f"Add the label team with the value {lit(s.team)} to what it builds, but not to the"
                " selectors",
                pins=[
                    *(overlay_is(s, kind, "metadata.labels.team", s.team) for kind in _BOTH),
                    overlay_holds(s, "Deployment", f"spec.selector.matchLabels == {selector}"),
                    overlay_holds(s, "Service", f"spec.selector == {selector}"),
                ],
            ),
        ),
    )


def _release_answer(s: ReleaseOverlay) -> dict[str, str]:
    return {
        s.kustomization: f"""\
{HEAD}\
namespace: {s.namespace}
resources:
  - ../../base
labels:
  - pairs:
      team: {s.team}
images:
  - name: {s.repository}
    newTag: {s.new_tag}
replicas:
  - name: {s.name}
    count: {s.count}
"""
    }


RELEASE = Topic(
    name="kustomize-release-overlay",
    format="kustomize",
    sample=_sample_release,
    brief=_release_brief,
    answer=_release_answer,
    given=files_of,
)


@dataclass(frozen=True, slots=True)
class SettingsOverlay(GivenBase):
    """Settings of an environment, over those of the base."""

    prefix: str
    key: str
    value: str
    base_level: str
    level: str


_SETTINGS = (
    ("CACHE_TTL", ("30", "60", "300", "900")),
    ("MAX_CONNECTIONS", ("20", "50", "100", "200")),
    ("REQUEST_TIMEOUT", ("2s", "5s", "10s", "30s")),
    ("SAMPLE_RATE", ("0.1", "0.25", "0.5")),
    ("QUEUE_NAME", ("bulk", "priority", "events")),
    ("FEATURE_FLAGS", ("beta", "exports", "search")),
)


def _sample_settings(rng: Random) -> SettingsOverlay:
    base = given_base(rng)
    key, values = rng.choice(_SETTINGS)
    base_level, level = rng.sample(("debug", "info", "warning", "error"), 2)
    return SettingsOverlay(
        **base,
        prefix=rng.choice((f"{base['overlay']}-", "eu-", "us-", "blue-", "internal-", "beta-")),
        key=key,
        value=rng.choice(values),
        base_level=base_level,
        level=level,
    )


def _settings_given(s: SettingsOverlay) -> dict[str, str]:
    more = f"""\
          envFrom:
            - configMapRef:
                name: {s.name}-settings
"""
    generator = f"""\
configMapGenerator:
  - name: {s.name}-settings
    literals:
      - LOG_LEVEL={s.base_level}
      - LOG_FORMAT=json
"""
    files = files_of(s)
    return {
        **files,
        "base/kustomization.yaml": files["base/kustomization.yaml"] + generator,
        "base/deployment.yaml": deployment_of(s, more),
    }


def _settings_brief(s: SettingsOverlay) -> Brief:
    name, folder, settings = lit(s.name), lit(s.folder), lit(f"{s.name}-settings")
    called = [overlay_is(s, kind, "metadata.name", f"{s.prefix}{s.name}") for kind in _BOTH]
    generated = f"starts_with(metadata.name, '{s.prefix}{s.name}-settings-')"
    used = f"starts_with({CONTAINER}.envFrom[0].configMapRef.name, '{s.prefix}{s.name}-settings-')"
    return Brief(
        need(
            f"Kustomize overlay {folder} for {name} with settings of its own",
            f"a Kustomize overlay in {folder} that changes the settings of {name}, whose base is"
            " below",
            f"an overlay {folder} for Kustomize, with settings of its own, on the base of {name}"
            " that follows",
            pins=[overlay_holds(s, "ConfigMap", generated), overlay_holds(s, "Deployment", used)],
        ),
        (
            written_in(s, s.kustomization),
            need(
                f"name prefix {lit(s.prefix)}",
                f"All names get the prefix {lit(s.prefix)}",
                f"Put {lit(s.prefix)} in front of every name (namePrefix)",
                pins=called,
            ),
            need(
                f"LOG_LEVEL={s.level} instead of the base's in the ConfigMap {settings}",
                f"In the generated ConfigMap {settings} the LOG_LEVEL becomes {lit(s.level)}",
                f"LOG_LEVEL is {lit(s.level)} there; merge it into the generated ConfigMap"
                f" {settings}",
                pins=[overlay_is(s, "ConfigMap", "data.LOG_LEVEL", s.level)],
            ),
            need(
                f"{lit(f'{s.key}={s.value}')} added to that ConfigMap",
                f"Add {lit(f'{s.key}={s.value}')} to the ConfigMap",
                f"The ConfigMap also has {lit(f'{s.key}={s.value}')}",
                pins=[overlay_is(s, "ConfigMap", f"data.{s.key}", s.value)],
            ),
            need(
                "all other settings are kept",
                "What else the base sets is kept",
                "The base's other settings stay",
                pins=[overlay_is(s, "ConfigMap", "data.LOG_FORMAT", "json")],
            ),
        ),
    )


def _settings_answer(s: SettingsOverlay) -> dict[str, str]:
    return {
        s.kustomization: f"""\
{HEAD}\
namePrefix: {s.prefix}
resources:
  - ../../base
configMapGenerator:
  - name: {s.name}-settings
    behavior: merge
    literals:
      - LOG_LEVEL={s.level}
      - {s.key}={s.value}
"""
    }


SETTINGS = Topic(
    name="kustomize-settings-overlay",
    format="kustomize",
    sample=_sample_settings,
    brief=_settings_brief,
    answer=_settings_answer,
    given=_settings_given,
)


@dataclass(frozen=True, slots=True)
class ResourcesOverlay(GivenBase):
    """What a container may use, and how its pods are replaced."""

    patch: str
    cpu: str
    memory: str
    limit: str
    surge: str


def _sample_resources(rng: Random) -> ResourcesOverlay:
    memory, limit = rng.choice(
        (("128Mi", "256Mi"), ("256Mi", "512Mi"), ("512Mi", "1Gi"), ("1Gi", "2Gi"), ("2Gi", "3Gi"))
    )
    return ResourcesOverlay(
        **given_base(rng),
        patch=rng.choice(("resources.yaml", "deployment-patch.yaml", "sizing.yaml")),
        cpu=rng.choice(("100m", "200m", "250m", "500m", "750m", "1500m")),
        memory=memory,
        limit=limit,
        surge=rng.choice(("25%", "50%", "100%")),
    )


def _resources_brief(s: ResourcesOverlay) -> Brief:
    resources, strategy = f"{CONTAINER}.resources", "spec.strategy"
    limits = f'`{{"memory": "{s.limit}"}}`'
    return Brief(
        _overlay(s, "with resources for the container app"),
        (
            written_in(s, s.kustomization, f"{s.folder}/{s.patch}"),
            need(
                f"the change is a patch of its own, {lit(s.patch)}",
                f"The kustomization applies {lit(s.patch)} as a patch",
                f"Let {lit(s.patch)} be a strategic merge patch of the Deployment",
                pins=[_patches_with(s)],
            ),
            need(
                f"requests {lit(s.cpu)} CPU and {size(s.memory)} memory",
                f"It requests {lit(s.cpu)} of CPU and {size(s.memory)} of memory",
                pins=[
                    overlay_is(s, "Deployment", f"{resources}.requests.cpu", s.cpu),
                    overlay_is(s, "Deployment", f"{resources}.requests.memory", s.memory),
                ],
            ),
            need(
                f"memory limit {size(s.limit)}, no CPU limit",
                f"Memory is limited to {size(s.limit)}, the CPU is not",
                f"The only limit is {size(s.limit)} of memory",
                pins=[overlay_holds(s, "Deployment", f"{resources}.limits == {limits}")],
            ),
            need(
                f"rolling update with maxSurge {lit(s.surge)} and maxUnavailable {num(0)}",
                f"Pods are replaced by a rolling update with maxSurge {lit(s.surge)} and"
                f" maxUnavailable {num(0)}",
                pins=[
                    overlay_is(s, "Deployment", f"{strategy}.type", "RollingUpdate"),
                    overlay_is(s, "Deployment", f"{strategy}.rollingUpdate.maxSurge", s.surge),
                    overlay_is(s, "Deployment", f"{strategy}.rollingUpdate.maxUnavailable", 0),
                ],
            ),
            need(
                "image and replicas as in the base",
                "Image and replica count are those of the base",
                pins=[
                    overlay_is(s, "Deployment", f"{CONTAINER}.image", f"{s.repository}:{s.tag}"),
                    overlay_is(s, "Deployment", "spec.replicas", s.replicas),
                ],
            ),
        ),
    )


def _patches_with(s: ResourcesOverlay) -> Check:
    """The kustomization names the patch, in the field of today or that of yesterday."""
    body = f'kustomizations."{s.folder}"'
    listed = f"{body}.[patches[].path, patchesStrategicMerge][][]"
    return ast(f"contains({listed} || `[]`, '{s.patch}')")


def _resources_answer(s: ResourcesOverlay) -> dict[str, str]:
    return {
        s.kustomization: f"""\
{HEAD}\
resources:
  - ../../base
patches:
  - path: {s.patch}
""",
        f"{s.folder}/{s.patch}": f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {s.name}
spec:
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: {s.surge}
      maxUnavailable: 0
  template:
    spec:
      containers:
        - name: app
          resources:
            requests:
              cpu: {s.cpu}
              memory: {s.memory}
            limits:
              memory: {s.limit}
""",
    }


RESOURCES = Topic(
    name="kustomize-resources-patch",
    format="kustomize",
    sample=_sample_resources,
    brief=_resources_brief,
    answer=_resources_answer,
    given=files_of,
)


@dataclass(frozen=True, slots=True)
class IngressOverlay(GivenBase):
    """An Ingress that only one environment has."""

    namespace: str
    host: str
    class_name: str
    secret: str


def _sample_ingress(rng: Random) -> IngressOverlay:
    base = given_base(rng)
    short = base["name"].partition("-")[0]
    domain = rng.choice(("example.com", "example.org", "shop.example.com", "acme.example.net"))
    host = rng.choice((base["name"], short, f"{short}-{base['overlay']}", base["overlay"]))
    return IngressOverlay(
        **base,
        namespace=namespace_of(rng, base),
        host=f"{host}.{domain}",
        class_name=rng.choice(("nginx", "traefik", "haproxy", "contour")),
        secret=rng.choice((f"{short}-tls", f"{base['name']}-tls", "wildcard-tls", "public-tls")),
    )


def _ingress_brief(s: IngressOverlay) -> Brief:
    path = "spec.rules[0].http.paths[0]"
    return Brief(
        _overlay(s, "with an Ingress"),
        (
            written_in(s, s.kustomization, f"{s.folder}/ingress.yaml"),
            in_overlay_namespace(s, s.namespace),
            need(
                f"host {lit(s.host)}, named {lit(s.name)} like the rest",
                f"The Ingress has the name {lit(s.name)}, too, and is for the host {lit(s.host)}",
                f"{lit(s.host)} is its host; it is called {lit(s.name)}, as the Service is",
                pins=[
                    overlay_is(s, "Ingress", "metadata.name", s.name),
                    overlay_is(s, "Ingress", "metadata.namespace", s.namespace),
                    overlay_is(s, "Ingress", "spec.rules[0].host", s.host),
                ],
            ),
            need(
                "every path (Prefix /) to the Service's port http",
                "All paths (/ as a Prefix) go to the port http of the Service",
                pins=[
                    overlay_is(s, "Ingress", f"{path}.path", "/"),
                    overlay_is(s, "Ingress", f"{path}.pathType", "Prefix"),
                    overlay_holds(s, "Ingress", "length(spec.rules) == `1`"),
                    overlay_holds(s, "Ingress", "length(spec.rules[0].http.paths) == `1`"),
                    overlay_is(s, "Ingress", f"{path}.backend.service.name", s.name),
                    overlay_holds(
                        s,
                        "Ingress",
                        f"{path}.backend.service.port | name == 'http' || number == `80`",
                    ),
                ],
            ),
            need(
                f"ingress class {lit(s.class_name)}",
                f"Its ingress class is {lit(s.class_name)}",
                f"The class (ingressClassName) is {lit(s.class_name)}",
                pins=[overlay_is(s, "Ingress", "spec.ingressClassName", s.class_name)],
            ),
            need(
                f"TLS for the host with the secret {lit(s.secret)}",
                f"TLS is on for that host, with the certificate in the secret {lit(s.secret)}",
                f"The secret {lit(s.secret)} has the certificate of the host (tls)",
                pins=[
                    overlay_is(s, "Ingress", "spec.tls[0].hosts", [s.host]),
                    overlay_is(s, "Ingress", "spec.tls[0].secretName", s.secret),
                ],
            ),
        ),
    )


def _ingress_answer(s: IngressOverlay) -> dict[str, str]:
    return {
        s.kustomization: f"""\
{HEAD}\
namespace: {s.namespace}
resources:
  - ../../base
  - ingress.yaml
""",
        f"{s.folder}/ingress.yaml": f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {s.name}
spec:
  ingressClassName: {s.class_name}
  tls:
    - hosts:
        - {s.host}
      secretName: {s.secret}
  rules:
    - host: {s.host}
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


INGRESS = Topic(
    name="kustomize-ingress-overlay",
    format="kustomize",
    sample=_sample_ingress,
    brief=_ingress_brief,
    answer=_ingress_answer,
    given=files_of,
)
