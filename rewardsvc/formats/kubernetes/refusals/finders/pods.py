"""What the API server refuses of a pod's tolerations, node selectors, addresses and volumes."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import (
    between,
    plain,
)

MAX_NAME_SERVERS = 3


MAX_MODE = 0o777


def toleration(value: Any) -> Iterator[Problem]:
    """A toleration whose key, operator, value and seconds do not fit each other."""
    body = mapping(value)
    operator = body.get("operator", "Equal")
    if not body.get("key") and operator != "Exists":
        yield (), "a toleration without a key has the operator Exists"
    if operator == "Exists" and body.get("value"):
        yield ("value",), "the operator Exists has no value"
    if body.get("tolerationSeconds") is not None and body.get("effect") != "NoExecute":
        yield ("tolerationSeconds",), "it is for the effect NoExecute only"


def node_requirement(value: Any) -> Iterator[Problem]:
    """Values that an operator needs, or does not have."""
    body = mapping(value)
    operator, values = body.get("operator"), sequence(body.get("values"))
    if operator in ("In", "NotIn") and not values:
        yield (), f"the operator {operator} needs values"
    elif operator in ("Exists", "DoesNotExist") and values:
        yield ("values",), f"the operator {operator} has no values"
    elif operator in ("Gt", "Lt") and len(values) != 1:
        yield (), f"the operator {operator} has one value"


def name_servers(spec: Any) -> Iterator[Problem]:
    """No name servers where the cluster's are not used, or too many."""
    body = mapping(spec)
    servers = sequence(mapping(body.get("dnsConfig")).get("nameservers"))
    if body.get("dnsPolicy") == "None" and not servers:
        yield ("dnsPolicy",), "None needs nameservers in dnsConfig"
    if len(servers) > MAX_NAME_SERVERS:
        yield ("dnsConfig", "nameservers"), f"more than {MAX_NAME_SERVERS} name servers"


def spread(value: Any) -> Iterator[Problem]:
    """minDomains where pods may be anywhere."""
    body = mapping(value)
    if body.get("minDomains") is not None and body.get("whenUnsatisfiable") == "ScheduleAnyway":
        yield ("minDomains",), "it is for whenUnsatisfiable: DoNotSchedule only"


def spread_key(value: Any) -> str | None:
    """What tells constraints apart; None where they cannot be compared."""
    topology, otherwise = mapping(value).get("topologyKey"), mapping(value).get("whenUnsatisfiable")
    both = isinstance(topology, str) and isinstance(otherwise, str)
    return f"{topology}, {otherwise}" if both else None


def medium(value: Any) -> Iterator[Problem]:
    """What an emptyDir cannot be kept in."""
    text = plain(value)
    if text and text not in {"Memory", "HugePages"} and not text.startswith("HugePages-"):
        yield (), f"{text!r} is not one of Memory, HugePages, HugePages-SIZE"


def mode(value: Any) -> Iterator[Problem]:
    """What is no mode of a file."""
    yield from (
        (path, f"{words} (modes go from 0 to 0777, 511)")
        for path, words in between(0, MAX_MODE)(value)
    )
