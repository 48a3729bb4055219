"""Signs that a configuration contradicts itself, or asks for what is not to be had. Pure."""

import re
from collections.abc import Iterator, Mapping

from datagen.sources.documentation.essentials import lacking, same_end
from datagen.sources.documentation.naming import names_another
from datagen.sources.documentation.obsolete import closed, retired
from datagen.sources.documentation.pages import PageBlock, TypePage
from datagen.sources.documentation.regions import offered
from datagen.sources.documentation.values import (
    Body,
    Name,
    Network,
    Value,
    WrittenResource,
    leaves,
)

_MAY_BE_EMPTY = re.compile(
    r"^(?:allow|block|count|none|captcha|challenge|all_\w+|single_\w+|method|uri_path|query_string"
    r"|body|default_action|override_action|filter|.*_match|aws_managed\w*)$"
)
"""Blocks whose being there says all."""
_ACCEPTS = re.compile(r"_accepter$")
_WITHIN_ACCOUNT = frozenset(
    {"aws_networkmanager_attachment_accepter", "aws_vpc_endpoint_connection_accepter"}
)
_V4 = re.compile(r"^\d+\.\d+\.\d+\.\d+(?:/\d+)?$")
_TLS = frozenset({"https", "tls", "ssl"})


def contradictory_signs(
    resources: tuple[WrittenResource, ...], pages: Mapping[str, TypePage]
) -> Iterator[str]:
    """What cannot be or cannot work in it, in words."""
    if not offered(resources, pages):
        yield "no region offers all of it"
    yield from lacking(resources, pages)
    yield from same_end(resources)
    networks: dict[Value, str] = {}
    for each in resources:
        if closed(each.type):
            yield f"{each.type} is of a service that is closed"
        if _ACCEPTS.search(each.type) and each.type not in _WITHIN_ACCOUNT:
            yield f"{each.type}: accepts what the same account made"
        yield from _own_name(each)
        yield from _blocks(each.address, each.body, pages[each.type].schema)
        for way, leaf in leaves(each.body):
            if isinstance(leaf, str) and retired(leaf):
                yield f"{each.address} {way[-1]}: {leaf!r} is retired"
            if isinstance(leaf, Network) and "$json" not in way:
                other = networks.setdefault(leaf, each.type)
                if other != each.type and "aws_vpc" in (other, each.type) and leaf.bits <= 16:
                    yield f"{each.address} {way[-1]}: overlaps the VPC"


def _own_name(resource: WrittenResource) -> Iterator[str]:
    """Names that stand for others and are the resource's own."""
    names = [(name, value) for name, value in resource.body.items() if isinstance(value, Name)]
    for argument, value in names:
        if names_another(resource.type, argument) and any(
            other == value and not names_another(resource.type, name) for name, other in names
        ):
            yield f"{resource.address} {argument}: repeats the resource's own name"


def _blocks(address: str, body: Body, block: PageBlock) -> Iterator[str]:
    yield from _together(address, body, block)
    for name, value in body.items():
        if name not in block.blocks or not isinstance(value, list):
            continue
        nested = block.blocks[name].block
        for each in value:
            if not isinstance(each, dict):
                continue
            if not each and nested.names and not _MAY_BE_EMPTY.match(name):
                yield f"{address} {name}: an empty block"
            yield from _blocks(f"{address} {name}", each, nested)


def _together(address: str, body: Body, block: PageBlock) -> Iterator[str]:
    """What does not go together in one body."""
    texts = {name: value for name, value in body.items() if isinstance(value, str)}
    if texts.get("type") == "AAAA" and any(_V4.match(value) for value in texts.values()):
        yield f"{address}: an IPv4 address in an AAAA record"
    for name, value in texts.items():
        kind = value.lower()
        if re.search(r"(?:^|_)protocol$", name) and kind in _TLS:
            certificates = [n for n in block.names if "certificate" in n]
            if certificates and not any(n in body for n in certificates):
                yield f"{address} {name}: {value} without a certificate"
        if re.search(r"(?:^|_)type$", name):
            configured = [n for n in block.blocks if n.endswith("_config")]
            own = f"{kind}_config"
            if own in configured and own not in body:
                yield f"{address} {name}: {value} without {own}"
    if "sftp_config" in body and str(body.get("url", "")).startswith("http"):
        yield f"{address}: SFTP at a web address"
    if texts.get("cluster_type") == "multi-node" and "number_of_nodes" not in body:
        yield f"{address}: several nodes, and nothing says how many"
    if texts.get("encryption_option") == "AWS_OWNED_CMK" and "kms_key_id" in body:
        yield f"{address}: AWS' own key and another one"
