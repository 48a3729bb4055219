"""Kubernetes, what Prometheus watches: a ServiceMonitor and the rules that go with it."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need
from datagen.pins import of_kind, values_of
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, service


@dataclass(frozen=True, slots=True)
class Watch:
    """What is scraped, and when somebody hears of it."""

    name: str
    namespace: str
    release: str
    port: str
    path: str
    interval: str
    alert: str
    expression: str
    pending: str
    severity: str
    summary: str


def _sample(rng: Random) -> Watch:
    name = service(rng)
    job = f'job="{name}"'
    alert, expression = rng.choice(
        (
            (
                "HighErrorRate",
                f'sum(rate(http_requests_total{{{job}, code=~"5.."}}[5m])) > '
                f"{rng.choice((1, 2, 5, 10))}",
            ),
            ("TargetDown", f"up{{{job}}} == 0"),
            (
                "HighLatency",
                "histogram_quantile(0.99, sum by (le)"
                f" (rate(http_request_duration_seconds_bucket{{{job}}}[5m]))) >"
                f" {rng.choice((1, 2, 3))}",
            ),
            ("QueueBacklog", f"sum(queue_depth{{{job}}}) > {rng.choice((100, 500, 1000, 5000))}"),
            ("NoRequests", f"sum(rate(http_requests_total{{{job}}}[10m])) == 0"),
        )
    )
    return Watch(
        name=name,
        namespace=rng.choice(NAMESPACES),
        release=rng.choice(("prometheus", "kube-prometheus", "monitoring", "observability")),
        port=rng.choice(("metrics", "http", "http-metrics", "monitoring")),
        path=rng.choice(("/stats", "/prometheus", "/actuator/prometheus", "/internal/metrics")),
        interval=rng.choice(("10s", "15s", "20s", "45s", "60s")),
        alert=alert,
        expression=expression,
        pending=rng.choice(("2m", "3m", "5m", "10m", "15m", "30m")),
        severity=rng.choice(("critical", "warning", "page", "ticket")),
        summary=f"{rng.choice(('Look at', 'Trouble with', 'Check', 'Something is off in'))} {name}",
    )


def _brief(s: Watch) -> Brief:
    monitor, kind = "ServiceMonitor", "PrometheusRule"
    rule = "spec.groups[0].rules[0]"
    return Brief(
        need(
            f"ServiceMonitor and PrometheusRule, both named {lit(s.name)}",
            f"a ServiceMonitor and a PrometheusRule for the Prometheus operator, both named"
            f" {lit(s.name)}",
            f"manifests for the Prometheus operator, a ServiceMonitor {lit(s.name)} and a"
            f" PrometheusRule of the same name",
            pins=[
                of_kind(monitor, "metadata.name", s.name),
                of_kind(kind, "metadata.name", s.name),
            ],
        ),
        (
            need(
                f"both in namespace {lit(s.namespace)}, labelled {lit(f'release: {s.release}')}",
                f"Both lie in the namespace {lit(s.namespace)} and carry the label"
                f" {lit(f'release: {s.release}')}",
                f"Label both with {lit(f'release: {s.release}')} and put them into"
                f" {lit(s.namespace)}",
                pins=[
                    of_kind(each, path, value)
                    for each in (monitor, kind)
                    for path, value in (
                        ("metadata.namespace", s.namespace),
                        ("metadata.labels.release", s.release),
                    )
                ],
            ),
            need(
                f"scrapes Services labelled {lit(f'app: {s.name}')}, port {lit(s.port)}, path"
                f" {lit(s.path)}, every {lit(s.interval)}",
                f"It scrapes {lit(s.path)} on the port {lit(s.port)} of Services labelled"
                f" {lit(f'app: {s.name}')}, every {lit(s.interval)}",
                f"Select Services by {lit(f'app: {s.name}')}; scrape their port {lit(s.port)} at"
                f" {lit(s.path)} with the interval {lit(s.interval)}",
                pins=[
                    *values_of(
                        monitor,
                        {
                            "spec.selector.matchLabels.app": s.name,
                            "spec.endpoints[0].port": s.port,
                            "spec.endpoints[0].path": s.path,
                            "spec.endpoints[0].interval": s.interval,
                        },
                    ),
                ],
            ),
            need(
                f"alert {lit(s.alert)}: {lit(s.expression)} for {lit(s.pending)}",
                f"The alert {lit(s.alert)} fires when {lit(s.expression)} holds for"
                f" {lit(s.pending)}",
                f"Alert {lit(s.alert)} after {lit(s.pending)} of {lit(s.expression)}",
                pins=values_of(
                    kind,
                    {
                        f"{rule}.alert": s.alert,
                        f"{rule}.expr": s.expression,
                        f"{rule}.for": s.pending,
                    },
                ),
            ),
            need(
                f"severity {lit(s.severity)}, summary {lit(s.summary)}",
                f"Its severity label is {lit(s.severity)}, its summary annotation {lit(s.summary)}",
                f"Label the alert with severity {lit(s.severity)}; its annotation summary reads"
                f" {lit(s.summary)}",
                pins=values_of(
                    kind,
                    {
                        f"{rule}.labels.severity": s.severity,
                        f"{rule}.annotations.summary": s.summary,
                    },
                ),
            ),
        ),
    )


def _answer(s: Watch) -> str:
    return f"""\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {s.name}
  namespace: {s.namespace}
  labels:
    release: {s.release}
spec:
  selector:
    matchLabels:
      app: {s.name}
  endpoints:
    - port: {s.port}
      path: {s.path}
      interval: {s.interval}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {s.name}
  namespace: {s.namespace}
  labels:
    release: {s.release}
spec:
  groups:
    - name: alerts
      rules:
        - alert: {s.alert}
          expr: '{s.expression}'
          for: {s.pending}
          labels:
            severity: {s.severity}
          annotations:
            summary: {s.summary}
"""


TOPIC = Topic(
    name="service-monitor", format="kubernetes", sample=_sample, brief=_brief, answer=_answer
)
