"""Whether a JMESPath expression may take long on some data, and is evaluated out of process. Pure.

An expression is evaluated once for each part of the data that it visits, and can visit none twice
but by naming it in a list (``[@, @]``), of which each doubles what the rest looks at. So its cost
is at most the size of the data, times its length, times those.
"""

import math
import re

from rewardsvc.types import JsonValue

MOST = 4_000_000
"""Takes half a second at worst, and 20 ms usually; evaluating out of process adds 10 ms."""

_CHARACTERS = 64
"""Of text that take as long as a value."""

_CHARACTERS_OF_JSON = 2
"""Of text that may be a value, once it is read as JSON."""

_LITERAL = re.compile(r"`(?:\\.|[^`\\])*+`?|'(?:\\.|[^'\\])*+'?|\"(?:\\.|[^\"\\])*+\"?", re.DOTALL)
_LIST = re.compile(r"\[([^\[\],]*+(?:,[^\[\],]*+)++)\]")


def may_take_long(expression: str, data: JsonValue) -> bool:
    """Whether it is to be evaluated where it can be ended."""
    bare = _LITERAL.sub("0", expression)
    growth = math.prod(found.count(",") + 1 for found in _LIST.findall(bare))
    allowed = MOST // (max(1, len(expression)) * growth)
    characters = _CHARACTERS_OF_JSON if "from_json" in bare else _CHARACTERS
    return _exceeds(data, allowed, characters)


def _exceeds(data: JsonValue, allowed: int, characters: int) -> bool:
    """Whether data has more than so many values, that many characters of text being one."""
    waiting = [data]
    found = 0
    while waiting:
        value = waiting.pop()
        found += 1
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, str):
            found += len(value) // characters
        if found + len(waiting) > allowed:
            return True
    return False
