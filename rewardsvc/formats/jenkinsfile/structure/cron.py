"""Jenkins' schedules: five fields, ``H`` for a hash, or ``@daily`` (jenkins core, crontab.g)."""

import re
from itertools import starmap

_ALIASES = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_TERM = re.compile(
    r"(?:\*|(?P<one>\d{1,9})|(?P<first>\d{1,9})-(?P<last>\d{1,9})"
    r"|H(?:\((?P<low>\d{1,9})-(?P<high>\d{1,9})\))?)(?:/(?P<step>\d{1,9}))?"
)


def is_cron(text: str) -> bool:
    """Whether Jenkins can read a schedule: a line each, blank ones and comments between."""
    lines = [line.strip() for line in text.splitlines()]
    if lines and lines[0].startswith("TZ="):
        lines = lines[1:]
    return all(_is_line(line) for line in lines if line and not line.startswith("#"))


def _is_line(line: str) -> bool:
    if line.startswith("@"):
        return line in _ALIASES
    fields = line.split()
    return len(fields) == len(_RANGES) and all(
        starmap(_is_field, zip(fields, _RANGES, strict=True))
    )


def _is_field(field: str, bounds: tuple[int, int]) -> bool:
    least, most = bounds
    for term in field.split(","):
        match = _TERM.fullmatch(term)
        if match is None or (match["one"] and match["step"]) or match["step"] == "0":
            return False
        given = [match[name] for name in ("one", "first", "last", "low", "high")]
        numbers = [int(number) for number in given if number]
        if any(not least <= number <= most for number in numbers) or numbers != sorted(numbers):
            return False
    return True
