"""What the API server refuses of Services, Ingresses and policies of networks."""

import re
from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_SUBDOMAIN,
    WILDCARD,
    form,
    ip_address,
    is_address,
    network,
    plain,
)

_OUTSIDE = frozenset({"NodePort", "LoadBalancer"})


DAY = 86400


def fields_of_type(spec: Any) -> Iterator[Problem]:
    """Fields that the type of a Service does not have."""
    body = mapping(spec)
    kind = body.get("type", "ClusterIP")
    if not isinstance(kind, str) or kind not in {"ClusterIP", "ExternalName"} | _OUTSIDE:
        return
    if kind not in _OUTSIDE:
        if body.get("externalTrafficPolicy"):
            words = "it is for the types NodePort and LoadBalancer only"
            yield ("externalTrafficPolicy",), words
        for index, each in enumerate(sequence(body.get("ports"))):
            if mapping(each).get("nodePort"):
                words = f"a Service of the type {kind} has no port of the node"
                yield ("ports", index, "nodePort"), words
    if kind != "LoadBalancer" and body.get("loadBalancerClass"):
        yield ("loadBalancerClass",), "it is for the type LoadBalancer only"
    if kind in _OUTSIDE and body.get("clusterIP") == "None":
        yield ("clusterIP",), f"a Service of the type {kind} cannot be headless"


def without_ports(spec: Any) -> Iterator[Problem]:
    """A Service without ports."""
    body = mapping(spec)
    headless = body.get("clusterIP") == "None" or body.get("type") == "ExternalName"
    if body and not body.get("ports") and not headless:
        yield ("ports",), "a Service has a port, unless it is headless or of the type ExternalName"


def port_names(spec: Any) -> Iterator[Problem]:
    """Several ports without names."""
    ports = sequence(mapping(spec).get("ports"))
    for index, each in enumerate(ports if len(ports) > 1 else ()):
        if not mapping(each).get("name"):
            yield ("ports", index, "name"), "there are several ports, and each then needs a name"


def port_key(value: Any) -> str | None:
    """What tells a Service's ports apart; None where they cannot be compared."""
    number, protocol = mapping(value).get("port"), mapping(value).get("protocol", "TCP")
    known = type(number) is int and isinstance(protocol, str)
    return f"{number}/{protocol}" if known else None


def external_name(spec: Any) -> Iterator[Problem]:
    """An external name that is none."""
    body = mapping(spec)
    if body.get("type") != "ExternalName":
        return
    name = body.get("externalName")
    if name in (None, ""):
        yield ("type",), "ExternalName needs externalName"
    elif isinstance(name, str):
        text = name.removesuffix(".")
        yield from ((("externalName",), words) for _, words in form(DNS_SUBDOMAIN)(text))
    if body.get("clusterIP") == "None":
        yield ("clusterIP",), "a Service of the type ExternalName has none"


def cluster_ip(value: Any) -> Iterator[Problem]:
    """What is no address of a Service."""
    if value not in ("", "None"):
        yield from ip_address(value)


def affinity(spec: Any) -> Iterator[Problem]:
    """Settings of an affinity that there is not."""
    body = mapping(spec)
    if body.get("sessionAffinity", "None") == "None" and body.get("sessionAffinityConfig"):
        yield ("sessionAffinityConfig",), "it is for sessionAffinity: ClientIP only"


def path(entry: Any) -> Iterator[Problem]:
    """A path that does not fit its type."""
    body = mapping(entry)
    path, kind = plain(body.get("path")), body.get("pathType")
    if path is None:
        if body.get("path") is None and kind in ("Exact", "Prefix"):
            yield (), f"the pathType {kind} needs a path"
        return
    if not path.startswith("/"):
        if path or kind in ("Exact", "Prefix"):
            yield ("path",), f"{path!r} does not begin with /"
    elif kind in ("Exact", "Prefix") and (found := _UNCLEAN.search(path)):
        yield ("path",), f"{path!r} has {found[0]!r} in it"


CONTROLLER = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}/.{1,250}")


_UNCLEAN = re.compile(r"//|/\.\.?(?:/|$)|%2[fF]")


def backend(backend: Any) -> Iterator[Problem]:
    """A backend that is no Service with a port, and no resource."""
    port = mapping(mapping(mapping(backend).get("service")).get("port"))
    if mapping(backend).get("service") is not None and not (port.get("name") or port.get("number")):
        yield ("service", "port"), "the port of a backend has a name or a number"


def host(value: Any) -> Iterator[Problem]:
    """What is no host of an Ingress."""
    text = plain(value)
    if text and is_address(text):
        yield (), f"{text!r}: a host is a DNS name, not an address"
    elif text:
        yield from form(WILDCARD)(text)


def without_rules(spec: Any) -> Iterator[Problem]:
    """An Ingress that leads nowhere."""
    body = mapping(spec)
    if body and not body.get("rules") and not body.get("defaultBackend"):
        yield ("rules",), "an Ingress has rules or a defaultBackend"


def class_twice(body: Any) -> Iterator[Problem]:
    """A class by field and by annotation."""
    annotations = mapping(mapping(mapping(body).get("metadata")).get("annotations"))
    annotated = annotations.get("kubernetes.io/ingress.class")
    if annotated and mapping(mapping(body).get("spec")).get("ingressClassName"):
        words = "the annotation kubernetes.io/ingress.class excludes it"
        yield ("spec", "ingressClassName"), words


def peer(peer: Any) -> Iterator[Problem]:
    """A peer that is nothing, or a block of addresses beside selectors."""
    body = mapping(peer)
    selects = [key for key in ("podSelector", "namespaceSelector") if body.get(key) is not None]
    if body.get("ipBlock") is not None and selects:
        yield ("ipBlock",), f"it excludes {selects[0]}"
    elif body.get("ipBlock") is None and not selects and isinstance(peer, dict):
        yield (), "one of podSelector, namespaceSelector, ipBlock must be given"


def excepted(block: Any) -> Iterator[Problem]:
    """An exception that its block does not hold."""
    outer = network(str(mapping(block).get("cidr")))
    for index, each in enumerate(sequence(mapping(block).get("except"))):
        inner = network(each) if isinstance(each, str) and plain(each) is not None else None
        if outer is None or inner is None:
            continue
        within = inner.version == outer.version and (
            inner.prefixlen > outer.prefixlen and inner.network_address in outer
        )
        if not within:
            yield ("except", index), f"{each} is not a part of {outer}"


def end_port(value: Any) -> Iterator[Problem]:
    """An end that comes before its port."""
    body = mapping(value)
    first, last = body.get("port"), body.get("endPort")
    if last is None:
        return
    if type(first) is not int:
        yield ("endPort",), "it needs a port that is a number"
    elif type(last) is int and last < first:
        yield ("endPort",), f"{last} is before the port {first}"
