"""Kubernetes, how a workload is reached and grows: an Ingress, a HorizontalPodAutoscaler."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import in_namespace
from datagen.pins import holds, of_kind
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, NAMESPACES, ORGANISATIONS, service


@dataclass(frozen=True, slots=True)
class Ingress:
    """A host and path that lead to a Service, with TLS."""

    name: str
    namespace: str
    host: str
    path: str
    service: str
    port: int
    ingress_class: str
    secret: str


def _sample_ingress(rng: Random) -> Ingress:
    target = service(rng)
    return Ingress(
        name=rng.choice((target, f"{target}-ingress", f"{target}-public")),
        namespace=rng.choice(NAMESPACES),
        host=f"{rng.choice(DOMAINS)}.{rng.choice(ORGANISATIONS)}.example.com",
        path=rng.choice(("/", "/api", "/v1", "/v2", "/app", "/docs")),
        service=target,
        port=rng.choice((80, 443, 3000, 8000, 8080, 9000)),
        ingress_class=rng.choice(("nginx", "traefik", "haproxy", "alb", "contour")),
        secret=rng.choice(("tls", "web-tls", "wildcard-tls", "ingress-cert", "public-cert")),
    )


def _ingress_brief(s: Ingress) -> Brief:
    kind, host, path, secret = "Ingress", lit(s.host), lit(s.path), lit(s.secret)
    rule = "spec.rules[0]"
    backend = f"{rule}.http.paths[0].backend.service"
    return Brief(
        need(
            f"Ingress named {lit(s.name)}",
            f"a Kubernetes Ingress named {lit(s.name)}",
            f"an Ingress manifest (networking.k8s.io/v1) called {lit(s.name)}",
            pins=[of_kind(kind, "metadata.name", s.name)],
        ),
        (
            in_namespace(kind, s.namespace),
            need(
                f"host {host}, path {path} (Prefix)",
                f"It answers for {host} under the path prefix {path}",
                f"Route the host {host}, path {path} of type Prefix",
                pins=[
                    of_kind(kind, f"{rule}.host", s.host),
                    of_kind(kind, f"{rule}.http.paths[0].path", s.path),
                    of_kind(kind, f"{rule}.http.paths[0].pathType", "Prefix"),
                    holds(kind, "length(spec.rules) == `1`"),
                    holds(kind, f"length({rule}.http.paths) == `1`"),
                ],
            ),
            need(
                f"backend: the existing Service {lit(s.service)} on port {num(s.port)}",
                f"Traffic goes to port {num(s.port)} of the Service {lit(s.service)}, which exists",
                f"The backend is the existing Service {lit(s.service)}, port {num(s.port)}",
                pins=[
                    of_kind(kind, f"{backend}.name", s.service),
                    of_kind(kind, f"{backend}.port.number", s.port),
                ],
            ),
            need(
                f"ingress class {lit(s.ingress_class)}",
                f"The ingress class is {lit(s.ingress_class)}",
                f"Use the ingressClassName {lit(s.ingress_class)}",
                pins=[of_kind(kind, "spec.ingressClassName", s.ingress_class)],
            ),
            need(
                f"TLS for that host from the secret {secret}",
                f"TLS for the host comes from the secret {secret}",
                f"Terminate TLS for it with the secret {secret}",
                pins=[
                    of_kind(kind, "spec.tls[0].secretName", s.secret),
                    of_kind(kind, "spec.tls[0].hosts", [s.host]),
                ],
            ),
        ),
    )


def _ingress_answer(s: Ingress) -> str:
    return f"""\
# external: Service/{s.service}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  ingressClassName: {s.ingress_class}
  tls:
    - hosts: [{s.host}]
      secretName: {s.secret}
  rules:
    - host: {s.host}
      http:
        paths:
          - path: {s.path}
            pathType: Prefix
            backend:
              service:
                name: {s.service}
                port:
                  number: {s.port}
"""


INGRESS = Topic(
    name="ingress",
    format="kubernetes",
    sample=_sample_ingress,
    brief=_ingress_brief,
    answer=_ingress_answer,
)


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """A Deployment that grows with the use of a resource."""

    name: str
    namespace: str
    target: str
    least: int
    most: int
    resource: str
    utilization: int
    calm_seconds: int


def _sample_autoscaler(rng: Random) -> Autoscaler:
    target, least = service(rng), rng.randint(1, 5)
    return Autoscaler(
        name=rng.choice((target, f"{target}-hpa", f"{target}-scaler")),
        namespace=rng.choice(NAMESPACES),
        target=target,
        least=least,
        most=least + rng.randint(1, 20),
        resource=rng.choice(("cpu", "memory")),
        utilization=rng.choice((50, 55, 60, 65, 70, 75, 80, 85, 90)),
        calm_seconds=rng.choice((60, 120, 180, 300, 600)),
    )


def _autoscaler_brief(s: Autoscaler) -> Brief:
    kind, metric = "HorizontalPodAutoscaler", "spec.metrics[0].resource"
    resource, target = lit(s.resource), lit(s.target)
    return Brief(
        need(
            f"HorizontalPodAutoscaler named {lit(s.name)}",
            f"a HorizontalPodAutoscaler (autoscaling/v2) named {lit(s.name)}",
            f"a Kubernetes manifest for the HorizontalPodAutoscaler {lit(s.name)}",
            pins=[of_kind(kind, "metadata.name", s.name)],
        ),
        (
            in_namespace(kind, s.namespace),
            need(
                f"scales the Deployment {target}",
                f"It scales the Deployment {target}",
                f"The target is the Deployment {target}",
                pins=[
                    of_kind(kind, "spec.scaleTargetRef.name", s.target),
                    of_kind(kind, "spec.scaleTargetRef.kind", "Deployment"),
                ],
            ),
            need(
                f"{num(s.least)} to {num(s.most)} replicas",
                f"Keep between {num(s.least)} and {num(s.most)} replicas",
                f"The minimum is {num(s.least)} and the maximum {num(s.most)} replicas",
                pins=[
                    of_kind(kind, "spec.minReplicas", s.least),
                    of_kind(kind, "spec.maxReplicas", s.most),
                ],
            ),
            need(
                f"average {resource} utilization {num(s.utilization)} percent",
                f"Aim at {num(s.utilization)} percent average {resource} utilization",
                f"The metric is the {resource} utilization, {num(s.utilization)} percent on"
                f" average",
                pins=[
                    of_kind(kind, f"{metric}.name", s.resource),
                    of_kind(kind, f"{metric}.target.type", "Utilization"),
                    of_kind(kind, f"{metric}.target.averageUtilization", s.utilization),
                ],
            ),
            need(
                f"scale-down stabilization {num(s.calm_seconds)} seconds",
                f"Stabilize scaling down over {num(s.calm_seconds)} seconds",
                f"The scale-down stabilization window is {num(s.calm_seconds)} seconds",
                pins=[
                    of_kind(
                        kind,
                        "spec.behavior.scaleDown.stabilizationWindowSeconds",
                        s.calm_seconds,
                    )
                ],
            ),
        ),
    )


def _autoscaler_answer(s: Autoscaler) -> str:
    return f"""\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {s.target}
  minReplicas: {s.least}
  maxReplicas: {s.most}
  behavior:
    scaleDown:
      stabilizationWindowSeconds: {s.calm_seconds}
  metrics:
    - type: Resource
      resource:
        name: {s.resource}
        target:
          type: Utilization
          averageUtilization: {s.utilization}
"""


AUTOSCALER = Topic(
    name="autoscaler",
    format="kubernetes",
    sample=_sample_autoscaler,
    brief=_autoscaler_brief,
    answer=_autoscaler_answer,
)
