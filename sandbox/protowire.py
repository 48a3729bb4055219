"""Protobuf's wire format, as far as cutting a message into its fields and joining them needs.

https://protobuf.dev/programming-guides/encoding/; fields are kept as bytes, so that what is not
understood is passed on byte for byte.

Not the protobuf library: its ``UnknownFieldSet`` gives numbers and contents, but neither the bytes
of a field as they came nor a way to write one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

_BYTES = 2


B = TypeVar("B", bytes, memoryview)


class BrokenMessage(ValueError):
    """The bytes are not a protobuf message."""


@dataclass(frozen=True, slots=True)
class Field(Generic[B]):
    """One field of a message. ``raw`` is all of it; ``value`` its content where it has a length."""

    number: int
    raw: B
    value: B | None


def fields(message: B) -> Iterator[Field[B]]:
    """The fields of a message, in order; of a view they are views, and nothing is copied.

    Raises:
        BrokenMessage: the bytes are not a protobuf message.
    """
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint(message, at)
        value: B | None = None
        match tag & 7:
            case 0:
                _, at = _varint(message, at)
            case 1:
                at += 8
            case 2:
                length, at = _varint(message, at)
                value = message[at : at + length]
                at += length
            case 5:
                at += 4
            case other:
                raise BrokenMessage(f"wire type {other}")
        if at > len(message):
            raise BrokenMessage("the message ends within a field")
        yield Field(tag >> 3, message[start:at], value)


def bytes_field(number: int, value: bytes) -> bytes:
    """A field that holds bytes, text or a message."""
    return _encode(number << 3 | _BYTES) + _encode(len(value)) + value


def number_field(number: int, value: int) -> bytes:
    """A field that holds a number from 0 on, or an enum's; nothing where it is 0, the default."""
    return _encode(number << 3) + _encode(value) if value else b""


def _varint(message: bytes | memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise BrokenMessage("a number does not end")


def _encode(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
