"""What chart topics share: a chart that tasks give, its parts, and pins of what charts say."""

from dataclasses import dataclass
from random import Random
from typing import Any

from datagen.brief import Need, lit, lits, need, num
from datagen.pins import documents, of_kind
from datagen.vocabulary import ORGANISATIONS, service
from rewardsvc.checks.named.base import Value
from rewardsvc.formats.helm.named import ChartHas, DefaultIs, RenderedHas
from rewardsvc.types import Check

NAME = "{{ .Release.Name }}-{{ .Chart.Name }}"
"""What objects of all these charts are called."""

_RESOURCES = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
MEMORIES = ("128Mi", "256Mi", "384Mi", "512Mi", "768Mi", "1Gi", "2Gi")


@dataclass(frozen=True, slots=True)
class GivenChart:
    """A chart that somebody has already: one Deployment and one Service."""

    name: str
    version: str
    repository: str
    tag: str
    replicas: int
    port: int


def given_chart(rng: Random) -> dict[str, Any]:
    """The fields of such a chart, in some organisation."""
    name = service(rng)
    return {
        "name": name,
        "version": version(rng),
        "repository": repository(rng, name),
        "tag": app_version(rng),
        "replicas": rng.randint(1, 4),
        "port": rng.choice((3000, 5000, 8000, 8080, 8081, 8088, 9000)),
    }


def version(rng: Random) -> str:
    """A chart's version, early in its life."""
    return f"{rng.randint(0, 2)}.{rng.randint(1, 9)}.{rng.randint(0, 5)}"


def app_version(rng: Random) -> str:
    """The version of what a chart installs."""
    return f"{rng.randint(1, 5)}.{rng.randint(0, 12)}.{rng.randint(0, 9)}"


def repository(rng: Random, name: str) -> str:
    """An image without its tag."""
    registry = rng.choice(("ghcr.io", "quay.io", "registry.example.com"))
    return f"{registry}/{rng.choice(ORGANISATIONS)}/{name}"


def released(name: str) -> str:
    """What an object is called in a release that nobody named, which is how charts are judged."""
    return f"release-name-{name}"


def files_of(chart: GivenChart) -> dict[str, str]:
    """All of a given chart."""
    return {
        "Chart.yaml": metadata(chart.name, chart.version, chart.tag),
        "values.yaml": values_of(chart),
        "templates/deployment.yaml": deployment_of(chart),
        "templates/service.yaml": service_of(),
    }


def metadata(name: str, version: str, app: str) -> str:
    """``Chart.yaml``."""
    return f"""\
apiVersion: v2
name: {name}
version: {version}
appVersion: {app}
"""


def values_of(chart: GivenChart) -> str:
    """Its ``values.yaml``."""
    return f"""\
replicaCount: {chart.replicas}
image:
  repository: {chart.repository}
  tag: {chart.tag}
service:
  port: 80
"""


def deployment_of(chart: GivenChart, *, replicas: bool = True, account: str = "") -> str:
    """Its Deployment; ``account``: lines that name a service account."""
    count = "  replicas: {{ .Values.replicaCount }}\n"
    autoscaled = f"  {{{{- if not .Values.autoscaling.enabled }}}}\n{count}  {{{{- end }}}}\n"
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {NAME}
spec:
{count if replicas else autoscaled}\
  selector:
    matchLabels:
      app: {NAME}
  template:
    metadata:
      labels:
        app: {NAME}
    spec:
{account}\
      containers:
        - name: {{{{ .Chart.Name }}}}
          image: "{{{{ .Values.image.repository }}}}:{{{{ .Values.image.tag }}}}"
          ports:
            - name: http
              containerPort: {chart.port}
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
"""


def service_of() -> str:
    """Its Service."""
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: {NAME}
spec:
  selector:
    app: {NAME}
  ports:
    - name: http
      port: {{{{ .Values.service.port }}}}
      targetPort: http
"""


def times(count: int) -> str:
    """How often."""
    return f"{num(count)} {'time' if count == 1 else 'times'}"


def laid_out(*files: str) -> Need:
    """Which files a chart has."""
    said = lits(files)
    return need(
        f"files {said}",
        f"Lay it out as {said}",
        f"The files are {said}",
        f"It consists of {said}",
    )


def changed_in(chart: GivenChart, *files: str) -> Need:
    """Which files of a given chart the answer has: all else stays as it is."""
    said = lits(files)
    what = "this file" if len(files) == 1 else "these files"
    container = "[?kind=='Deployment'] | [0].spec.template.spec.containers[0]"
    return need(
        f"answer with {said} only, the rest stays as it is",
        f"Answer with {what} in full and leave the rest of the chart alone: {said}",
        f"Only {said} may change or be added, and nothing else that the chart installs; give {what}"
        " in full",
        pins=[
            documents(f"{container}.image", f"{chart.repository}:{chart.tag}"),
            documents(f"{container}.ports[].containerPort", [chart.port]),
            documents(f"{container}.resources", _RESOURCES),
            of_kind("Deployment", "spec.replicas", chart.replicas),
            of_kind("Service", "spec.ports[0].port", 80),
        ],
    )


def named_after_release(name: str, *kinds: str) -> Need:
    """Objects are called after the release and the chart, and pods are labelled so."""
    called = lit(f"<release>-{name}")
    objects = "every object" if len(kinds) > 1 else f"the {kinds[0]}"
    labels = "spec.template.metadata.labels.app"
    if kinds[0] == "CronJob":
        labels = f"spec.jobTemplate.{labels}"
    return need(
        f"{objects} named {called}, pods labelled app: {called}",
        f"{objects[0].upper()}{objects[1:]} is named {called} after the release, and so is the"
        " pods' label app",
        f"Call {objects} {called} and label the pods with app: {called}, so that two releases fit"
        " into one namespace",
        pins=[
            *(of_kind(kind, "metadata.name", released(name)) for kind in kinds),
            of_kind(kinds[0], labels, released(name)),
        ],
    )


def chart_is(path: str, value: Value) -> Check:
    """``Chart.yaml`` has a value."""
    return ChartHas(path=path, value=value).render()


def default_is(path: str, value: Value) -> Check:
    """``values.yaml`` has a value."""
    return DefaultIs(path=path, value=value).render()


def rendered_is(values: str, kind: str, path: str, value: Value) -> Check:
    """With values that the task gives, a resource of a kind has a value."""
    return RenderedHas(values=values, kind=kind, path=path, value=value).render()
