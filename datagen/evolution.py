"""New tasks out of verified pairs: operators as declarations, and what each must change. Pure.

Self-instruct (Wang et al. 2023, arXiv 2212.10560) asks a model for a new instruction beside a few
of the pool; Evol-Instruct (Xu et al. 2023, arXiv 2304.12244) has one instruction made harder, step
by step. Both filter by what the new text shares with the old; here tools and checks judge the
answer besides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class AnswerLength(StrEnum):
    """How long an answer must be beside that of its (first) parent, in lines that are not blank."""

    ANY = "any"
    LONGER = "longer"
    SHORTER = "shorter"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvolveOperator:
    """One way to make a task of others.

    ``prompt``: what a model is told to do. ``parents``: pairs that it is shown. ``keeps``: whether
    what the parent's instruction asks for is asked for in the new one, too, so that its checks
    hold. ``least`` and ``most``: checks that come with the answer. ``length``: of the answer.
    """

    name: str
    prompt: str
    parents: int = 1
    keeps: bool = True
    least: int = 1
    most: int = 3
    length: AnswerLength = AnswerLength.ANY


OPERATORS: tuple[EvolveOperator, ...] = (
    EvolveOperator(
        name="add-constraint",
        prompt="Make a new pair of this one by adding requirements that it does not have: about "
        "security, resources, availability, cost or operation. All else stays asked for.",
        length=AnswerLength.LONGER,
    ),
    EvolveOperator(
        name="deepen",
        prompt="Make a new pair of this one that takes deeper knowledge of the tool: ask for a "
        "feature that builds on what is there and that few use. All else stays asked for.",
        length=AnswerLength.LONGER,
    ),
    EvolveOperator(
        name="concretize",
        prompt="Make a new pair of this one by replacing what it leaves open with concrete, "
        "unusual values: names, sizes, limits, times that it now leaves to defaults. All that it "
        "asks for stays asked for.",
    ),
    EvolveOperator(
        name="combine",
        prompt="Make one new pair of these two: one instruction whose answer does what both do, "
        "joined where one needs the other, with values of its own.",
        parents=2,
        keeps=False,
        least=2,
        most=8,
        length=AnswerLength.LONGER,
    ),
    EvolveOperator(
        name="simplify",
        prompt="Make a new pair of this one that asks for its core alone: fewer requirements, a "
        "shorter answer, values of its own.",
        keeps=False,
        most=8,
        length=AnswerLength.SHORTER,
    ),
    EvolveOperator(
        name="invent",
        prompt="These pairs show what is asked for. Write a new one of the same kind and level "
        "about something that none of them is about, with values of its own.",
        parents=3,
        keeps=False,
        least=2,
        most=8,
    ),
)
"""``invent`` is self-instruct's, the others are Evol-Instruct's."""


@dataclass(frozen=True, slots=True)
class ParentPair:
    """A verified pair that something is made of."""

    id: str
    instruction: str
    output: str


@dataclass(frozen=True, slots=True)
class Evolution:
    """What a record is made of, and how."""

    operator: EvolveOperator
    parents: tuple[ParentPair, ...]


def unchanged(evolution: Evolution, answer: str, checks: int) -> str:
    """What of a new pair is not as its operator wants it; "" where all is.

    Args:
        evolution: what it is made of.
        answer: a completion, with fences as its parents have them.
        checks: that came with it.
    """
    operator, first = evolution.operator, evolution.parents[0]
    if checks < operator.least:
        return (
            f"{operator.name}: {checks} checks came with it, at least {operator.least} are needed"
        )
    if any(answer.split() == each.output.split() for each in evolution.parents):
        return f"{operator.name}: the answer is a parent's"
    before, after = _lines(first.output), _lines(answer)
    if operator.length is AnswerLength.LONGER and after <= before:
        return f"{operator.name}: {after} lines, no more than the parent's {before}"
    if operator.length is AnswerLength.SHORTER and after >= before:
        return f"{operator.name}: {after} lines, no fewer than the parent's {before}"
    return ""


def operators_named(names: Sequence[str]) -> tuple[EvolveOperator, ...]:
    """Those with these names, in the order of :data:`OPERATORS`; all where none is named.

    Raises:
        KeyError: there is none of a name; that name is its argument.
    """
    known = {each.name for each in OPERATORS}
    for name in names:
        if name not in known:
            raise KeyError(name)
    return tuple(each for each in OPERATORS if not names or each.name in names)


def _lines(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip())
