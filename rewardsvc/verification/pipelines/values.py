"""Values of a pipeline as what they should be, and names that wait for each other."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from rewardsvc.types import JsonValue

_COMMAND = re.compile(r"^[ \t]*+[^\s#]", re.MULTILINE)
"""A line that is neither blank nor a comment; shells and PowerShell write those alike."""


def cycle(waiting: Mapping[str, Iterable[str]]) -> list[str]:
    """Names that wait for each other in a circle, [] where none do."""
    known = {
        name: [other for other in others if other in waiting] for name, others in waiting.items()
    }
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


class Beginnings:
    """Texts that others may begin with; as many as there are cost one search."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._sorted: list[str] = []
        for text in sorted(texts):
            # What begins with another one adds nothing.
            if not (self._sorted and text.startswith(self._sorted[-1])):
                self._sorted.append(text)

    def of(self, text: str) -> bool:
        """Whether a text begins with one of them."""
        at = bisect_right(self._sorted, text)
        return at > 0 and text.startswith(self._sorted[at - 1])


class Silent:
    """Which scripts do nothing: blank lines and comments alone, or none at all.

    Jobs may share scripts, and scripts their lists of lines: each is looked through once, so all
    must be of one document, which holds them.
    """

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def holds_of(self, *scripts: JsonValue) -> bool:
        """Whether scripts of the pipeline, each a text or a list of them, do nothing. What is
        neither (a step of another kind, a line from elsewhere) does something."""
        waiting = [*scripts]
        while waiting:
            value = waiting.pop()
            if value is None or id(value) in self._seen:
                continue
            if type(value) is list:
                waiting += value
            elif not isinstance(value, str) or _COMMAND.search(value):
                self._seen.clear()
                return False
            self._seen.add(id(value))
        return True


def mapping(value: JsonValue) -> dict[str, JsonValue]:
    """A mapping, {} where the value is none."""
    return value if isinstance(value, dict) else {}


def listing(value: JsonValue) -> list[JsonValue]:
    """A list, [] where the value is none."""
    return value if isinstance(value, list) else []


def texts(value: JsonValue) -> list[str]:
    """A text or a list of texts as a list."""
    if isinstance(value, str):
        return [value]
    return [one for one in listing(value) if isinstance(one, str)]
