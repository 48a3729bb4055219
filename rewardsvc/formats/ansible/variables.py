"""What texts come to where variables whose values the answer decides stand in them.

So a check sees ``nginx`` where a task says ``{{ package }}`` and a play says what that is, and a
word behind a variable is the word. Only names, their attributes and items are followed; what has a
filter or an operator in it stays as it is written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rewardsvc.formats.ansible.conditions import Constants, NotConstant
from rewardsvc.types import JsonValue

MAX_FILLED = 100_000
"""Characters and entries that are put in the place of names, of one answer; texts that double are
left as they are written then."""

MAX_DEPTH = 5
"""Variables whose values have variables in them."""

_NAME = r"[A-Za-z_]\w{0,99}"
_EXPRESSION = re.compile(
    rf"\{{\{{-?\s{{0,9}}({_NAME})((?:\.{_NAME}|\[\d{{1,4}}\]|\[['\"][\w.-]{{1,99}}['\"]\]){{0,9}})"
    r"\s{0,9}-?\}\}",
    re.ASCII,
)
_PART = re.compile(r"\.(\w+)|\[['\"]?([\w.-]+)['\"]?\]", re.ASCII)


@dataclass(slots=True)
class Filler:
    """Puts values in the place of names, as long as there is room."""

    left: int = MAX_FILLED

    def filled(self, value: JsonValue, constants: Constants, depth: int = 0) -> JsonValue:
        """A value with what the variables in it come to."""
        if isinstance(value, str):
            return self._text(value, constants, depth) if "{{" in value else value
        if isinstance(value, list | Mapping):
            self.left -= len(value)
            if self.left < 0:
                return value
        if isinstance(value, list):
            return [self.filled(each, constants, depth) for each in value]
        if isinstance(value, Mapping):
            return {key: self.filled(each, constants, depth) for key, each in value.items()}
        return value

    def _text(self, text: str, constants: Constants, depth: int) -> JsonValue:
        whole = _EXPRESSION.fullmatch(text.strip())
        if whole is not None:
            try:
                return self._value(whole, constants, depth)
            except NotConstant:
                return text
        return _EXPRESSION.sub(lambda found: self._inside(found, constants, depth), text)

    def _inside(self, found: re.Match[str], constants: Constants, depth: int) -> str:
        try:
            value = self._value(found, constants, depth)
        except NotConstant:
            return found[0]
        plain = isinstance(value, str | int | float) and not isinstance(value, bool)
        return str(value) if plain else found[0]

    def _value(self, found: re.Match[str], constants: Constants, depth: int) -> JsonValue:
        """What an expression comes to.

        Raises:
            NotConstant: only a run knows, or it is too much.
        """
        value = constants.written(found[1])
        for attribute, item in _PART.findall(found[2]):
            value = _entry(value, attribute or item)
        if value is None or depth >= MAX_DEPTH:
            raise NotConstant(found[1])
        self._take(value)
        return self.filled(value, constants, depth + 1)

    def _take(self, value: JsonValue) -> None:
        """Count what is put somewhere.

        Raises:
            NotConstant: there is no more room.
        """
        waiting = [value]
        while waiting:
            each = waiting.pop()
            self.left -= 1 + (len(each) if isinstance(each, str) else 0)
            if self.left < 0:
                raise NotConstant("too much")
            if isinstance(each, list):
                waiting += each
            elif isinstance(each, Mapping):
                waiting += each.values()


def _entry(value: JsonValue, part: str) -> JsonValue:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if isinstance(value, list) and part.isdigit() and int(part) < len(value):
        return value[int(part)]
    raise NotConstant(part)
