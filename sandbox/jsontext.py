"""JSON that others wrote: numbers and texts beyond what Python holds are read as the nearest.

Python refuses to read an integer of more than 4,300 digits, makes an infinity of a number beyond a
double and a lone surrogate of ``"\\ud800"``, which no UTF-8 holds. JSON allows all three (RFC 8259,
sections 6 and 8.2), so that a file may hold them and be right.
"""

import json
import re
import sys
from typing import Any

_MAX_DIGITS = 400
"""A double ends at 309."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class KeyTwice(ValueError):
    """An object has a key twice, which RFC 8259 advises against and readers disagree about."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key!r} is there twice")
        self.key = key


def read_json(text: str | bytes, *, unique: bool = False) -> Any:
    """The value of a JSON text; of a key that is there twice the last, unless keys must be
    ``unique``.

    Raises:
        KeyTwice: they must be, and one is not.
        ValueError: it is not JSON.
        RecursionError: it is nested deeper than Python reads (about 1000).
    """
    plain = text.decode("utf-8") if isinstance(text, bytes) else text
    hook = _unique if unique else None
    value = json.loads(plain, parse_int=_integer, parse_float=_number, object_pairs_hook=hook)
    return whole(value) if _ESCAPED_SURROGATE.search(plain) else value


def whole(value: Any) -> Any:
    """A JSON value with U+FFFD for each lone surrogate in its texts and keys."""
    if isinstance(value, str):
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {whole(key): whole(item) for key, item in value.items()}
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise KeyTwice(key)
        found[key] = value
    return found


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else _number(digits)


def _number(digits: str) -> float:
    largest = sys.float_info.max
    return min(max(float(digits), -largest), largest)
