"""Terraform's values as MessagePack has them, and the ``DynamicValue`` that carries one. Pure.

An object is a map, what is not known before apply an extension, and a number that 64 bits do not
hold exactly is text: https://github.com/zclconf/go-cty/blob/main/cty/msgpack/doc.go
"""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgpack

from sandbox import protowire

Value: TypeAlias = Any
"""None, a bool, a number, text, a list, a dict, or an extension where it is not known."""

Values: TypeAlias = dict[str, Value]
"""An object's: a configuration, a state, a plan."""

UNKNOWN = msgpack.ExtType(0, b"\0")
"""What is known after apply."""

_MSGPACK, _JSON = 1, 2  # fields of a DynamicValue
_INT64 = 1 << 63


def is_unknown(value: Value) -> bool:
    """Whether it is known after apply only; what is known of it (a prefix) does not count."""
    return isinstance(value, msgpack.ExtType)


def is_known(value: Value) -> bool:
    """Whether it is there, and known."""
    return value is not None and not is_unknown(value)


def whole(value: Value) -> int | None:
    """A number as an integer of 64 bits, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if -_INT64 <= value < _INT64 else None


def read(dynamic: bytes | None) -> Values | None:
    """The object in a ``DynamicValue``, None where it is null or nothing was sent.

    Raises:
        protowire.BrokenMessage: it is no object in MessagePack.
    """
    if dynamic is None:
        return None
    packed = next(
        (each.value for each in protowire.fields(dynamic) if each.number == _MSGPACK), None
    )
    if packed is None:
        raise protowire.BrokenMessage("a value that is not MessagePack")
    value = msgpack.unpackb(packed, strict_map_key=False)
    if value is not None and not isinstance(value, dict):
        raise protowire.BrokenMessage("a value that is no object")
    return value


def read_any(dynamic: bytes) -> Value:
    """The value in a ``DynamicValue``, such as a function's argument."""
    packed = next(each.value for each in protowire.fields(dynamic) if each.number == _MSGPACK)
    return msgpack.unpackb(packed or b"", strict_map_key=False)


def written(value: Value) -> bytes:
    """A ``DynamicValue``."""
    return protowire.bytes_field(_MSGPACK, msgpack.packb(value))


def upgraded(stored: bytes, names: Mapping[str, object]) -> bytes:
    """A ``DynamicValue`` of a stored state (JSON), with the attributes of these names alone.

    Raises:
        ValueError: it is no JSON object.
    """
    state = json.loads(stored)
    if not isinstance(state, dict):
        raise ValueError("a state that is no object")
    kept = {name: value for name, value in state.items() if name in names}
    return protowire.bytes_field(_JSON, json.dumps(kept).encode())
