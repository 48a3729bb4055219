"""Knative: a service that scales to zero and shares its traffic between revisions."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.needs import in_namespace
from datagen.pins import documents, of_kind, values_of
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, PORTS, image, service

_TEMPLATE = "spec.template"
_CONTAINER = f"{_TEMPLATE}.spec.containers[0]"
_SCALE = f'{_TEMPLATE}.metadata.annotations."autoscaling.knative.dev'


@dataclass(frozen=True, slots=True)
class ServerlessService:
    """A revision, how it scales, and how much of the traffic it gets."""

    name: str
    namespace: str
    image: str
    port: int
    revision: str
    previous: str
    share: int
    least: int
    most: int
    concurrency: int
    timeout: int
    memory: str
    variable: tuple[str, str]


def _sample(rng: Random) -> ServerlessService:
    name, number, least = service(rng), rng.randint(2, 60), rng.randint(0, 3)
    return ServerlessService(
        name=name,
        namespace=rng.choice(NAMESPACES),
        image=image(rng, name),
        port=rng.choice(PORTS),
        revision=f"{name}-{number:05}",
        previous=f"{name}-{number - 1:05}",
        share=rng.choice((5, 10, 20, 25, 30, 40)),
        least=least,
        most=least + rng.randint(4, 30),
        concurrency=rng.choice((10, 20, 40, 50, 80, 100)),
        timeout=rng.choice((30, 45, 60, 90, 120, 180)),
        memory=rng.choice(("128Mi", "256Mi", "384Mi", "512Mi", "1Gi")),
        variable=rng.choice(
            (("LOG_LEVEL", "info"), ("STAGE", "prod"), ("GREETING", "hello"), ("CACHE", "memory"))
        ),
    )


def _brief(s: ServerlessService) -> Brief:
    kind, (key, value) = "Service", s.variable
    return Brief(
        need(
            f"Knative Service {lit(s.name)} (serving.knative.dev/v1)",
            f"a Knative Service (serving.knative.dev/v1) named {lit(s.name)}",
            f"a manifest of the Knative Service {lit(s.name)}, in serving.knative.dev/v1",
            pins=[
                of_kind(kind, "metadata.name", s.name),
                of_kind(kind, "apiVersion", "serving.knative.dev/v1"),
            ],
        ),
        (
            in_namespace(kind, s.namespace),
            need(
                f"image {lit(s.image)}, container port {num(s.port)}",
                f"It runs {lit(s.image)}, which listens on port {num(s.port)}",
                f"The container of {lit(s.image)} has port {num(s.port)}",
                pins=values_of(
                    kind,
                    {
                        f"{_CONTAINER}.image": s.image,
                        f"{_CONTAINER}.ports[0].containerPort": s.port,
                    },
                ),
            ),
            need(
                f"{num(s.least)} to {num(s.most)} replicas (min-scale, max-scale)",
                f"It scales between {num(s.least)} and {num(s.most)} replicas: the annotations"
                f" min-scale and max-scale",
                f"The annotation min-scale is {num(s.least)}, and max-scale {num(s.most)}",
                pins=[
                    of_kind(kind, f'{_SCALE}/min-scale"', str(s.least)),
                    of_kind(kind, f'{_SCALE}/max-scale"', str(s.most)),
                ],
            ),
            need(
                f"{num(s.concurrency)} requests per replica at once, {num(s.timeout)} seconds for"
                f" each",
                f"A replica takes {num(s.concurrency)} requests at once (containerConcurrency),"
                f" and a request {num(s.timeout)} seconds (timeoutSeconds)",
                f"containerConcurrency is {num(s.concurrency)}, timeoutSeconds {num(s.timeout)}",
                pins=values_of(
                    kind,
                    {
                        f"{_TEMPLATE}.spec.containerConcurrency": s.concurrency,
                        f"{_TEMPLATE}.spec.timeoutSeconds": s.timeout,
                    },
                ),
            ),
            need(
                f"memory limit {size(s.memory)}, {lit(f'{key}={value}')} in the environment",
                f"Limit its memory to {size(s.memory)}, and set {lit(f'{key}={value}')}",
                f"The container has {lit(f'{key}={value}')} in its environment and at most"
                f" {size(s.memory)} of memory",
                pins=values_of(
                    kind,
                    {
                        f"{_CONTAINER}.resources.limits.memory": s.memory,
                        f"{_CONTAINER}.env[0].name": key,
                        f"{_CONTAINER}.env[0].value": value,
                    },
                ),
            ),
            need(
                f"revision {lit(s.revision)} gets {num(s.share)} percent of the traffic,"
                f" {lit(s.previous)} the other {num(100 - s.share)}",
                f"Name the revision {lit(s.revision)}; {num(s.share)} percent of the traffic go"
                f" there, and {num(100 - s.share)} to {lit(s.previous)}",
                f"Split the traffic: {num(100 - s.share)} percent to {lit(s.previous)},"
                f" {num(s.share)} to the new revision {lit(s.revision)}",
                pins=[
                    of_kind(kind, f"{_TEMPLATE}.metadata.name", s.revision),
                    *(
                        documents(
                            f"[?kind=='{kind}'] | [0].spec.traffic[?revisionName=='{revision}']"
                            " | [0].percent",
                            share,
                        )
                        for revision, share in (
                            (s.revision, s.share),
                            (s.previous, 100 - s.share),
                        )
                    ),
                ],
            ),
        ),
    )


def _answer(s: ServerlessService) -> str:
    return f"""\
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  template:
    metadata:
      name: {s.revision}
      annotations:
        autoscaling.knative.dev/min-scale: "{s.least}"
        autoscaling.knative.dev/max-scale: "{s.most}"
    spec:
      containerConcurrency: {s.concurrency}
      timeoutSeconds: {s.timeout}
      containers:
        - image: {s.image}
          ports:
            - containerPort: {s.port}
          env:
            - name: {s.variable[0]}
              value: {s.variable[1]}
          resources:
            limits:
              memory: {s.memory}
  traffic:
    - revisionName: {s.revision}
      percent: {s.share}
    - revisionName: {s.previous}
      percent: {100 - s.share}
"""


TOPIC = Topic(
    name="knative-service",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    bench_only=True,
)
