"""The relay's decisions: which part of a schema, and what a provider is configured with."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.terraform.configure import AWS_DROPPED, rewrite_aws, rewrite_request
from sandbox.terraform.projection import SchemaIndex, names_in
from sandbox.terraform.protowire import BrokenMessage, bytes_field, fields


def _entry(number: int, name: str, value: bytes) -> bytes:
    return bytes_field(number, bytes_field(1, name.encode()) + bytes_field(2, value))


PROVIDER = bytes_field(1, b"provider schema")
VPC = _entry(2, "aws_vpc", b"vpc")
SUBNET = _entry(2, "aws_subnet", b"subnet")
VPC_DATA = _entry(3, "aws_vpc", b"data")
FUNCTION = _entry(7, "arn_parse", b"function")
ANSWER = PROVIDER + VPC + SUBNET + VPC_DATA + FUNCTION


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ((), b""),
        (("aws_vpc",), VPC + VPC_DATA),
        (("aws_subnet", "aws_vpc", "no_such_type"), SUBNET + VPC + VPC_DATA),
    ],
)
def test_projects_the_named_types_byte_for_byte(names: tuple[str, ...], kept: bytes) -> None:
    assert SchemaIndex.of(ANSWER).projected(names) == PROVIDER + FUNCTION + kept


def test_names_every_word_that_could_be_a_type() -> None:
    files = {"main.tf": b'resource "aws_vpc" "x" {\n  a = data.aws_ami.y.id\n}\n'}
    assert {"aws_vpc", "aws_ami"} <= names_in(files)


@given(st.lists(st.tuples(st.integers(1, 5000), st.binary(max_size=300))))
def test_cutting_and_joining_a_message_changes_nothing(parts: list[tuple[int, bytes]]) -> None:
    message = b"".join(bytes_field(number, value) for number, value in parts)
    found = list(fields(message))
    assert [(field.number, field.value) for field in found] == parts
    assert b"".join(field.raw for field in found) == message


@given(st.binary(max_size=60))
def test_bytes_that_are_no_message_are_refused(message: bytes) -> None:
    try:
        assert b"".join(field.raw for field in fields(message)) == message
    except BrokenMessage:
        return


def test_configures_for_the_emulator_and_keeps_region_and_tags() -> None:
    tags = [{"tags": {"team": "x"}}]
    given = {
        "access_key": None,
        "secret_key": None,
        "token": "t",
        "region": "eu-west-1",
        "profile": "me",
        "assume_role": [{"role_arn": "arn"}],
        "endpoints": [{"s3": "http://elsewhere"}],
        "default_tags": tags,
        "max_retries": None,
        "skip_credentials_validation": None,
    }
    rewritten = rewrite_aws(given)
    assert rewritten["region"] == "eu-west-1"
    assert rewritten["default_tags"] == tags
    assert (rewritten["assume_role"], rewritten["endpoints"]) == ([], [])
    assert rewritten["profile"] is rewritten["token"] is None
    assert rewritten["access_key"] and rewritten["skip_credentials_validation"] is True
    assert rewritten.keys() == given.keys()


@pytest.mark.parametrize("region", [None, msgpack.ExtType(0, b"\0")])
def test_a_region_that_is_not_known_is_the_default(region: object) -> None:
    assert rewrite_aws({"region": region})["region"] == "us-east-1"


def test_rewrites_only_the_settings_of_a_request() -> None:
    settings = msgpack.packb({"profile": "me", "region": "x", "later": msgpack.ExtType(0, b"\0")})
    version, capabilities = bytes_field(1, b"1.11.4"), bytes_field(3, b"")
    request = version + bytes_field(2, bytes_field(1, settings)) + capabilities
    first, second, third = fields(rewrite_request(request, rewrite_aws))
    assert (first.raw, third.raw) == (version, capabilities)
    (packed,) = fields(second.value or b"")
    assert msgpack.unpackb(packed.value or b"") == {
        "profile": None,
        "region": "x",
        "later": msgpack.ExtType(0, b"\0"),
    }


@pytest.mark.parametrize("value", [b"", bytes_field(2, b"{}"), bytes_field(1, b"\xc1")])
def test_settings_that_cannot_be_read_are_not_passed_on(value: bytes) -> None:
    with pytest.raises(BrokenMessage):
        rewrite_request(bytes_field(2, value), rewrite_aws)


def test_drops_nothing_that_a_plan_depends_on() -> None:
    assert not AWS_DROPPED & {"region", "default_tags", "ignore_tags"}
