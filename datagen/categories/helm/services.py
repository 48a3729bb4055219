"""Charts of long-running programs: a web service, and a worker with settings of its own."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.categories.helm.charts import (
    MEMORIES,
    NAME,
    app_version,
    chart_is,
    default_is,
    laid_out,
    metadata,
    named_after_release,
    released,
    rendered_is,
    repository,
    version,
)
from datagen.pins import ast, of_kind, selects, serves
from datagen.topic import Topic
from datagen.vocabulary import named, service
from rewardsvc.types import Check

_CONTAINER = "spec.template.spec.containers[0]"
_IMAGE = '"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"'


@dataclass(frozen=True, slots=True)
class WebChart:
    """A chart of a service, and what its values are in one environment."""

    name: str
    version: str
    app: str
    repository: str
    replicas: int
    port: int
    service_port: int
    memory: str
    environment: str
    more_replicas: int
    other_app: str


def _sample_web(rng: Random) -> WebChart:
    name = service(rng)
    major, minor = rng.randint(1, 5), rng.randint(0, 12)
    replicas = rng.randint(1, 4)
    return WebChart(
        name=name,
        version=version(rng),
        app=f"{major}.{minor}.{rng.randint(0, 9)}",
        repository=repository(rng, name),
        replicas=replicas,
        port=rng.choice((3000, 5000, 8081, 8088, 9000, 9090)),
        service_port=rng.choice((80, 8000, 8080)),
        memory=rng.choice(MEMORIES),
        environment=rng.choice(("production", "staging", "load-test")),
        more_replicas=replicas + rng.randint(2, 8),
        other_app=f"{major}.{minor + 1}.0",
    )


def _web_given(s: WebChart) -> dict[str, str]:
    return {
        f"ci/{s.environment}-values.yaml": f"""\
replicaCount: {s.more_replicas}
image:
  tag: {s.other_app}
"""
    }


def _web_brief(s: WebChart) -> Brief:
    name = lit(s.name)
    values = lit(f"ci/{s.environment}-values.yaml")
    repository_value, tag_value = lit(".Values.image.repository"), lit(".Values.image.tag")
    count, port = lit(".Values.replicaCount"), lit(".Values.service.port")
    resources = lit(".Values.resources")
    return Brief(
        need(
            f"Helm chart {name} with a Deployment and a Service",
            f"a Helm chart {name} that installs a Deployment and a Service",
            f"a chart for Helm called {name}: a Deployment with a Service in front of it",
            pins=[
                chart_is("name", s.name),
                selects("Deployment", "spec.selector.matchLabels", "Deployment"),
                selects("Service", "spec.selector", "Deployment"),
            ],
        ),
        (
            need(
                f"chart version {lit(s.version)}, appVersion {lit(s.app)}",
                f"Its version is {lit(s.version)} and its appVersion {lit(s.app)}",
                f"Version {lit(s.version)} of the chart is for version {lit(s.app)} of the app"
                " (appVersion)",
                pins=[chart_is("version", s.version), chart_is("appVersion", s.app)],
            ),
            laid_out(
                "Chart.yaml", "values.yaml", "templates/deployment.yaml", "templates/service.yaml"
            ),
            named_after_release(s.name, "Deployment", "Service"),
            need(
                f"image from {repository_value}, {lit(s.repository)} by default, tagged {tag_value}"
                " or else the appVersion",
                f"The image is {repository_value}, by default {lit(s.repository)}; its tag is"
                f" {tag_value}, empty by default, or else the chart's appVersion",
                f"Take the image from {repository_value} (default {lit(s.repository)}) and its tag"
                f" from {tag_value}, which is empty and falls back to the appVersion",
                pins=[
                    default_is("image.repository", s.repository),
                    of_kind("Deployment", f"{_CONTAINER}.image", f"{s.repository}:{s.app}"),
                ],
            ),
            need(
                f"replicas from {count}, {num(s.replicas)} by default",
                f"The number of replicas is {count}, {num(s.replicas)} by default",
                f"It runs {count} replicas, {num(s.replicas)} unless set otherwise",
                pins=[
                    default_is("replicaCount", s.replicas),
                    of_kind("Deployment", "spec.replicas", s.replicas),
                ],
            ),
            need(
                f"container port {num(s.port)}, Service port from {port}, {num(s.service_port)} by"
                " default",
                f"The container listens on {num(s.port)}; the Service's port is {port},"
                f" {num(s.service_port)} by default",
                f"The Service's port {port} ({num(s.service_port)} by default) leads to the"
                f" container's port {num(s.port)}",
                pins=[
                    default_is("service.port", s.service_port),
                    of_kind("Service", "spec.ports[0].port", s.service_port),
                    of_kind("Deployment", f"{_CONTAINER}.ports[0].containerPort", s.port),
                    serves(s.port),
                ],
            ),
            need(
                f"container resources from {resources}, a memory limit of {size(s.memory)} by"
                " default",
                f"The container's resources are {resources} as a whole, whose default is a memory"
                f" limit of {size(s.memory)}",
                f"Put {resources} into the container as it is; its default is a memory limit of"
                f" {size(s.memory)}",
                pins=[
                    default_is("resources.limits.memory", s.memory),
                    of_kind("Deployment", f"{_CONTAINER}.resources.limits.memory", s.memory),
                ],
            ),
            need(
                f"has to work with {values}, too",
                f"We also install it with {values}, which must take effect",
                f"What {values} (below) sets must take effect when it is installed with that",
                pins=[
                    rendered_is(s.environment, "Deployment", "spec.replicas", s.more_replicas),
                    rendered_is(
                        s.environment,
                        "Deployment",
                        f"{_CONTAINER}.image",
                        f"{s.repository}:{s.other_app}",
                    ),
                ],
            ),
        ),
    )


def _web_answer(s: WebChart) -> dict[str, str]:
    return {
        "Chart.yaml": metadata(s.name, s.version, s.app),
        "values.yaml": f"""\
replicaCount: {s.replicas}
image:
  repository: {s.repository}
  tag: ""
service:
  port: {s.service_port}
resources:
  limits:
    memory: {s.memory}
""",
        "templates/deployment.yaml": f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {NAME}
spec:
  replicas: {{{{ .Values.replicaCount }}}}
  selector:
    matchLabels:
      app: {NAME}
  template:
    metadata:
      labels:
        app: {NAME}
    spec:
      containers:
        - name: {{{{ .Chart.Name }}}}
          image: {_IMAGE}
          ports:
            - name: http
              containerPort: {s.port}
          resources: {{{{- toYaml .Values.resources | nindent 12 }}}}
""",
        "templates/service.yaml": f"""\
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
""",
    }


WEB = Topic(
    name="helm-web-service",
    format="helm",
    sample=_sample_web,
    brief=_web_brief,
    answer=_web_answer,
    given=_web_given,
)


@dataclass(frozen=True, slots=True)
class SettingsChart:
    """A chart of a worker whose environment is a map of values."""

    name: str
    version: str
    image: str
    replicas: int
    level: str
    key: str
    value: str
    environment: str
    other_level: str


_SETTINGS = (
    ("QUEUE_NAME", ("bulk", "priority", "events", "mails")),
    ("BATCH_SIZE", ("10", "25", "50", "100")),
    ("CACHE_TTL", ("30", "60", "300", "900")),
    ("REQUEST_TIMEOUT", ("5s", "10s", "15s", "20s")),
    ("LOG_FORMAT", ("json", "text", "logfmt")),
    ("MAX_ATTEMPTS", ("2", "3", "5", "8")),
)


def _sample_settings(rng: Random) -> SettingsChart:
    name = named(rng, "worker", "consumer", "importer", "indexer", "mailer")
    key, values = rng.choice(_SETTINGS)
    level, other = rng.sample(("debug", "info", "warning", "error"), 2)
    return SettingsChart(
        name=name,
        version=version(rng),
        image=f"{repository(rng, name)}:{app_version(rng)}",
        replicas=rng.randint(1, 6),
        level=level,
        key=key,
        value=rng.choice(values),
        environment=rng.choice(("staging", "production", "qa")),
        other_level=other,
    )


def _settings_given(s: SettingsChart) -> dict[str, str]:
    text = f'config:\n  LOG_LEVEL: {s.other_level}\n  SAMPLE_RATE: "0.5"\n'
    return {f"ci/{s.environment}-values.yaml": text}


def _settings_brief(s: SettingsChart) -> Brief:
    name = lit(s.name)
    values = lit(f"ci/{s.environment}-values.yaml")
    config, image = lit(".Values.config"), lit(".Values.image")
    count = lit(".Values.replicaCount")
    entries = lit(f"LOG_LEVEL={s.level}"), lit(f"{s.key}={s.value}")
    return Brief(
        need(
            f"Helm chart {name}: a Deployment whose environment comes from a ConfigMap",
            f"a Helm chart {name} with a Deployment that takes its environment from a ConfigMap"
            " (envFrom)",
            f"a chart for Helm called {name}, of a worker that gets all of a ConfigMap as its"
            " environment (envFrom)",
            pins=[
                chart_is("name", s.name),
                selects("Deployment", "spec.selector.matchLabels", "Deployment"),
                of_kind(
                    "Deployment", f"{_CONTAINER}.envFrom[0].configMapRef.name", released(s.name)
                ),
            ],
        ),
        (
            need(
                f"chart version {lit(s.version)}",
                f"The version of the chart is {lit(s.version)}",
                pins=[chart_is("version", s.version)],
            ),
            laid_out(
                "Chart.yaml", "values.yaml", "templates/deployment.yaml", "templates/configmap.yaml"
            ),
            named_after_release(s.name, "Deployment", "ConfigMap"),
            need(
                f"image from {image}, {lit(s.image)} by default",
                f"The image is {image}, {lit(s.image)} by default",
                f"Take the whole image from one value, {image}, which is {lit(s.image)}",
                pins=[
                    default_is("image", s.image),
                    of_kind("Deployment", f"{_CONTAINER}.image", s.image),
                ],
            ),
            need(
                f"replicas from {count}, {num(s.replicas)} by default",
                f"The number of replicas is {count}, {num(s.replicas)} by default",
                f"It has {count} replicas, by default {num(s.replicas)}",
                pins=[
                    default_is("replicaCount", s.replicas),
                    of_kind("Deployment", "spec.replicas", s.replicas),
                ],
            ),
            need(
                f"ConfigMap with every entry of {config}, by default {entries[0]} and {entries[1]}",
                f"The ConfigMap has every entry of the map {config}, which by default holds"
                f" {entries[0]} and {entries[1]}",
                f"Its entries are those of {config}, a map, whatever its keys; the defaults are"
                f" {entries[0]} and {entries[1]}",
                pins=[
                    of_kind("ConfigMap", "data.LOG_LEVEL", s.level),
                    of_kind("ConfigMap", f"data.{s.key}", s.value),
                    ast(f"values.config.LOG_LEVEL == '{s.level}'"),
                    ast(f"to_string(values.config.{s.key}) == '{s.value}'"),
                ],
            ),
            need(
                "pods restart when the ConfigMap changes (annotation checksum/config, SHA-256)",
                "A checksum of the ConfigMap in the pods' annotation checksum/config has them"
                " replaced when it changes",
                "Annotate the pods with checksum/config, the ConfigMap's SHA-256, so that they"
                " restart with a new configuration",
                pins=[_checksum(s.environment)],
            ),
            need(
                f"has to work with {values}, too",
                f"With {values} (below) the ConfigMap must have what that says, new keys included",
                f"Installed with {values}, the entries that it adds and changes must be in the"
                " ConfigMap",
                pins=[
                    rendered_is(s.environment, "ConfigMap", "data.LOG_LEVEL", s.other_level),
                    rendered_is(s.environment, "ConfigMap", "data.SAMPLE_RATE", "0.5"),
                    rendered_is(s.environment, "ConfigMap", f"data.{s.key}", s.value),
                ],
            ),
        ),
    )


def _checksum(environment: str) -> Check:
    """The pods' annotation is a SHA-256 with those values."""
    annotation = (
        f"renderings.{environment}[?kind=='Deployment'] | [0]"
        '.spec.template.metadata.annotations."checksum/config"'
    )
    return ast(f"length({annotation} || '') == `64`")


def _settings_answer(s: SettingsChart) -> dict[str, str]:
    checksum = '{{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}'
    return {
        "Chart.yaml": f"apiVersion: v2\nname: {s.name}\nversion: {s.version}\n",
        "values.yaml": f"""\
replicaCount: {s.replicas}
image: {s.image}
config:
  LOG_LEVEL: {s.level}
  {s.key}: "{s.value}"
""",
        "templates/deployment.yaml": f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {NAME}
spec:
  replicas: {{{{ .Values.replicaCount }}}}
  selector:
    matchLabels:
      app: {NAME}
  template:
    metadata:
      annotations:
        checksum/config: {checksum}
      labels:
        app: {NAME}
    spec:
      containers:
        - name: {{{{ .Chart.Name }}}}
          image: {{{{ .Values.image }}}}
          envFrom:
            - configMapRef:
                name: {NAME}
""",
        "templates/configmap.yaml": f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {NAME}
data:
  {{{{- range $key, $value := .Values.config }}}}
  {{{{ $key }}}}: {{{{ $value | quote }}}}
  {{{{- end }}}}
""",
    }


SETTINGS = Topic(
    name="helm-worker-settings",
    format="helm",
    sample=_sample_settings,
    brief=_settings_brief,
    answer=_settings_answer,
    given=_settings_given,
)
