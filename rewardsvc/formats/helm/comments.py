"""Takes comments out of charts: of templates, and of the YAML that these render."""

import re
from collections.abc import Iterator

from rewardsvc.formats.helm.outline import ACTION
from rewardsvc.verification.comments import without, without_yaml_comments

_OPENS = re.compile(r"\{\{-?\s*+/\*")
_KEPT = re.compile(
    r"(?<![^\s\[{(,:])(?:\"(?:[^\"\\\n]|\\.)*+(?:\"|$)|'[^'\n]*+(?:'|$))|[^\s\"'#|>{]++",
    re.MULTILINE,
)
"""A quoted text, where one may begin, or a run of what is none of these things."""
_BLOCK = re.compile(r"(?<=[:-] )[|>][-+0-9]*+[ \t]*+(?=\n)")
_LINE = re.compile(r"\n([ \t]*+)([^\n]*+)")
_YAML = re.compile(r"(?:(?<=[ \t\n])|\A)#[^\n]*+")


def without_chart_comments(text: str) -> str:
    """A file of a chart without its comments; lines keep their numbers."""
    if "{{" not in text:
        return without_yaml_comments(text)
    return without(text, _comments(text))


def _comments(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while position < len(text):
        if match := ACTION.match(text, position):
            if _OPENS.match(text, position):
                yield match.span()
        elif match := _YAML.match(text, position):
            yield match.span()
        elif match := _BLOCK.match(text, position):
            end = _end_of_block(text, match)
            inside = ACTION.finditer(text, match.end(), end)
            yield from (each.span() for each in inside if _OPENS.match(each[0]))
            position = end
            continue
        else:
            match = _KEPT.match(text, position)
        position = match.end() if match else position + 1


def _end_of_block(text: str, head: re.Match[str]) -> int:
    """Where a block of text ends: before the next line that is no deeper and no action."""
    line = text[text.rfind("\n", 0, head.start()) + 1 : head.start()]
    indent = len(line) - len(line.lstrip(" "))
    end = head.end()
    while match := _LINE.match(text, end):
        if match[2] and len(match[1]) <= indent and not match[2].startswith("{{"):
            break
        end = match.end()
    return end
