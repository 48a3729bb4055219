"""One mistake costs once: what a later stage says of a place that an earlier one refused.

Schemas, tools and rules look at one file, each for itself, and a key that is mistyped is a key too
many to one and a lack to another. Each objection accounts for one later one that is about the same
value, about what holds it or about what is in it, or held against one of these; that one is still
shown and costs nothing. One for one, so that a file with a mistake more never costs less.
"""

from collections.abc import Sequence
from dataclasses import replace

from rewardsvc.types import Diagnostic

MAX_COMPARED = 200
"""Objections of each side that are held together; beyond, credit is next to nothing anyway."""


def not_said(found: Sequence[Diagnostic], *before: Diagnostic) -> list[Diagnostic]:
    """The findings, those as infos that an objection from before accounts for.

    Exact places are matched first, then the nearest. Findings without a place stay as they are.
    """
    reasons = [each for each in before if each.severity == "error" and each.places][:MAX_COMPARED]
    costing = [
        number for number, each in enumerate(found) if each.severity != "info" and each.places
    ][:MAX_COMPARED]
    pairs = sorted(
        (distance, number, index)
        for number in costing
        for index, reason in enumerate(reasons)
        if (distance := _between(found[number], reason)) is not None
    )
    told: set[int] = set()
    used: set[int] = set()
    for _, number, index in pairs:
        if number not in told and index not in used:
            told.add(number)
            used.add(index)
    return [
        replace(each, severity="info") if number in told else each
        for number, each in enumerate(found)
    ]


def _between(found: Diagnostic, reason: Diagnostic) -> int | None:
    """How many steps lie between two places of which one holds the other; None of all others.

    A finding has the places of what it is held against as well.
    """
    steps: list[int] = []
    for place in found.places:
        short, long = sorted((place, reason.places[0]), key=len)
        if long[: len(short)] == short:
            steps.append(len(long) - len(short))
    return min(steps, default=None)
