"""Moments as RFC 3339 has them, moved as Go's ``time`` moves them. Pure.

https://pkg.go.dev/time: ``Parse`` with the layout RFC3339, ``AddDate``, ``ParseDuration``.
"""

import re
from datetime import datetime, timedelta, timezone
from fractions import Fraction

_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS = {
    "ns": 1,
    "us": 1000,
    "µs": 1000,
    "μs": 1000,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
LONGEST = 64
"""Letters of a moment or a duration that are read; the longest that says something has 40."""


def moment(text: str) -> datetime | None:
    """The moment that a text names, to the second; None where it names none."""
    found = _MOMENT.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[at]) for at in range(1, 7))
    away = timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    try:
        zone = timezone(-away if found[7] == "-" else away)
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def written(when: datetime) -> str:
    """A moment as RFC 3339 has it."""
    away = when.utcoffset()
    text = when.replace(microsecond=0, tzinfo=None).isoformat()
    return f"{text}Z" if not away else when.replace(microsecond=0).isoformat()


def moved(
    when: datetime, *, years: int = 0, months: int = 0, days: int = 0, seconds: int = 0
) -> datetime:
    """A moment so much later. A day that its month does not have is one of the next.

    Raises:
        OverflowError, ValueError: it is beyond the years 1 to 9999.
    """
    months += when.month - 1
    year, month = when.year + years + months // 12, months % 12 + 1
    first = when.replace(year=year, month=month, day=1)
    return first + timedelta(days=when.day - 1 + days, seconds=seconds)


def nanoseconds(text: str) -> int | None:
    """How long a duration such as ``1h30m`` is, None where a text is none."""
    sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    parts = _PART.findall(rest) if len(rest) <= LONGEST else []
    if not parts or "".join(number + unit for number, unit in parts) != rest:
        return None
    total = sum(Fraction(number) * _UNITS[unit] for number, unit in parts)
    return sign * int(total) if total < 1 << 63 else None
