"""Protobuf's wire format: what is cut is joined again, what is no message is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.protowire import BrokenMessage, bytes_field, fields


@given(st.lists(st.tuples(st.integers(1, 5000), st.binary(max_size=300))))
def test_cutting_and_joining_a_message_changes_nothing(parts: list[tuple[int, bytes]]) -> None:
    message = b"".join(bytes_field(number, value) for number, value in parts)
    found = list(fields(message))
    assert [(field.number, field.value) for field in found] == parts
    assert b"".join(field.raw for field in found) == message


def test_a_message_that_is_cut_short_is_refused() -> None:
    message = bytes_field(7, b"some value")
    for length in range(1, len(message)):
        with pytest.raises(BrokenMessage):
            list(fields(message[:length]))


@given(st.binary(max_size=60))
def test_bytes_that_are_no_message_are_refused(message: bytes) -> None:
    try:
        assert b"".join(field.raw for field in fields(message)) == message
    except BrokenMessage:
        return
