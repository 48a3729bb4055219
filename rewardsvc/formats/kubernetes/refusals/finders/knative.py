"""What Knative's webhooks refuse: traffic, ports, autoscaling, where events go."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.cron import unreadable
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import number, plain

_AUTOSCALING = "autoscaling.knative.dev/"
_COUNT = re.compile(r"[0-9]{1,9}")
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,100}")
PORT_NAMES = ("", "h2c", "http1")


def percents(traffic: Any) -> Iterator[Problem]:
    """Shares of traffic that are not the whole."""
    targets = sequence(traffic)
    given = [number(mapping(each).get("percent")) for each in targets]
    total = sum(share or 0 for share in given)
    if targets and total != 100:
        yield (), f"percent adds up to {total} and not to 100"


def service_target(target: Any) -> Iterator[Problem]:
    """A target of a Service, whose configuration is its own."""
    if mapping(target).get("configurationName"):
        yield ("configurationName",), "a Service has a configuration of its own"
    yield from pinned(target)


def route_target(target: Any) -> Iterator[Problem]:
    """A target of a Route, which names a revision or a configuration."""
    body = mapping(target)
    names = [key for key in ("revisionName", "configurationName") if body.get(key)]
    if len(names) > 1:
        yield ("configurationName",), "it excludes revisionName"
    elif not names and body:
        yield (), "one of revisionName, configurationName must be given"
    yield from pinned(target)


def pinned(target: Any) -> Iterator[Problem]:
    """A revision's name beside latestRevision, or neither."""
    latest, name = mapping(target).get("latestRevision"), mapping(target).get("revisionName")
    if latest is True and name:
        yield ("latestRevision",), "it cannot be true where revisionName is given"
    elif latest is False and not name:
        yield ("latestRevision",), "it cannot be false where revisionName is not given"


def one_port(spec: Any) -> Iterator[Problem]:
    """More than one port, or none that says which of several containers serves."""
    containers = sequence(mapping(spec).get("containers"))
    ports = [
        (index, place)
        for index, container in enumerate(containers)
        for place, _ in enumerate(sequence(mapping(container).get("ports")))
    ]
    if len(ports) > 1:
        index, place = ports[1]
        yield ("containers", index, "ports", place), "one port is all that Knative serves"
    elif not ports and len(containers) > 1:
        yield ("containers",), "one of several containers has the port that is served"


def scaled_outside(annotations: Any) -> Iterator[Problem]:
    """Annotations of autoscaling that do not stand on the template."""
    for key in mapping(annotations):
        if isinstance(key, str) and key.startswith(_AUTOSCALING):
            yield (key,), "annotations of autoscaling stand in spec.template.metadata"


def scale(annotations: Any) -> Iterator[Problem]:
    """Bounds of autoscaling that are no counts, or exclude each other."""
    bounds = {}
    for key in ("min-scale", "max-scale"):
        text = plain(mapping(annotations).get(_AUTOSCALING + key))
        if text is None:
            continue
        if not _COUNT.fullmatch(text):
            yield (_AUTOSCALING + key,), f"{text!r} is no number from 0"
        else:
            bounds[key] = int(text)
    least, most = bounds.get("min-scale", 0), bounds.get("max-scale", 0)
    if most and least > most:
        yield (_AUTOSCALING + "max-scale",), f"there are at least {least} and at most {most} pods"


def destination(value: Any) -> Iterator[Problem]:
    """Where events go: a reference or an absolute URI."""
    if not isinstance(value, dict):
        return
    reference, uri = value.get("ref"), value.get("uri")
    if reference is None and uri is None:
        yield (), "one of ref, uri must be given"
    text = plain(uri)
    if text is None:
        if isinstance(reference, dict) and uri is None:
            for key in ("name", "kind"):
                if not reference.get(key):
                    yield ("ref", key), "it must be given"
            if not reference.get("apiVersion") and not reference.get("group"):
                yield ("ref", "apiVersion"), "it must be given"
        return
    try:
        parts = urlsplit(text)
    except ValueError:
        yield ("uri",), f"{text!r} is no URI"
        return
    if reference is not None and parts.scheme:
        yield ("uri",), "an absolute URI excludes ref"
    elif reference is None and not (parts.scheme and parts.netloc):
        yield ("uri",), f"{text!r} is not absolute, and there is no ref"


def attribute(key: Any) -> Iterator[Problem]:
    """What is no name of an event's attribute."""
    text = plain(key)
    if text is not None and not _ATTRIBUTE.fullmatch(text):
        yield (), f"{text!r} is no attribute (lower-case letters and digits)"


def ping(spec: Any) -> Iterator[Problem]:
    """A schedule that cannot be read, or data that is none."""
    body = mapping(spec)
    schedule = plain(body.get("schedule"))
    if schedule and len(schedule.split()) != 6 and (why := unreadable(schedule)):
        yield ("schedule",), why  # six fields are with seconds
    if body.get("data") and body.get("dataBase64"):
        yield ("dataBase64",), "it excludes data"
    data = plain(body.get("data"))
    if data and body.get("contentType") == "application/json":
        try:
            json.loads(data)
        except (ValueError, RecursionError):
            yield ("data",), "it is no JSON, which contentType says it is"
