"""Asks the tools, then the judges: examples in, judgements out. Nothing that was paid for is lost.

A judge is asked blind by default: it sees neither what the tools found nor the reference. With
them it could do well by repeating what it reads.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rewardsvc.artifact import Artifact
from rewardsvc.audit.calibration.examples import Example, Truth, truth_of
from rewardsvc.errors import RewardServiceError
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.judge import Case
from rewardsvc.judge.base import STAGE
from rewardsvc.judge.panel import Compared, Panel
from rewardsvc.judge.votes import Vote
from rewardsvc.llm.paid import seen_through
from rewardsvc.scorer import Scorer
from rewardsvc.types import Stage, Verdict
from rewardsvc.wire.text import clean_text

_MISSING_IN_A_ROW = 20
"""Judgements that are missing one after the other, after which the judge is given up."""

_UNDER_WAY = 64
"""Completions handed to the scorer at once; it decides itself how many it works on."""

T = TypeVar("T")
R = TypeVar("R")


class JudgeGivenUp(RewardServiceError):
    """Nothing comes from the judge; the message says why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One example with what the tools and each judge said. ``length``: characters of its files."""

    example: Example
    truth: Truth
    length: int
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True)
class RatedPair:
    """A good and a bad answer to one task, and what each judge said: the good one is "first"."""

    good: Example
    bad: Example
    compared: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the tools found out: the truths by id, the stages, and how many say nothing."""

    truths: Mapping[str, Truth]
    stages: Mapping[str, tuple[Stage, ...]]
    unscored: int
    undecided: int


async def score(examples: Sequence[Example], scorer: Scorer, done: Callable[[], None]) -> Known:
    """Have the tools decide which examples are good.

    Raises:
        rewardsvc.errors.RewardServiceError: the scorer cannot be used.
    """

    async def one(example: Example) -> tuple[Example, Verdict]:
        (verdict,) = await scorer.score([example.request])
        return example, verdict

    verdicts = await _each(examples, one, _UNDER_WAY, done)
    truths = {
        example.id: truth
        for example, verdict in verdicts
        if (truth := truth_of(example, verdict)) is not None
    }
    unscored = sum(verdict.components is None for _, verdict in verdicts)
    return Known(
        truths,
        {example.id: verdict.stages for example, verdict in verdicts},
        unscored,
        len(examples) - len(truths) - unscored,
    )


class Measuring:
    """Asks one panel. ``findings`` and ``references``: whether it is shown them."""

    def __init__(
        self,
        panel: Panel,
        known: Known,
        references: Mapping[str, str],
        *,
        findings: bool,
        in_flight: int,
    ) -> None:
        """``references`` are completions by group; none is shown where there is none."""
        self._panel = panel
        self._known = known
        self._references = references
        self._findings = findings
        self._in_flight = in_flight
        self._missing = 0

    async def judge(self, examples: Sequence[Example], done: Callable[[], None]) -> list[Judged]:
        """Have each example rated whose truth is known.

        Raises:
            JudgeGivenUp: nothing comes from the judges.
        """

        async def one(example: Example) -> Judged:
            case = self._case(example)
            votes = await seen_through(self._panel.votes(case))
            self._answered([vote.missing for vote in votes])
            length = sum(len(file.text) for file in case.artifact.files)
            return Judged(example, self._known.truths[example.id], length, votes)

        decided = [example for example in examples if example.id in self._known.truths]
        return await _each(decided, one, self._in_flight, done)

    async def compare(
        self, pairs: Sequence[tuple[Example, Example]], done: Callable[[], None]
    ) -> list[RatedPair]:
        """Have each pair of a good and a bad answer compared in both orders.

        Raises:
            JudgeGivenUp: nothing comes from the judges.
        """

        async def one(pair: tuple[Example, Example]) -> RatedPair:
            good, bad = pair
            # What the tools found belongs to one of the two: neither's is shown.
            case = self._case(good, findings=False)
            compared = await seen_through(self._panel.compare(case, _artifact(bad)))
            self._answered([each.missing for each in compared])
            return RatedPair(good, bad, compared)

        return await _each(pairs, one, max(1, self._in_flight // 2), done)

    def _case(self, example: Example, *, findings: bool = True) -> Case:
        shown = findings and self._findings
        found = self._known.stages[example.id] if shown else ()
        stages = tuple(stage for stage in found if stage.name != STAGE)
        reference = self._references.get(example.group)
        return Case(
            example.task,
            _artifact(example),
            stages,
            _files(example, reference) if reference else None,
        )

    def _answered(self, missing: Sequence[str]) -> None:
        if not all(missing):
            self._missing = 0
            return
        self._missing += 1
        if self._missing >= _MISSING_IN_A_ROW:
            raise JudgeGivenUp(
                f"{self._missing} judgements in a row are missing, the last because: {missing[0]}"
            )


async def _each(
    items: Sequence[T],
    work: Callable[[T], Awaitable[R]],
    at_once: int,
    done: Callable[[], None],
) -> list[R]:
    """The results in the order of the items; the first error ends the others."""
    slots = asyncio.Semaphore(at_once)

    async def one(item: T) -> R:
        async with slots:
            result = await work(item)
        done()
        return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]


def _artifact(example: Example) -> Artifact:
    found = _files(example, example.completion)
    assert found is not None  # an example without a file has no truth
    return found


def _files(example: Example, completion: str) -> Artifact | None:
    verifier = FORMATS[example.task.format].verifier
    return extract(clean_text(completion), example.task, verifier).artifact
