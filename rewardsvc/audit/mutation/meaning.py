"""Which mutants must be caught: those that change what the instruction asks for. Pure.

A mutant counts unless

- it is *equivalent*: what the verifier derives from it is equal to what it derives from the
  reference (``projection`` of :class:`rewardsvc.audit.mutation.mutations.Mutations`), or
- it is *free*: it changes a value that the instruction and the input leave open.

Free is decided by words: a change of kind drop-attribute or change-… counts where what is lost
stands in the instruction or the input, in whatever rendering (``512Mi`` and 512 MiB, 3 and three,
3600 and one hour, a cron line and "daily"). The other kinds are never free, and so is nothing
that takes a switch, a reference or a step of the work along: nobody asks for a switch to be off,
a reference to lead nowhere or a permission to be wider by not mentioning it.
The rule errs to the side of counting: a number that the instruction names for something else
counts as named. docs/mutation.md gives the reasons.
"""

import re
from enum import StrEnum
from functools import lru_cache

from rewardsvc.audit.mutation.mutant import ALWAYS_COUNTED, Mutant
from rewardsvc.types import Task

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty",
)  # fmt: skip
_TENS = {30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}  # fmt: skip  # noqa: E501
_UNITS = ((60, "min"), (3600, "h"), (86400, "day"), (604800, "week"), (1024, "[kgt]"))
_CRON = re.compile(r"(?:\S+\s+){4}\S+")
_SCHEDULED = re.compile(r"schedul|cron|daily|every|hourly|weekly|monthly|nightly")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s?([kmgtp])i?b?")
_DURATION = re.compile(r"(\d+)\s?(s|m|h|d|ms|sec|secs|seconds|min|minutes|hours?|days?|weeks?)")
_SHORT = {"s": "s", "m": "min", "h": "h", "d": "day"}


class Meaning(StrEnum):
    """Whether a mutant that is not equivalent has to be caught."""

    COUNTED = "counted"
    FREE = "free"


def meaning_of(mutant: Mutant, task: Task) -> Meaning:
    """Whether the task says anything about what the mutant changes."""
    if mutant.kind in ALWAYS_COUNTED or mutant.vital:
        return Meaning.COUNTED
    said = f"{task.instruction}\n{task.input}".lower()
    return Meaning.COUNTED if any(named(each, said) for each in mutant.lost) else Meaning.FREE


def named(value: str, said: str) -> bool:
    """Whether a text in lower case names a value, in any of the ways that people write it."""
    value = value.strip().lower()
    if not value:
        return False
    if not any(map(str.isalnum, value)):  # `.` and `*` stand everywhere: only where quoted
        return any(f"{quote}{value}{quote}" in said for quote in "`'\"")
    if any(_stands(re.escape(form), said) for form in _forms(value)):
        return True
    if _CRON.fullmatch(value) and value.count("*") and _SCHEDULED.search(said):
        return True
    return any(_stands(pattern, said) for pattern in _patterns(value))


@lru_cache(maxsize=4096)
def _finder(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){pattern}(?![\w-]|\.\w)")


def _stands(pattern: str, said: str) -> bool:
    return _finder(pattern).search(said) is not None


def _forms(value: str) -> tuple[str, ...]:
    """The value as it is, and words that mean the same."""
    words = re.sub(r"[_-]+", " ", value)
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
    if number is None:
        return (value, words) if words != value and words.strip() else (value,)
    forms = [value, f"{number:,}"]
    if number < len(_ONES):
        forms.append(_ONES[number])
    elif number in _TENS:
        forms.append(_TENS[number])
    return tuple(forms)


def _patterns(value: str) -> list[str]:
    """Expressions for the value in another unit."""
    found = []
    if value.isascii() and value.isdigit() and len(value) < 16:
        number = int(value)
        for size, unit in _UNITS:
            if number >= size and number % size == 0:
                found.append(rf"{_number(number // size)}[\s-]?{unit}\w*")
    elif match := _SIZE.fullmatch(value):
        found.append(rf"{_number(match[1])}\s?{match[2]}i?b?(?:ytes)?")
    elif match := _DURATION.fullmatch(value):
        found.append(rf"{_number(match[1])}[\s-]?{_SHORT.get(match[2], match[2][:3])}\w*")
    if re.fullmatch(r"0\.\d+", value):
        found.append(rf"{round(float(value) * 100)}\s?(?:%|percent)")
    if match := re.fullmatch(r"(\d+)m", value):  # millicores
        found.append(re.escape(f"{int(match[1]) / 1000:g}"))
    if match := re.fullmatch(r"(\d+)%", value):
        found.append(rf"{match[1]}\s?percent")
    return found


def _number(value: int | str) -> str:
    number = str(value)
    if number.isdigit() and int(number) < len(_ONES):
        return rf"(?:{number}|{_ONES[int(number)]}{'|an?' if number == '1' else ''})"
    return re.escape(number)
