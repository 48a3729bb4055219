"""What the API server refuses of workloads, Jobs, autoscalers and budgets."""

from collections.abc import Iterator
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from rewardsvc.formats.kubernetes.answer import selects
from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.cron import unreadable
from rewardsvc.formats.kubernetes.refusals.rules import Check, Problem
from rewardsvc.formats.kubernetes.refusals.values import (
    count_or_share,
    plain,
    share,
)


def job_restart(spec: Any) -> Iterator[Problem]:
    """A Job's pods that would be restarted for good."""
    policy = mapping(spec).get("restartPolicy")
    if mapping(spec) and policy in (None, "Always"):
        place = ("restartPolicy",) if policy else ()
        yield place, "a Job's pods have restartPolicy OnFailure or Never"


def rolling(kind: str, surge: int, unavailable: int) -> Check:
    """``kind``'s maxSurge and maxUnavailable, with their defaults, are not both 0."""

    def check(rolling: Any) -> Iterator[Problem]:
        body = mapping(rolling)
        more = share(body.get("maxSurge", surge))
        less = share(body.get("maxUnavailable", unavailable))
        if more == 0 and less == 0:
            yield (), f"maxSurge and maxUnavailable of a {kind} cannot both be 0"

    return check


def daemon_surge(rolling: Any) -> Iterator[Problem]:
    """A surge of a DaemonSet beside what may be unavailable."""
    body = mapping(rolling)
    more, less = share(body.get("maxSurge", 0)), share(body.get("maxUnavailable", 1))
    if more and less:
        yield ("maxSurge",), "it needs maxUnavailable: 0 in a DaemonSet"


def share_of_all(value: Any) -> Iterator[Problem]:
    """What is neither a count nor a percentage up to 100%."""
    yield from count_or_share(value)
    if isinstance(value, str) and (found := share(value)) is not None and found > 100:
        yield (), f"{value} is more than 100%"


def deadline(spec: Any) -> Iterator[Problem]:
    """A deadline that comes before what is ready counts."""
    body = mapping(spec)
    latest, ready = body.get("progressDeadlineSeconds", 600), body.get("minReadySeconds", 0)
    if type(latest) is int and type(ready) is int and latest <= ready:
        place = (
            "progressDeadlineSeconds" if "progressDeadlineSeconds" in body else "minReadySeconds"
        )
        yield (place,), f"progressDeadlineSeconds {latest} must exceed minReadySeconds {ready}"


def empty_selector(selector: Any) -> Iterator[Problem]:
    """A selector that selects every pod."""
    body = selector if isinstance(selector, dict) else None
    if body is not None and not body.get("matchLabels") and not body.get("matchExpressions"):
        yield (), "an empty selector selects every pod"


def schedule(value: Any) -> Iterator[Problem]:
    """A schedule that cannot be read."""
    text = plain(value)
    if text is not None and (why := unreadable(text)):
        yield (), why


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def time_zone(value: Any) -> Iterator[Problem]:
    """What is no name of a time zone."""
    text = plain(value)
    if text is not None and _zones() and text not in _zones():
        yield (), f"{text!r} is no time zone, as Europe/Berlin and Etc/UTC are"


def indexed(spec: Any) -> Iterator[Problem]:
    """Counting by index in a Job that is not Indexed."""
    body = mapping(spec)
    indexed = body.get("completionMode") == "Indexed"
    if indexed and body.get("completions") is None:
        yield ("completionMode",), "Indexed needs completions"
    for key in ("backoffLimitPerIndex", "successPolicy"):
        if not indexed and body.get(key) is not None:
            yield (key,), "it needs completionMode: Indexed"
    if body.get("maxFailedIndexes") is not None and body.get("backoffLimitPerIndex") is None:
        yield ("maxFailedIndexes",), "it needs backoffLimitPerIndex"


def failure_policy(spec: Any) -> Iterator[Problem]:
    """A policy of failures beside pods that are restarted."""
    body = mapping(spec)
    pod_spec = mapping(mapping(body.get("template")).get("spec"))
    if body.get("podFailurePolicy") is not None and pod_spec.get("restartPolicy") == "OnFailure":
        yield ("podFailurePolicy",), "it needs restartPolicy: Never"


_GENERATED = frozenset(
    {"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid"}
    | {"job-name"}
)


def job_selector(spec: Any) -> Iterator[Problem]:
    """A selector that the server makes itself, or one that does not match its own pods."""
    body = mapping(spec)
    selector = mapping(body.get("selector"))
    labels = mapping(mapping(mapping(body.get("template")).get("metadata")).get("labels"))
    wanted = mapping(selector.get("matchLabels"))
    own = wanted.keys() - _GENERATED or selector.get("matchExpressions")
    if own and body.get("manualSelector") is not True:
        yield (
            ("selector",),
            "a Job's selector is made for it: leave it out, or manualSelector: true",
        )
    elif own and not selects(selector, labels):
        yield ("selector",), "it does not match the labels of the Job's own template"


def controller_selector(spec: Any) -> Iterator[Problem]:
    """A selector that does not match the pods that it counts."""
    body = mapping(spec)
    wanted = mapping(body.get("selector"))
    labels = mapping(mapping(mapping(body.get("template")).get("metadata")).get("labels"))
    if wanted and any(labels.get(key) != value for key, value in wanted.items()):
        yield ("selector",), "it does not match the labels of its own template"


def scaled(spec: Any) -> Iterator[Problem]:
    """Fewer replicas at most than at least; none at least without a metric from outside."""
    body = mapping(spec)
    least, most = body.get("minReplicas", 1), body.get("maxReplicas")
    if type(least) is int and type(most) is int and 0 < most < least:
        yield ("maxReplicas",), f"there are at least {least} and at most {most} replicas"
    outside = {"Object", "External"}
    if least == 0 and type(least) is int:
        kinds = {str(mapping(metric).get("type")) for metric in sequence(body.get("metrics"))}
        if not kinds & outside:
            yield ("minReplicas",), "0 needs a metric of the type Object or External"


METRICS = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}


def metric(metric: Any) -> Iterator[Problem]:
    """A metric that lacks what its type needs, or has another type's."""
    body = mapping(metric)
    key = METRICS.get(str(body.get("type")))
    if key is None:
        return
    others = [name for name in METRICS.values() if name != key and body.get(name) is not None]
    if body.get(key) is None:
        instead = f", and not in {others.pop(0)}" if others else ""
        yield ((key,), f"a metric of the type {body['type']} says what in {key}{instead}")
    for other in others:
        yield (other,), f"a metric of the type {body['type']} does not have it"


TARGETS = {"Utilization": "averageUtilization", "Value": "value", "AverageValue": "averageValue"}


def target(target: Any) -> Iterator[Problem]:
    """A target without its figure, or with two."""
    body = mapping(target)
    key = TARGETS.get(str(body.get("type")))
    given = [name for name in TARGETS.values() if body.get(name) is not None]
    if key is not None and not given:
        yield (key,), f"a target of the type {body['type']} says {key}"
    elif len(given) > 1 and set(given) != {"value", "averageValue"}:
        yield (given[1],), f"{' and '.join(given)} exclude each other"


def resource_target(target: Any) -> Iterator[Problem]:
    """A value as a resource's target."""
    if mapping(target).get("value") is not None and mapping(target).get("type") == "Value":
        yield ("type",), "a resource's target is of the type Utilization or AverageValue"
