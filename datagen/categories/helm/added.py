"""Charts that are there and get something more: an Ingress, an autoscaler, a budget."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, Need, lit, need, num
from datagen.categories.helm.charts import (
    NAME,
    GivenChart,
    changed_in,
    default_is,
    deployment_of,
    files_of,
    given_chart,
    released,
    rendered_is,
    values_of,
)
from datagen.pins import ast, documents, of_kind
from datagen.topic import Topic


def _off_by_default(kind: str, switch: str) -> Need:
    """Nothing of a kind is there unless a value says so."""
    return need(
        f"off by default ({lit(switch)}: false)",
        f"It is off unless {lit(switch)} is true, which is false by default",
        f"Without {lit(switch)} (false by default) the chart installs what it does now",
        pins=[
            default_is(switch, False),
            documents(f"length([?kind=='{kind}']) == `0` && length([?kind=='Deployment']) == `1`"),
        ],
    )


@dataclass(frozen=True, slots=True)
class IngressChart(GivenChart):
    """An Ingress for a given chart."""

    environment: str
    host: str
    class_name: str
    secret: str
    issuer: str


def _sample_ingress(rng: Random) -> IngressChart:
    chart = given_chart(rng)
    short = chart["name"].partition("-")[0]
    host = rng.choice((chart["name"], short, "www", "api", "app"))
    domain = rng.choice(("example.com", "example.org", "acme.example.net", "shop.example.com"))
    return IngressChart(
        **chart,
        environment=rng.choice(("production", "public", "staging")),
        host=f"{host}.{domain}",
        class_name=rng.choice(("nginx", "traefik", "haproxy", "internal-nginx")),
        secret=rng.choice((f"{short}-tls", f"{chart['name']}-tls", "wildcard-tls", "public-tls")),
        issuer=rng.choice(("letsencrypt", "letsencrypt-prod", "internal-ca", "acme-dns")),
    )


def _ingress_given(s: IngressChart) -> dict[str, str]:
    values = f"""\
ingress:
  enabled: true
  host: {s.host}
  tlsSecret: {s.secret}
"""
    return files_of(s) | {f"ci/{s.environment}-values.yaml": values}


def _ingress_brief(s: IngressChart) -> Brief:
    values = lit(f"ci/{s.environment}-values.yaml")
    rendered = f"renderings.{s.environment}[?kind=='Ingress'] | [0]"
    backend = "spec.rules[0].http.paths[0].backend.service"
    issuer = 'metadata.annotations."cert-manager.io/cluster-issuer"'
    return Brief(
        need(
            f"Ingress for the Helm chart {lit(s.name)} below",
            f"an Ingress template for the Helm chart {lit(s.name)} below",
            f"an optional Ingress in the Helm chart that follows, {lit(s.name)}",
            pins=[
                rendered_is(s.environment, "Ingress", "metadata.name", released(s.name)),
                rendered_is(s.environment, "Ingress", f"{backend}.name", released(s.name)),
            ],
        ),
        (
            changed_in(s, "values.yaml", "templates/ingress.yaml"),
            _off_by_default("Ingress", "ingress.enabled"),
            need(
                "named like the chart's other objects, all paths to the Service's port http",
                "It has the name of the chart's other objects and sends every path (Prefix /) to"
                " the port http of the Service",
                "Path / and all below it (Prefix) go to the Service's port http; the Ingress is"
                " named as the Service is",
                pins=[
                    ast(f"{rendered} | spec.rules[0].http.paths[0].path", "/"),
                    ast(f"{rendered} | spec.rules[0].http.paths[0].pathType", "Prefix"),
                    ast(f"{rendered} | {backend}.port | name == 'http' || number == `80`"),
                ],
            ),
            need(
                f"ingress.className {lit(s.class_name)}",
                f"The class is ingress.className, by default {lit(s.class_name)}",
                f"Its ingress class comes from ingress.className ({lit(s.class_name)} by default)",
                pins=[
                    default_is("ingress.className", s.class_name),
                    rendered_is(s.environment, "Ingress", "spec.ingressClassName", s.class_name),
                ],
            ),
            need(
                "ingress.host as its only host, TLS for it with the secret ingress.tlsSecret, both"
                " empty by default",
                "The host is ingress.host, and TLS is on for it with the secret ingress.tlsSecret;"
                " both values are empty by default",
                "ingress.host and ingress.tlsSecret, empty by default, say for which host it is and"
                " which secret has the certificate",
                pins=[
                    default_is("ingress.host", ""),
                    default_is("ingress.tlsSecret", ""),
                    rendered_is(s.environment, "Ingress", "spec.rules[0].host", s.host),
                    rendered_is(s.environment, "Ingress", "spec.tls[0].hosts", [s.host]),
                    rendered_is(s.environment, "Ingress", "spec.tls[0].secretName", s.secret),
                ],
            ),
            need(
                f"cert-manager's cluster issuer {lit(s.issuer)} as the annotation"
                " cert-manager.io/cluster-issuer",
                f"The annotation cert-manager.io/cluster-issuer is {lit(s.issuer)}",
                f"Annotate it with cert-manager.io/cluster-issuer: {lit(s.issuer)}",
                pins=[rendered_is(s.environment, "Ingress", issuer, s.issuer)],
            ),
            need(
                f"has to come out right with {values}",
                f"Installed with {values}, it must come out with what is set there",
                f"We switch it on with {values}",
                pins=[ast(f"length(renderings.{s.environment}[?kind=='Ingress'])", 1)],
            ),
        ),
    )


def _ingress_answer(s: IngressChart) -> dict[str, str]:
    return {
        "values.yaml": f"""\
{values_of(s)}\
ingress:
  enabled: false
  className: {s.class_name}
  host: ""
  tlsSecret: ""
""",
        "templates/ingress.yaml": f"""\
{{{{- if .Values.ingress.enabled }}}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {NAME}
  annotations:
    cert-manager.io/cluster-issuer: {s.issuer}
spec:
  ingressClassName: {{{{ .Values.ingress.className }}}}
  tls:
    - hosts:
        - {{{{ .Values.ingress.host }}}}
      secretName: {{{{ .Values.ingress.tlsSecret }}}}
  rules:
    - host: {{{{ .Values.ingress.host }}}}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {NAME}
                port:
                  name: http
{{{{- end }}}}
""",
    }


INGRESS = Topic(
    name="helm-add-ingress",
    format="helm",
    sample=_sample_ingress,
    brief=_ingress_brief,
    answer=_ingress_answer,
    given=_ingress_given,
)


@dataclass(frozen=True, slots=True)
class ScaledChart(GivenChart):
    """An autoscaler for a given chart."""

    environment: str
    least: int
    most: int
    utilization: int


def _sample_scaled(rng: Random) -> ScaledChart:
    least = rng.randint(2, 5)
    return ScaledChart(
        **given_chart(rng),
        environment=rng.choice(("production", "peak", "staging")),
        least=least,
        most=least + rng.choice((3, 4, 5, 8, 10, 15)),
        utilization=rng.choice((55, 60, 65, 70, 75, 80, 85)),
    )


def _scaled_given(s: ScaledChart) -> dict[str, str]:
    values = f"""\
autoscaling:
  enabled: true
  maxReplicas: {s.most + 10}
"""
    return files_of(s) | {f"ci/{s.environment}-values.yaml": values}


def _scaled_brief(s: ScaledChart) -> Brief:
    values = lit(f"ci/{s.environment}-values.yaml")
    kind, deployment = "HorizontalPodAutoscaler", f"renderings.{s.environment}[?kind=='Deployment']"
    target, metric = "spec.scaleTargetRef", "spec.metrics[0].resource"
    return Brief(
        need(
            f"HorizontalPodAutoscaler for the Helm chart {lit(s.name)} below",
            f"a HorizontalPodAutoscaler template for the Helm chart {lit(s.name)} below",
            f"autoscaling (autoscaling/v2) in the Helm chart that follows, {lit(s.name)}",
            pins=[
                rendered_is(s.environment, kind, "metadata.name", released(s.name)),
                rendered_is(s.environment, kind, f"{target}.name", released(s.name)),
                rendered_is(s.environment, kind, f"{target}.kind", "Deployment"),
                rendered_is(s.environment, kind, f"{target}.apiVersion", "apps/v1"),
            ],
        ),
        (
            changed_in(s, "values.yaml", "templates/deployment.yaml", "templates/hpa.yaml"),
            _off_by_default(kind, "autoscaling.enabled"),
            need(
                f"autoscaling.minReplicas {num(s.least)}, autoscaling.maxReplicas {num(s.most)}",
                f"It scales between autoscaling.minReplicas and autoscaling.maxReplicas, by default"
                f" {num(s.least)} and {num(s.most)}",
                f"The bounds are autoscaling.minReplicas ({num(s.least)} by default) and"
                f" autoscaling.maxReplicas ({num(s.most)} by default)",
                pins=[
                    default_is("autoscaling.minReplicas", s.least),
                    default_is("autoscaling.maxReplicas", s.most),
                    rendered_is(s.environment, kind, "spec.minReplicas", s.least),
                    rendered_is(s.environment, kind, "spec.maxReplicas", s.most + 10),
                ],
            ),
            need(
                f"autoscaling.targetCPU: average utilization of {num(s.utilization)} percent",
                f"It aims at an average CPU utilization of autoscaling.targetCPU percent,"
                f" {num(s.utilization)} by default",
                f"The target is the CPU's average utilization, autoscaling.targetCPU, which is"
                f" {num(s.utilization)} (percent) by default",
                pins=[
                    default_is("autoscaling.targetCPU", s.utilization),
                    rendered_is(s.environment, kind, f"{metric}.name", "cpu"),
                    rendered_is(s.environment, kind, f"{metric}.target.type", "Utilization"),
                    rendered_is(
                        s.environment, kind, f"{metric}.target.averageUtilization", s.utilization
                    ),
                ],
            ),
            need(
                "no spec.replicas in the Deployment while it is on",
                "While it is on, the Deployment must not set replicas",
                "The Deployment leaves replicas out when autoscaling is on, or they would fight",
                pins=[
                    ast(f"length({deployment}) == `1` && !({deployment} | [0].spec.replicas)"),
                    of_kind("Deployment", "spec.replicas", s.replicas),
                ],
            ),
            need(
                f"has to come out right with {values}",
                f"Installed with {values}, it must come out with what is set there",
                f"We switch it on with {values}",
                pins=[ast(f"length(renderings.{s.environment}[?kind=='{kind}'])", 1)],
            ),
        ),
    )


def _scaled_answer(s: ScaledChart) -> dict[str, str]:
    return {
        "values.yaml": f"""\
{values_of(s)}\
autoscaling:
  enabled: false
  minReplicas: {s.least}
  maxReplicas: {s.most}
  targetCPU: {s.utilization}
""",
        "templates/deployment.yaml": deployment_of(s, replicas=False),
        "templates/hpa.yaml": f"""\
{{{{- if .Values.autoscaling.enabled }}}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {NAME}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {NAME}
  minReplicas: {{{{ .Values.autoscaling.minReplicas }}}}
  maxReplicas: {{{{ .Values.autoscaling.maxReplicas }}}}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{{{ .Values.autoscaling.targetCPU }}}}
{{{{- end }}}}
""",
    }


AUTOSCALER = Topic(
    name="helm-add-autoscaler",
    format="helm",
    sample=_sample_scaled,
    brief=_scaled_brief,
    answer=_scaled_answer,
    given=_scaled_given,
)
