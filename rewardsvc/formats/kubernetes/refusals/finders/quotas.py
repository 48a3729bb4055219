"""What the API server refuses of quotas and limits of a namespace."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.quantities import amount
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import plain

_COUNTED = frozenset(
    {"configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas"}
    | {"secrets", "services", "services.loadbalancers", "services.nodeports"}
)
_COMPUTED = frozenset(
    {"cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"}
)
_STORED = frozenset({"ephemeral-storage", "limits.ephemeral-storage", "requests.ephemeral-storage"})
_STANDARD = _COUNTED | _COMPUTED | _STORED | {"requests.storage"}
_HUGE = ("hugepages-", "requests.hugepages-")

_OF_PODS = _COMPUTED | {"pods"}
_OF_SCOPE = {
    "BestEffort": frozenset({"pods"}),
    "NotBestEffort": _OF_PODS,
    "Terminating": _OF_PODS,
    "NotTerminating": _OF_PODS,
    "PriorityClass": _OF_PODS,
    "CrossNamespacePodAffinity": _OF_PODS,
}
"""What a scope can count, of what the API names itself."""

_CONTRARY = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))


def quota_names(hard: Any) -> Iterator[Problem]:
    """What a quota cannot count, or counts in parts."""
    for name, given in mapping(hard).items():
        text = plain(name)
        if text is None:
            continue
        if "/" not in text and text not in _STANDARD and not text.startswith(_HUGE):
            yield (name,), f"{text!r} is no resource of a quota: others are count/RESOURCE.GROUP"
            continue
        device = "/" in text and not text.startswith("requests.") and "kubernetes.io/" not in text
        found = amount(given) if text in _COUNTED or device else None
        if found is not None and found != found.to_integral_value():
            yield (name,), f"{given} of {text}: it is counted in whole numbers"


def scopes(spec: Any) -> Iterator[Problem]:
    """Scopes that exclude each other, or do not have what the quota counts."""
    body = mapping(spec)
    names = [each for each in sequence(body.get("scopes")) if isinstance(each, str)]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield ("scopes", index), f"{name} is there twice"
        against = {one for pair in _CONTRARY if name in pair for one in pair} - {name}
        if against & {*names[:index]}:
            yield ("scopes", index), f"{' and '.join(sorted({name, *against}))} exclude each other"
            return
    selected = [
        mapping(each).get("scopeName")
        for each in sequence(mapping(body.get("scopeSelector")).get("matchExpressions"))
    ]
    for scope in [*names, *(each for each in selected if isinstance(each, str))]:
        known = _OF_SCOPE.get(scope)
        for key in mapping(body.get("hard")):
            if known is not None and key in _STANDARD and key not in known:
                yield ("hard", key), f"the scope {scope} does not have it"
                return


def scope_selector(expression: Any) -> Iterator[Problem]:
    """Values of a scope that has none, or none of one that needs them."""
    body = mapping(expression)
    name, operator, values = body.get("scopeName"), body.get("operator"), body.get("values")
    if (
        isinstance(name, str)
        and name in _OF_SCOPE
        and name != "PriorityClass"
        and operator in ("In", "NotIn")
    ):
        yield ("operator",), f"the operator of the scope {name} is Exists"
    elif operator in ("In", "NotIn") and not values:
        yield ("values",), f"the operator {operator} needs values"
    elif operator in ("Exists", "DoesNotExist") and values:
        yield ("values",), f"the operator {operator} has no values"


def ratios(limit: Any) -> Iterator[Problem]:
    """Ratios of limits to requests that nothing can have."""
    body = mapping(limit)
    for name, given in mapping(body.get("maxLimitRequestRatio")).items():
        ratio = amount(given)
        least, most = (amount(mapping(body.get(key)).get(name)) for key in ("min", "max"))
        if ratio is None:
            continue
        if ratio < 1:
            yield ("maxLimitRequestRatio", name), f"{given} is less than 1"
        elif least and most and ratio > most / least:
            words = f"{given} is more than max over min, {most / least:.3g}"
            yield ("maxLimitRequestRatio", name), words


def claim_limits(limit: Any) -> Iterator[Problem]:
    """A limit of claims that says neither how little nor how much."""
    body = mapping(limit)
    if body.get("type") == "PersistentVolumeClaim" and not any(
        mapping(body.get(key)).get("storage") is not None for key in ("min", "max")
    ):
        yield ("type",), "a limit of claims has a min or a max of storage"
