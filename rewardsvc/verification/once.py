"""One mistake costs once: what a later stage says of a place that an earlier one refused.

Schemas, tools and rules look at one file, each for itself, and a key that is mistyped is a key too
many to one and a lack to another. Each objection accounts for one later one that is about the same
value, about what holds it or about what is in it, or held against one of these; that one is still
shown and costs nothing. One for one: an objection accounts for one finding of each later kind (a
rule, a reference, a linter), since a key that is mistyped may bring on one of each.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from rewardsvc.types import Diagnostic

MAX_COMPARED = 50
"""Objections of each side that are held together; beyond, credit is next to nothing anyway."""


def not_said(found: Sequence[Diagnostic], *before: Diagnostic) -> list[Diagnostic]:
    """The findings, those as infos that an objection from before accounts for.

    Exact places are matched first, then the nearest. Findings without a place stay as they are.
    """
    return _matched(found, before)[0]


def each_once(*stages: Sequence[Diagnostic]) -> list[list[Diagnostic]]:
    """The findings of stages in their order, those as infos that one of an earlier stage accounts
    for; of each error that is left, at most one later finding of all stages."""
    free: list[Diagnostic] = []
    told: list[list[Diagnostic]] = []
    for found in stages:
        shown, used = _matched(found, free)
        free = [each for number, each in enumerate(free) if number not in used]
        free += [each for each in shown if each.severity == "error"]
        told.append(shown)
    return told


def _matched(
    found: Sequence[Diagnostic], before: Sequence[Diagnostic]
) -> tuple[list[Diagnostic], set[int]]:
    """The findings as :func:`not_said` gives them, and which of those before were taken."""
    objections = {
        number: each
        for number, each in enumerate(before)
        if each.severity == "error" and each.places
    }
    reasons = list(islice(objections.items(), MAX_COMPARED))
    costing = [
        number for number, each in enumerate(found) if each.severity != "info" and each.places
    ][:MAX_COMPARED]
    pairs = sorted(
        (distance, number, index)
        for number in costing
        for index, reason in reasons
        if (distance := _between(found[number], reason)) is not None
    )
    told: set[int] = set()
    used: set[int] = set()
    for _, number, index in pairs:
        if number not in told and index not in used:
            told.add(number)
            used.add(index)
    shown = [
        replace(each, severity="info") if number in told else each
        for number, each in enumerate(found)
    ]
    return shown, used


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
