"""What a plan leaves open is filled in as an apply would: by type and by name."""

import re
from typing import Any

import pytest

from sandbox.protowire import bytes_field
from sandbox.standins.schema import (
    BlockNesting,
    ProviderKind,
    ResourceKind,
    SchemaAttribute,
    SchemaBlock,
    TypeName,
)
from sandbox.standins.values import UNKNOWN, read, written
from sandbox.standins.wire import parts, provider_schema
from sandbox.terraform.plugins.applied import applied
from sandbox.terraform.plugins.projection import SchemaIndex


def told(type: TypeName, *, optional: bool = False) -> SchemaAttribute:
    return SchemaAttribute(type, optional=optional, computed=True)


THING = ResourceKind(
    {
        "id": told("string"),
        "arn": told("string"),
        "name": told("string", optional=True),
        "name_prefix": told("string", optional=True),
        "policy": told("string"),
        "endpoint": told("string"),
        "port": told("number"),
        "throughput": told("number", optional=True),
        "scope": told("string", optional=True),
        "ready": told("bool"),
        "zones": told(["list", "string"]),
        "rules": told(["set", "string"], optional=True),
        "tags": told(["map", "string"], optional=True),
        "tags_all": told(["map", "string"]),
        "issuer": told(["list", ["object", {"url": "string", "count": "number"}]]),
    },
    {"disk": SchemaBlock({"id": told("string"), "size": told("number")}, BlockNesting.LIST)},
)
SCHEMA = SchemaIndex.of(
    provider_schema(ProviderKind({"aws_sns_topic": THING, "aws_vpc": THING, "acme_thing": THING}))
)


def made(type: str, planned: dict[str, Any], nth: int = 0) -> dict[str, Any]:
    request = bytes_field(1, type.encode()) + bytes_field(3, written(planned))
    state = read(parts(applied(request, SCHEMA, nth))[1])
    assert state is not None
    return state


@pytest.mark.parametrize(
    ("type", "name", "planned", "looks_like"),
    [
        ("aws_vpc", "id", {}, r"vpc-[0-9a-f]{17}"),
        ("acme_thing", "id", {"name": "jobs"}, "jobs"),
        ("aws_sns_topic", "id", {"name": "jobs"}, r"arn:aws:sns:us-east-1:123456789012:topic/jobs"),
        ("aws_vpc", "arn", {}, r"arn:aws:vpc:us-east-1:123456789012:vpc/[0-9a-f]{16}"),
        ("acme_thing", "name", {"name_prefix": "web-"}, r"web-[0-9a-f]{26}"),
        ("acme_thing", "endpoint", {}, r"[0-9a-f]{12}\.example\.com"),
        ("acme_thing", "policy", {}, r"\{\}"),
    ],
)
def test_a_text_looks_like_what_its_name_says(
    type: str, name: str, planned: dict[str, Any], looks_like: str
) -> None:
    assert re.fullmatch(looks_like, made(type, {**planned, name: UNKNOWN})[name])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 1),
        ("throughput", 0),
        ("ready", False),
        ("scope", ""),
        ("rules", []),
        ("tags_all", {"team": "core"}),
        ("disk", []),
    ],
)
def test_what_nobody_asked_for_is_empty(name: str, value: object) -> None:
    assert made("acme_thing", {"tags": {"team": "core"}, name: UNKNOWN})[name] == value


def test_what_the_provider_alone_says_has_something_to_refer_to() -> None:
    state = made("acme_thing", {"issuer": UNKNOWN, "zones": UNKNOWN})
    assert len(state["zones"]) == 1
    assert state["issuer"][0]["url"].startswith("https://")


def test_what_is_known_stays_and_what_is_open_within_it_is_filled() -> None:
    state = made("acme_thing", {"port": 443, "disk": [{"id": UNKNOWN, "size": 8}]})
    assert state["port"] == 443
    assert state["disk"][0]["size"] == 8 and state["disk"][0]["id"]


def test_equal_resources_have_ids_of_their_own_and_the_same_each_time() -> None:
    planned = {"id": UNKNOWN}
    assert made("aws_vpc", planned) == made("aws_vpc", planned)
    assert made("aws_vpc", planned, 1) != made("aws_vpc", planned)
