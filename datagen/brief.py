"""What an instruction must say: a goal and needs, each with the checks that pin it.

A need carries its wording and its checks together, so that no check pins what the instruction
does not say. Values are marked where they stand in a phrase (:func:`lit`, :func:`num`,
:func:`size`): ``datagen.phrasing`` varies their look and can tell whether somebody else's wording
still says each of them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rewardsvc.types import Check

OPEN, CLOSE = "\ue000", "\ue001"  # private-use characters: they occur in no phrase
MARK = re.compile(f"{OPEN}(.)([^{CLOSE}]*){CLOSE}")
"""A marked value: its kind (l, n or s) and the value."""


def lit(value: str) -> str:
    """A name, path, image or other literal that must be taken over letter by letter."""
    return f"{OPEN}l{value}{CLOSE}"


def lits(values: Sequence[str], conjunction: str = "and") -> str:
    """Several literals: ``a``, ``a and b``, ``a, b and c``."""
    marked = [lit(value) for value in values]
    if len(marked) < 2:
        return "".join(marked)
    return f"{', '.join(marked[:-1])} {conjunction} {marked[-1]}"


def num(value: int) -> str:
    """A count, in digits or, up to twelve, in words."""
    return f"{OPEN}n{value}{CLOSE}"


def size(value: str) -> str:
    """A Kubernetes quantity such as ``16Gi``, written so or as ``16 GiB``."""
    return f"{OPEN}s{value}{CLOSE}"


def plain(phrase: str) -> str:
    """A phrase without its marks."""
    return MARK.sub(r"\2", phrase)


@dataclass(frozen=True, slots=True)
class Need:
    """One requirement: a short note, sentences (no full stop) that say the same, its checks."""

    note: str
    sentences: tuple[str, ...]
    pins: tuple[Check, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """The pins; one without a description of its own is described by the note."""
        said = plain(self.note)
        return tuple(
            pin if pin.description else replace(pin, description=said) for pin in self.pins
        )


@dataclass(frozen=True, slots=True)
class Brief:
    """All that an instruction must say. The goal's sentences are noun phrases ("a Role …")."""

    goal: Need
    needs: tuple[Need, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks that pin the whole of it."""
        return tuple(check for need in (self.goal, *self.needs) for check in need.checks)


def need(note: str, *sentences: str, pins: Iterable[Check] = ()) -> Need:
    """A requirement; without sentences, the note is one."""
    return Need(note, sentences or (note[0].upper() + note[1:],), tuple(pins))
