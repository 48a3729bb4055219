"""Kubernetes workloads: a Deployment with a Service, and one with a ConfigMap."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import container_image, equal_resources, replicas
from datagen.pins import holds, of_kind, selects
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, PORTS, image, service

_CONTAINER = "spec.template.spec.containers[0]"


@dataclass(frozen=True, slots=True)
class StatelessService:
    """A stateless service behind a Service."""

    name: str
    namespace: str
    image: str
    replicas: int
    port: int
    service_port: int
    cpu: int
    memory: str


def _sample_deployment(rng: Random) -> StatelessService:
    name = service(rng)
    return StatelessService(
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        replicas=rng.randint(2, 10),
        port=rng.choice(PORTS),
        service_port=rng.choice((80, 81, 443, 8000, 9000)),
        cpu=rng.choice((1, 2, 4)),
        memory=rng.choice(("256Mi", "512Mi", "1Gi", "2Gi", "4Gi")),
    )


def _deployment_brief(s: StatelessService) -> Brief:
    name = lit(s.name)
    return Brief(
        need(
            f"Deployment and Service named {name}",
            f"Kubernetes manifests for a Deployment and a Service, both named {name}",
            f"a Kubernetes Deployment called {name} with a Service of the same name",
            pins=[
                *(of_kind(kind, "metadata.name", s.name) for kind in ("Deployment", "Service")),
                selects("Deployment", "spec.selector.matchLabels", "Deployment"),
                selects("Service", "spec.selector", "Deployment"),
            ],
        ),
        (
            need(
                f"both in namespace {lit(s.namespace)}",
                f"Put both into the {lit(s.namespace)} namespace",
                f"Both are in namespace {lit(s.namespace)}",
                pins=[
                    of_kind(kind, "metadata.namespace", s.namespace)
                    for kind in ("Deployment", "Service")
                ],
            ),
            container_image("Deployment", _CONTAINER, s.image),
            replicas("Deployment", s.replicas),
            need(
                f"container port {num(s.port)}, Service port {num(s.service_port)}",
                f"The container listens on {num(s.port)} and the Service offers it as port"
                f" {num(s.service_port)}",
                f"Service port {num(s.service_port)} leads to container port {num(s.port)}",
                pins=[
                    of_kind("Deployment", f"{_CONTAINER}.ports[0].containerPort", s.port),
                    holds("Deployment", f"length({_CONTAINER}.ports) == `1`"),
                    of_kind("Service", "spec.ports[0].port", s.service_port),
                    holds("Service", "length(spec.ports) == `1`"),
                    of_kind("Service", "spec.ports[0].targetPort", s.port),
                ],
            ),
            equal_resources("Deployment", _CONTAINER, s.cpu, s.memory),
        ),
    )


def _deployment_answer(s: StatelessService) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  replicas: {s.replicas}
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
            - containerPort: {s.port}
          resources:
            requests:
              cpu: "{s.cpu}"
              memory: {s.memory}
            limits:
              cpu: "{s.cpu}"
              memory: {s.memory}
---
apiVersion: v1
kind: Service
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  selector:
    app: {s.name}
  ports:
    - port: {s.service_port}
      targetPort: {s.port}
"""


DEPLOYMENT = Topic(
    name="deployment-service",
    format="kubernetes",
    sample=_sample_deployment,
    brief=_deployment_brief,
    answer=_deployment_answer,
)


@dataclass(frozen=True, slots=True)
class Configured:
    """A Deployment that takes its environment from a ConfigMap."""

    name: str
    namespace: str
    config: str
    image: str
    replicas: int
    level: str
    key: str
    value: str


def _sample_configured(rng: Random) -> Configured:
    name = service(rng)
    key, value = rng.choice(
        (
            ("CACHE_TTL", str(rng.choice((30, 60, 300, 900, 3600)))),
            ("MAX_CONNECTIONS", str(rng.choice((10, 20, 50, 100, 200)))),
            ("REQUEST_TIMEOUT", f"{rng.choice((2, 5, 10, 30))}s"),
            ("FEATURE_FLAGS", rng.choice(("beta", "beta,search", "none", "all"))),
            ("BATCH_SIZE", str(rng.choice((8, 16, 32, 64, 128)))),
        )
    )
    return Configured(
        name=name,
        namespace=rng.choice(NAMESPACES),
        config=f"{name}-{rng.choice(('config', 'settings', 'env'))}",
        image=image(rng, name),
        replicas=rng.randint(2, 8),
        level=rng.choice(("debug", "info", "warning", "error")),
        key=key,
        value=value,
    )


def _configured_brief(s: Configured) -> Brief:
    name, config = lit(s.name), lit(s.config)
    entries = f"LOG_LEVEL={s.level}", f"{s.key}={s.value}"
    return Brief(
        need(
            f"Deployment {name} with its environment from the ConfigMap {config}",
            f"Kubernetes manifests for a ConfigMap {config} and a Deployment {name} that takes its"
            f" environment from it (envFrom)",
            f"a Deployment {name} whose environment comes, by envFrom, from a ConfigMap {config}"
            f" (both manifests)",
            pins=[
                of_kind("Deployment", "metadata.name", s.name),
                of_kind("ConfigMap", "metadata.name", s.config),
                of_kind("Deployment", f"{_CONTAINER}.envFrom[0].configMapRef.name", s.config),
                selects("Deployment", "spec.selector.matchLabels", "Deployment"),
            ],
        ),
        (
            need(
                f"both in namespace {lit(s.namespace)}",
                f"Both are in the {lit(s.namespace)} namespace",
                pins=[
                    of_kind(kind, "metadata.namespace", s.namespace)
                    for kind in ("Deployment", "ConfigMap")
                ],
            ),
            container_image("Deployment", _CONTAINER, s.image),
            replicas("Deployment", s.replicas),
            need(
                f"data {lit(entries[0])} and {lit(entries[1])}",
                f"The data is {lit(entries[0])} and {lit(entries[1])}",
                f"Set {lit(entries[0])} and {lit(entries[1])} in the ConfigMap",
                pins=[
                    of_kind("ConfigMap", "data.LOG_LEVEL", s.level),
                    of_kind("ConfigMap", f"data.{s.key}", s.value),
                ],
            ),
        ),
    )


def _configured_answer(s: Configured) -> str:
    return f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {s.config}
  namespace: {s.namespace}
data:
  LOG_LEVEL: {s.level}
  {s.key}: "{s.value}"
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  replicas: {s.replicas}
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
          envFrom:
            - configMapRef:
                name: {s.config}
"""


CONFIGURED = Topic(
    name="configmap-deployment",
    format="kubernetes",
    sample=_sample_configured,
    brief=_configured_brief,
    answer=_configured_answer,
)
