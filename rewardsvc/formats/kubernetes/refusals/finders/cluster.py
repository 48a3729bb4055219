"""What the API server refuses of its own extensions, flow control, certificates and devices."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import number, plain

USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign",
    "data encipherment", "decipher only", "digital signature", "email protection",
    "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement",
    "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth",
    "signing", "timestamping",
)  # fmt: skip


def service_of_name(body: Any) -> Iterator[Problem]:
    """An APIService that is not called as its version and group are."""
    spec = mapping(mapping(body).get("spec"))
    version, group = plain(spec.get("version")), plain(spec.get("group") or "")
    name = plain(mapping(mapping(body).get("metadata")).get("name"))
    if name and version and group is not None and name != f"{version}.{group}":
        yield ("metadata", "name"), f"{name!r} is not VERSION.GROUP, {version}.{group}"


def without_trust(spec: Any) -> Iterator[Problem]:
    """Certificates of a server that is not verified."""
    if mapping(spec).get("insecureSkipTLSVerify") is True and mapping(spec).get("caBundle"):
        yield ("insecureSkipTLSVerify",), "it excludes caBundle"


def priority_level(body: Any) -> Iterator[Problem]:
    """A level whose fields are not of its type."""
    spec = mapping(mapping(body).get("spec"))
    kind, name = plain(spec.get("type")), plain(mapping(mapping(body).get("metadata")).get("name"))
    if kind in ("Limited", "Exempt") and name and (kind == "Exempt") != (name == "exempt"):
        yield ("spec", "type"), "Exempt is the type of the level 'exempt', and of no other"
        return
    if kind == "Limited" and spec.get("exempt") is not None:
        yield ("spec", "exempt"), "a level of the type Limited does not have it"
    if kind == "Limited" and spec.get("limited") is None:
        yield ("spec", "limited"), "a level of the type Limited has it"
    if kind == "Exempt" and spec.get("limited") is not None:
        yield ("spec", "limited"), "a level of the type Exempt does not have it"


def limit_response(value: Any) -> Iterator[Problem]:
    """Queues that a response does not have, or that it lacks."""
    body = mapping(value)
    if body.get("type") == "Queue" and body.get("queuing") is None:
        yield ("queuing",), "the type Queue says how"
    elif body.get("type") == "Reject" and body.get("queuing") is not None:
        yield ("queuing",), "the type Reject does not queue"


def queuing(value: Any) -> Iterator[Problem]:
    """A hand of more queues than there are."""
    body = mapping(value)
    queues, hand = number(body.get("queues", 64)), number(body.get("handSize", 8))
    if queues and hand and hand > queues:
        place = ("handSize",) if "handSize" in body else ("queues",)
        yield place, f"handSize {hand} is more than the {queues} queues"


def flow_subject(value: Any) -> Iterator[Problem]:
    """A subject that lacks what its kind needs."""
    body = mapping(value)
    keys = {"User": "user", "Group": "group", "ServiceAccount": "serviceAccount"}
    key = keys.get(str(body.get("kind")))
    if key is not None and body.get(key) is None:
        yield (key,), f"a subject of the kind {body['kind']} says who"


def flow_rule(value: Any) -> Iterator[Problem]:
    """A rule of nobody, or of nothing."""
    body = mapping(value)
    if body and not body.get("subjects"):
        yield ("subjects",), "it must be given"
    if body and not body.get("resourceRules") and not body.get("nonResourceRules"):
        yield (), "one of resourceRules, nonResourceRules must be given"


def taints(value: Any) -> Iterator[Problem]:
    """A taint that is there twice."""
    seen: set[tuple[str, str]] = set()
    for index, each in enumerate(sequence(value)):
        key, effect = plain(mapping(each).get("key")), plain(mapping(each).get("effect"))
        if key is None or effect is None:
            continue
        if (key, effect) in seen:
            yield (index,), f"the taint {key}:{effect} is there twice"
        seen.add((key, effect))


def device_request(value: Any) -> Iterator[Problem]:
    """A count that its mode does not have."""
    body = mapping(value)
    count = number(body.get("count"))
    if body.get("allocationMode") == "All" and count:
        yield ("count",), "the mode All has none"
    elif count is not None and count < 0:
        yield ("count",), f"{count} is less than 1"


def requested(devices: Any) -> Iterator[Problem]:
    """Constraints and configurations of requests that are not there."""
    body = mapping(devices)
    names: set[str] = set()
    for each in sequence(body.get("requests")):
        name = mapping(each).get("name")
        if not isinstance(name, str):
            return
        names.add(name)
        for other in sequence(mapping(each).get("firstAvailable")):
            names.add(f"{name}/{mapping(other).get('name')}")
    for key in ("constraints", "config"):
        for index, each in enumerate(sequence(body.get(key))):
            for place, name in enumerate(sequence(mapping(each).get("requests"))):
                if plain(name) and name not in names:
                    yield (key, index, "requests", place), f"no request has the name {name!r}"
