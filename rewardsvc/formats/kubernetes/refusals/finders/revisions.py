"""What Knative refuses of the revisions that a Service or a Configuration makes."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import number, plain

_AUTOSCALING = "autoscaling.knative.dev/"
_OWN = frozenset({"K_CONFIGURATION", "K_REVISION", "K_SERVICE"})
_CLASS = f"kpa.{_AUTOSCALING.rstrip('/')}"
_METRICS = ("concurrency", "rps")
MAX_SECONDS = 600
MAX_CONCURRENCY = 1000
DEFAULT_SECONDS = 300


def revision_name(body: Any) -> Iterator[Problem]:
    """A revision that is not called after what makes it."""
    owner = plain(mapping(mapping(body).get("metadata")).get("name"))
    template = mapping(mapping(mapping(body).get("spec")).get("template"))
    name = plain(mapping(template.get("metadata")).get("name"))
    if owner and name and not name.startswith(f"{owner}-"):
        place = ("spec", "template", "metadata", "name")
        yield place, f"{name!r} does not begin with {owner}-"


def times(spec: Any) -> Iterator[Problem]:
    """Times of a request that exclude each other."""
    body = mapping(spec)
    whole = number(body.get("timeoutSeconds")) or DEFAULT_SECONDS
    for key in ("responseStartTimeoutSeconds", "idleTimeoutSeconds"):
        found = number(body.get(key))
        if found is not None and found > whole:
            yield (key,), f"{found} is more than timeoutSeconds, {whole}"


def variables(spec: Any) -> Iterator[Problem]:
    """Variables that Knative sets itself."""
    containers = sequence(mapping(spec).get("containers"))
    for index, container in enumerate(containers):
        serves = len(containers) == 1 or bool(mapping(container).get("ports"))
        for place, each in enumerate(sequence(mapping(container).get("env"))):
            name = plain(mapping(each).get("name"))
            if name in _OWN or (name == "PORT" and serves):
                yield ("containers", index, "env", place, "name"), f"{name} is set by Knative"


def images(spec: Any) -> Iterator[Problem]:
    """Containers of nothing."""
    for index, container in enumerate(sequence(mapping(spec).get("containers"))):
        if isinstance(container, dict) and container.get("image") in (None, ""):
            yield ("containers", index, "image"), "it must be given"


def autoscaling(annotations: Any) -> Iterator[Problem]:
    """Annotations of autoscaling whose values are out of bounds."""
    body = mapping(annotations)
    for key, least, most in (
        ("target", 0.01, None),
        ("target-utilization-percentage", 1, 100),
        ("targetUtilizationPercentage", 1, 100),
        ("panic-window-percentage", 1, 100),
        ("panic-threshold-percentage", 110, 1000),
    ):
        text = plain(body.get(_AUTOSCALING + key))
        if text is None:
            continue
        try:
            found = float(text)
        except ValueError:
            yield (_AUTOSCALING + key,), f"{text!r} is no number"
            continue
        if found < least or (most is not None and found > most):
            told = f"from {least} to {most}" if most is not None else f"of {least} at least"
            yield (_AUTOSCALING + key,), f"{text} is no number {told}"
    metric = plain(body.get(f"{_AUTOSCALING}metric"))
    if metric and body.get(f"{_AUTOSCALING}class", _CLASS) == _CLASS and metric not in _METRICS:
        words = f"{metric!r} is not one of {', '.join(_METRICS)} (the class is {_CLASS})"
        yield (f"{_AUTOSCALING}metric",), words
