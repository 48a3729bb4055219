"""Expressions of Azure pipelines: the functions that they call, and with how many arguments."""

import re
from collections.abc import Iterator, Mapping

from rewardsvc.formats.azure_pipelines.pipeline import AzurePipeline
from rewardsvc.formats.azure_pipelines.units import EXPRESSION
from rewardsvc.types import Diagnostic

_MANY = 1_000
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("always", "canceled"), (0, 0)),
    **dict.fromkeys(("failed", "succeeded", "succeededorfailed"), (0, _MANY)),
    **dict.fromkeys(("converttojson", "length", "lower", "not", "trim"), (1, 1)),
    **dict.fromkeys(("if", "elseif", "upper"), (1, 1)),
    **dict.fromkeys(("format", "in", "notin"), (1, _MANY)),
    **dict.fromkeys(("contains", "containsvalue", "endswith", "eq", "ge", "gt"), (2, 2)),
    **dict.fromkeys(("join", "le", "lt", "ne", "split", "startswith", "xor"), (2, 2)),
    **dict.fromkeys(("and", "coalesce", "or"), (2, _MANY)),
    **dict.fromkeys(("iif", "replace"), (3, 3)),
    "counter": (0, 2),
}
"""How many arguments each takes (learn.microsoft.com, "Expressions", as of November 2025)."""

_TOKEN = re.compile(r"'(?:[^']|'')*'|(?P<name>[A-Za-z_]\w*)(?P<call>\()?|(?P<sign>[(),\[\]\"])|\S")


def functions(pipeline: AzurePipeline) -> Iterator[Diagnostic]:
    """Conditions and template expressions call functions that there are, with enough arguments."""
    for path, text in pipeline.conditions:
        if words := problem_of(text):
            yield pipeline.problem("function", f"{words}, in {text}", (*path, "condition"))
    for line, text in enumerate(pipeline.source.file.text.split("\n"), 1):
        if "${{" not in text:
            continue
        for match in EXPRESSION.finditer(text):
            if "#" in text[: match.start()]:
                break  # may be a comment
            if words := problem_of(match[0][3:-2]):
                said = f"{words}, in {match[0][:200]}"
                yield Diagnostic("error", said, "function", pipeline.source.file.path, line)


def problem_of(code: str) -> str:
    """What is wrong with the calls of an expression, "" where nothing is."""
    open_calls: list[tuple[str, int, bool]] = []  # name, commas, whether anything stands in it
    for token in _TOKEN.finditer(code):
        sign = token["sign"]
        if sign == '"':
            return "texts stand in single quotes"
        if open_calls and sign not in {")", "]"}:
            name, commas, _ = open_calls[-1]
            open_calls[-1] = (name, commas + (sign == ","), True)
        if token["call"]:
            if token["name"].lower() not in FUNCTIONS:
                return f"there is no function {token['name']}"
            open_calls.append((token["name"], 0, False))
        elif sign in {"(", "["}:
            open_calls.append(("", 0, False))
        elif sign in {")", "]"} and open_calls:
            name, commas, filled = open_calls.pop()
            count = commas + filled
            least, most = FUNCTIONS.get(name.lower(), (0, _MANY))
            if name and not least <= count <= most:
                return f"{name} takes {_numbered(least, most)}, not {count}"
    return ""


def _numbered(least: int, most: int) -> str:
    if most == _MANY:
        return f"{least} arguments or more"
    return "no arguments" if most == 0 else f"{most} argument{'s' * (most > 1)}"
