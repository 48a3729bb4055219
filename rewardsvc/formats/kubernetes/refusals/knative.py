"""What Knative's webhooks refuse of its own kinds, serving and eventing."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders import knative
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_1035,
    distinct,
    form,
    keys_of,
    one_of,
)

_SERVING = "Knative Serving v1.20 pkg/apis/serving"
_EVENTING = "Knative Eventing v1.20 pkg/apis"
_DESTINATION = "knative.dev/pkg apis/duck/v1/destination.go ValidateDestination"
_SERVICE = "serving.knative.dev/Service"
_ROUTE = "serving.knative.dev/Route"
_TEMPLATED = f"{_SERVICE} serving.knative.dev/Configuration"

_DESTINATIONS = (
    *at("eventing.knative.dev/Trigger", "spec.subscriber", "spec.delivery.deadLetterSink"),
    *at(
        "messaging.knative.dev/Subscription",
        "spec.subscriber",
        "spec.reply",
        "spec.delivery.deadLetterSink",
    ),
    *at(
        "sources.knative.dev/PingSource sources.knative.dev/ContainerSource "
        "sources.knative.dev/SinkBinding",
        "spec.sink",
    ),
    *at("flows.knative.dev/Sequence", "spec.steps.*", "spec.reply"),
    *at(
        "flows.knative.dev/Parallel",
        "spec.branches.*.subscriber",
        "spec.branches.*.reply",
        "spec.reply",
    ),
)


def _service(more: str = "", container: str = "", annotations: str = "", meta: str = "") -> str:
    inner = f", {container}" if container else ""
    return resource(
        "serving.knative.dev/v1",
        "Service",
        f"spec:\n  template:\n    metadata: {{annotations: {{{annotations}}}}}\n"
        f"    spec: {{containers: [{{image: 'app:1'{inner}}}]}}\n{more}",
        meta=f"name: web{meta}",
    )


def _traffic(*targets: str) -> str:
    return _service("  traffic:\n" + "".join(f"    - {{{each}}}\n" for each in targets))


def _route(target: str) -> str:
    return resource(
        "serving.knative.dev/v1", "Route", f"spec: {{traffic: [{{percent: 100, {target}}}]}}"
    )


def _trigger(subscriber: str, name: str = "type") -> str:
    return resource(
        "eventing.knative.dev/v1",
        "Trigger",
        f"spec: {{broker: default, filter: {{attributes: {{{name}: a.b}}}}, "
        f"subscriber: {{{subscriber}}}}}",
    )


def _ping(more: str) -> str:
    return resource(
        "sources.knative.dev/v1",
        "PingSource",
        f"spec: {{sink: {{uri: 'http://web.default'}}, {more}}}",
    )


_SINK = "ref: {apiVersion: v1, kind: Service, name: web}"

KNATIVE = (
    row(
        "knative-percent",
        "shares of traffic add up to 100",
        f"{_SERVING}/v1/route_validation.go validateTrafficList",
        on(at(f"{_SERVICE} {_ROUTE}", "spec.traffic"), knative.percents),
        refused=_traffic("latestRevision: true, percent: 90"),
        accepted=_traffic(
            "latestRevision: true, percent: 90", "revisionName: web-00001, percent: 10"
        ),
    ),
    row(
        "knative-target",
        "a Service's traffic goes to its own configuration, at its latest revision or a named one",
        f"{_SERVING}/v1/route_validation.go validateRevisionAndConfiguration, "
        "validateLatestRevision",
        on(at(_SERVICE, "spec.traffic.*"), knative.service_target),
        refused=_traffic("latestRevision: true, revisionName: web-00001, percent: 100"),
        accepted=_traffic("latestRevision: false, revisionName: web-00001, percent: 100"),
    ),
    row(
        "knative-route",
        "a Route's traffic goes to a revision or to a configuration",
        f"{_SERVING}/v1/route_validation.go validateRevisionAndConfiguration",
        on(at(_ROUTE, "spec.traffic.*"), knative.route_target),
        refused=_route("latestRevision: true"),
        accepted=_route("latestRevision: true, configurationName: web"),
    ),
    row(
        "knative-tag",
        "a tag of traffic is a DNS-1035 label and is there once",
        f"{_SERVING}/v1/route_validation.go validateTrafficList",
        on(at(f"{_SERVICE} {_ROUTE}", "spec.traffic.*.tag"), form(DNS_1035)),
        on(
            at(f"{_SERVICE} {_ROUTE}", "spec.traffic"),
            distinct("two targets of the tag {!r}", "tag"),
        ),
        refused=_traffic("latestRevision: true, percent: 100, tag: v1.2"),
        accepted=_traffic("latestRevision: true, percent: 100, tag: v1-2"),
    ),
    row(
        "knative-port",
        "one port is served, which is called h2c or http1 and is TCP",
        f"{_SERVING}/k8s_validation.go validateContainersPorts, validateContainerPorts",
        on(at(_TEMPLATED, "spec.template.spec"), knative.one_port),
        on(
            at(_TEMPLATED, "spec.template.spec.containers.*.ports.*.name"),
            one_of(*knative.PORT_NAMES),
        ),
        on(at(_TEMPLATED, "spec.template.spec.containers.*.ports.*.protocol"), one_of("", "TCP")),
        refused=_service(container="ports: [{containerPort: 8080, name: http}]"),
        accepted=_service(container="ports: [{containerPort: 8080, name: http1}]"),
    ),
    row(
        "knative-scale",
        "min-scale and max-scale are counts in their order",
        "Knative Serving v1.20 pkg/apis/autoscaling/annotation_validation.go validateMinMaxScale",
        on(at(_TEMPLATED, "spec.template.metadata.annotations"), knative.scale),
        refused=_service(
            annotations="autoscaling.knative.dev/min-scale: '3', "
            "autoscaling.knative.dev/max-scale: '2'"
        ),
        accepted=_service(
            annotations="autoscaling.knative.dev/min-scale: '3', "
            "autoscaling.knative.dev/max-scale: '0'"
        ),
    ),
    row(
        "knative-scale-place",
        "annotations of autoscaling stand on the template",
        f"{_SERVING}/metadata_validation.go ValidateHasNoAutoscalingAnnotation",
        on(at(_TEMPLATED, "metadata.annotations"), knative.scaled_outside),
        refused=_service(meta=", annotations: {autoscaling.knative.dev/min-scale: '1'}"),
        accepted=_service(annotations="autoscaling.knative.dev/min-scale: '1'"),
    ),
    row(
        "event-destination",
        "events go to a reference that is whole, or to an absolute URI",
        _DESTINATION,
        on(_DESTINATIONS, knative.destination),
        refused=_trigger("uri: /events"),
        accepted=_trigger(f"{_SINK}, uri: /events"),
    ),
    row(
        "event-attribute",
        "attributes of events have names of lower-case letters and digits",
        f"{_EVENTING}/eventing/v1/trigger_validation.go validateFilterSpec",
        on(
            at("eventing.knative.dev/Trigger", "spec.filter.attributes"),
            keys_of(knative.attribute),
        ),
        refused=_trigger(_SINK, name="Event-Type"),
        accepted=_trigger(_SINK, name="eventtype"),
    ),
    row(
        "ping-source",
        "a PingSource has a schedule that can be read, and data of its contentType",
        f"{_EVENTING}/sources/v1/ping_validation.go PingSourceSpec.Validate",
        on(at("sources.knative.dev/PingSource", "spec"), knative.ping),
        refused=_ping("schedule: '0 25 * * *'"),
        accepted=_ping("schedule: '0 5 * * *', contentType: application/json, data: '{\"a\": 1}'"),
    ),
)
"""Rows about Knative's kinds."""
