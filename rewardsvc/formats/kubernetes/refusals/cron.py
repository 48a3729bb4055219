"""Schedules of CronJobs, as github.com/robfig/cron/v3 ``ParseStandard`` reads them."""

import re
from collections.abc import Mapping

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_MACROS = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)
_EVERY = re.compile(r"@every (?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+")
MAX_CHARACTERS = 1000


def unreadable(schedule: str) -> str:
    """Why a schedule cannot be read, "" where it can."""
    if len(schedule) > MAX_CHARACTERS:
        return "it is too long for a schedule"
    if "TZ" in schedule:
        return "a time zone stands in timeZone, not in the schedule"
    if schedule.startswith("@"):
        known = schedule in _MACROS or _EVERY.fullmatch(schedule)
        return "" if known else f"{schedule!r} is no schedule that has a name"
    parts = schedule.split()
    if len(parts) != len(_FIELDS):
        return f"{schedule!r} has {len(parts)} fields instead of {len(_FIELDS)}"
    for part, (what, least, most, names) in zip(parts, _FIELDS, strict=True):
        for expression in filter(None, part.split(",")):
            if not _reads(expression, least, most, names):
                return f"{expression!r} is no {what}, which goes from {least} to {most}"
    return ""


def _reads(expression: str, least: int, most: int, names: Mapping[str, int]) -> bool:
    span, slash, step = expression.partition("/")
    if slash and not (step.isascii() and step.isdecimal() and int(step) > 0):
        return False
    if span in {"*", "?"}:
        return True
    first, dash, last = span.partition("-")
    start = _value(first, names)
    end = _value(last, names) if dash else start
    return start is not None and end is not None and least <= start <= end <= most


def _value(text: str, names: Mapping[str, int]) -> int | None:
    if text.lower() in names:
        return names[text.lower()]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else None
