"""What Prometheus and its operator refuse of rules, monitors and notifications."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.monitoring import (
    pattern,
    query,
    receivers,
    relabeling,
    scrape_times,
    template,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import values_of

_OPERATOR = "Prometheus Operator v0.85 pkg/prometheus/resource_selector.go"
_MONITORS = (
    ("monitoring.coreos.com/ServiceMonitor", "spec.endpoints.*"),
    ("monitoring.coreos.com/PodMonitor", "spec.podMetricsEndpoints.*"),
)
_ENDPOINTS = tuple(place for kind, path in _MONITORS for place in at(kind, path))
_RELABELINGS = tuple(
    (kind, (*path, key, "*"))
    for kind, path in _ENDPOINTS
    for key in ("metricRelabelings", "relabelings")
)


def _monitor(more: str) -> str:
    return resource(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        f"spec: {{selector: {{matchLabels: {{app: web}}}}, endpoints: [{{port: http, {more}}}]}}",
    )


def _alert(summary: str, query: str = "up == 0") -> str:
    return resource(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        f"spec: {{groups: [{{name: web, rules: [{{alert: Down, expr: '{query}', "
        f"annotations: {{summary: '{summary}'}}}}]}}]}}",
    )


def _notifying(receiver: str) -> str:
    return resource(
        "monitoring.coreos.com/v1alpha1",
        "AlertmanagerConfig",
        f"spec: {{route: {{receiver: {receiver}}}, receivers: [{{name: team}}]}}",
    )


MONITORING = (
    row(
        "scrape-times",
        "a scrape's time-out is not longer than its interval",
        f"{_OPERATOR} validateScrapeIntervalAndTimeout",
        on(_ENDPOINTS, scrape_times),
        refused=_monitor("interval: 10s, scrapeTimeout: 30s"),
        accepted=_monitor("interval: 30s, scrapeTimeout: 10s"),
    ),
    row(
        "relabeling-target",
        "a relabeling that writes has a label to write to",
        "Prometheus Operator v0.85 pkg/prometheus/validation.go ValidateRelabelConfig",
        on(_RELABELINGS, relabeling),
        refused=_monitor("relabelings: [{action: replace, sourceLabels: [a]}]"),
        accepted=_monitor("relabelings: [{action: keep, sourceLabels: [a]}]"),
    ),
    row(
        "relabeling-pattern",
        "the pattern of a relabeling can be read",
        "Prometheus Operator v0.85 pkg/prometheus/validation.go ValidateRelabelConfig",
        on(tuple((kind, (*path, "regex")) for kind, path in _RELABELINGS), pattern),
        refused=_monitor("metricRelabelings: [{action: drop, sourceLabels: [a], regex: '(a'}]"),
        accepted=_monitor("metricRelabelings: [{action: drop, sourceLabels: [a], regex: '(a)'}]"),
    ),
    row(
        "rule-expression",
        "the expression of a rule is PromQL, with arguments of the types that its functions take",
        "Prometheus 3.5 model/rulefmt/rulefmt.go Rule.Validate, promql/parser/parse.go",
        on(at("monitoring.coreos.com/PrometheusRule", "spec.groups.*.rules.*.expr"), query),
        refused=_alert("down", "rate(errors_total) > 1"),
        accepted=_alert("down", "rate(errors_total[5m]) > 1"),
    ),
    row(
        "alert-template",
        "templates in labels and annotations of alerts are closed",
        "Prometheus 3.5 model/rulefmt/rulefmt.go testTemplateParsing",
        on(
            at(
                "monitoring.coreos.com/PrometheusRule",
                "spec.groups.*.rules.*.annotations",
                "spec.groups.*.rules.*.labels",
            ),
            values_of(template),
        ),
        refused=_alert("{{ $labels.job is down"),
        accepted=_alert("{{ $labels.job }} is down"),
    ),
    row(
        "alert-receiver",
        "routes of alerts lead to receivers that are there, each once",
        "Prometheus Operator v0.85 pkg/alertmanager/validation/v1alpha1/validation.go"
        " validateReceivers, validateAlertManagerRoutes",
        on(at("monitoring.coreos.com/AlertmanagerConfig", "spec"), receivers),
        refused=_notifying("web"),
        accepted=_notifying("team"),
    ),
)
"""Rows about Prometheus."""
