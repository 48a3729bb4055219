"""Kubernetes, what keeps state: a StatefulSet with a volume for each replica."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.needs import container_image, replicas
from datagen.pins import documents, holds, of_kind, selects
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, named

_CONTAINER = "spec.template.spec.containers[0]"

_STORES = (
    ("postgres:16.4", 5432, "/var/lib/postgresql/data"),
    ("postgres:17.2", 5432, "/var/lib/postgresql/data"),
    ("redis:7.4.1", 6379, "/data"),
    ("mongo:7.0.14", 27017, "/data/db"),
    ("mysql:8.4.3", 3306, "/var/lib/mysql"),
    ("rabbitmq:4.0.4", 5672, "/var/lib/rabbitmq"),
)


@dataclass(frozen=True, slots=True)
class StatefulSet:
    """A store with a volume for each replica."""

    name: str
    namespace: str
    image: str
    port: int
    path: str
    replicas: int
    storage: str


def _sample_stateful(rng: Random) -> StatefulSet:
    store, port, path = rng.choice(_STORES)
    return StatefulSet(
        name=named(rng, "db", "store", "data", "cache", "state"),
        namespace=rng.choice(NAMESPACES),
        image=store,
        port=port,
        path=path,
        replicas=rng.randint(2, 7),
        storage=rng.choice(("1Gi", "5Gi", "10Gi", "20Gi", "50Gi", "100Gi")),
    )


def _stateful_brief(s: StatefulSet) -> Brief:
    kind, name, path = "StatefulSet", lit(s.name), lit(s.path)
    claim = "spec.volumeClaimTemplates[0].spec"
    return Brief(
        need(
            f"StatefulSet {name} with a headless Service of that name",
            f"Kubernetes manifests for a StatefulSet {name} and a headless Service of the same"
            f" name",
            f"a StatefulSet called {name}, together with its headless Service {name}",
            pins=[
                of_kind(kind, "metadata.name", s.name),
                of_kind(kind, "spec.serviceName", s.name),
                of_kind("Service", "metadata.name", s.name),
                of_kind("Service", "spec.clusterIP", "None"),
                selects(kind, "spec.selector.matchLabels", kind),
                selects("Service", "spec.selector", kind),
            ],
        ),
        (
            need(
                f"both in namespace {lit(s.namespace)}",
                f"Both are in the {lit(s.namespace)} namespace",
                f"Put both into namespace {lit(s.namespace)}",
                pins=[
                    of_kind(each, "metadata.namespace", s.namespace) for each in (kind, "Service")
                ],
            ),
            container_image(kind, _CONTAINER, s.image),
            replicas(kind, s.replicas),
            need(
                f"port {num(s.port)}",
                f"Container and Service use port {num(s.port)}",
                f"It listens on port {num(s.port)}, which is the Service's port, too",
                pins=[
                    of_kind(kind, f"{_CONTAINER}.ports[0].containerPort", s.port),
                    holds(kind, f"length({_CONTAINER}.ports) == `1`"),
                    of_kind("Service", "spec.ports[0].port", s.port),
                    holds("Service", "length(spec.ports) == `1`"),
                ],
            ),
            need(
                f"a ReadWriteOnce volume of {size(s.storage)} for each replica at {path}",
                f"Each replica claims a ReadWriteOnce volume of {size(s.storage)}, mounted at"
                f" {path}",
                f"Mount a claimed volume ({size(s.storage)}, ReadWriteOnce) at {path}",
                pins=[
                    of_kind(kind, f"{claim}.resources.requests.storage", s.storage),
                    of_kind(kind, f"{claim}.accessModes", ["ReadWriteOnce"]),
                    documents(
                        f"[?kind=='{kind}'] | [0].spec"
                        " | contains(volumeClaimTemplates[].metadata.name, template.spec"
                        f".containers[0].volumeMounts[?mountPath=='{s.path}'].name | [0])"
                    ),
                ],
            ),
        ),
    )


def _stateful_answer(s: StatefulSet) -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  clusterIP: None
  selector:
    app: {s.name}
  ports:
    - port: {s.port}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  serviceName: {s.name}
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
        - name: store
          image: {s.image}
          ports:
            - containerPort: {s.port}
          volumeMounts:
            - name: data
              mountPath: {s.path}
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        resources:
          requests:
            storage: {s.storage}
"""


TOPIC = Topic(
    name="statefulset",
    format="kubernetes",
    sample=_sample_stateful,
    brief=_stateful_brief,
    answer=_stateful_answer,
)
