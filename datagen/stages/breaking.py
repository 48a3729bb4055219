"""Makes a repair of a task whose answer is known: a wrong file, what is wrong with it, a request.

The verdict of the wrong answer is below that of the right one, or it is no repair. What the tools
say of it is what the one who asks has seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from pydantic import TypeAdapter

from datagen.errors import StageFault
from datagen.mistakes import Mistake, mistakes_in
from datagen.record import Attempt, Outcome, Record
from datagen.stages.base import SCORING, SYSTEMATIC, digest_of
from datagen.topic import with_paths
from rewardsvc.extract import render_answer
from rewardsvc.formats import FORMATS
from rewardsvc.scorer import Scorer
from rewardsvc.types import FailureKind, ScoreRequest, Status, Verdict
from rewardsvc.wire.json import request_to_json

_VERSION = 1
_TRIES = 6
"""Mistakes that are tried, until the tools mind one."""
_UNTOLD = 1 / 3
"""Of the mistakes that no tool speaks of, the share of which a request says nothing either."""
_MOST_SAID = 3
"""Diagnostics that a request quotes."""
_CHECKS = "checks"
"""The stage whose diagnostics are our own: what does not hold is told in words."""


@dataclass(frozen=True, slots=True)
class BrokenAnswer:
    """A mistake that costs something. ``said``: the tools' words; ``missed``: what does not hold.

    ``mistake`` is None where the tools minded none.
    """

    mistake: Mistake | None
    reward: float = 1.0
    said: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


class Breaking:
    """The stage ``break``: a :class:`RecordStage` that makes a task of one that has an answer."""

    name = "break"
    written = TypeAdapter(BrokenAnswer)
    paid = False
    retries = SCORING

    def __init__(self, scorer: Scorer, seed: int) -> None:
        self._scorer = scorer
        self._seed = seed

    def takes(self, record: Record) -> bool:
        """What has a reference, and no answer yet."""
        return record.outcome is Outcome.ACCEPTED and not record.completion

    def digest(self, record: Record) -> str:
        """Of the request that the right answer would be, and of the seed."""
        request = ScoreRequest(id=record.id, task=record.task, completion=record.reference)
        return digest_of(_VERSION, self._seed, request_to_json(request))

    def subject(self, record: Record) -> Record:
        """The record itself."""
        return record

    async def run(self, record: Record) -> BrokenAnswer:
        """The first mistake that the tools mind.

        Raises:
            StageFault: one could not be scored.
            rewardsvc.errors.RewardServiceError: the scorer cannot be used.
        """
        seed = f"{self._seed}/{record.id}"
        right = await self._verdict(record, record.reference)
        for mistake in islice(mistakes_in(record.task, record.reference, seed), _TRIES):
            wrong = await self._verdict(record, _completion(record, mistake))
            components = wrong.components
            if components is None or wrong.reward is None:
                continue  # it leans on what is not here: no mistake to mend
            if min(components.syntax, components.correctness) < 1.0:
                return BrokenAnswer(mistake, wrong.reward, *_words(wrong, right))
        return BrokenAnswer(None)

    async def _verdict(self, record: Record, completion: str) -> Verdict:
        """SCORED, or UNSCORED by the answer's choice."""
        request = ScoreRequest(id=record.id, task=record.task, completion=completion)
        (verdict,) = await self._scorer.score([request])
        if verdict.status is Status.UNSCORED and not verdict.chosen:
            kind = verdict.failure_kind or FailureKind.INTERNAL
            raise StageFault(f"{kind.value}: {verdict.failure_reason}", missing=kind in SYSTEMATIC)
        return verdict

    def applied(self, record: Record, result: BrokenAnswer) -> Record:
        """The record as a repair, answered with its reference; rejected where nothing broke it."""
        broken = record.with_result(self.name, result)
        mistake = result.mistake
        if mistake is None:
            return broken.rejected("the tools mind none of the mistakes that were tried")
        task = record.task
        wrong = with_paths(task.format, dict(mistake.files))
        instruction = worded(task.instruction, result, Random(f"{self._seed}/{record.id}/words"))
        return replace(
            broken,
            task=replace(
                task,
                instruction=instruction,
                input="\n\n".join(filter(None, (task.input, wrong))),
            ),
            completion=record.reference,
            attempts=(
                Attempt(
                    instruction=instruction,
                    completion=_completion(record, mistake),
                    reason=_first(result),
                    diagnostics=result.said,
                    reward=result.reward,
                ),
            ),
            provenance={
                **record.provenance,
                "repair": {"mistake": mistake.kind, "reward": result.reward},
            },
        )


def worded(asked: str, broken: BrokenAnswer, rng: Random) -> str:
    """A request to mend what was made for a request. Pure.

    It quotes the first request, for what a file must hold cannot be guessed from a wrong one.
    """
    asked = asked.strip()
    symptom = _symptom(broken)
    untold = not broken.said and rng.random() < _UNTOLD
    if untold or not symptom:
        return rng.choice(_WITHOUT_SYMPTOM).format(asked=asked)
    return rng.choice(_WITH_SYMPTOM).format(asked=asked, symptom=symptom)


_WITH_SYMPTOM = (
    "{asked}\n\nSomebody began it; the result is below. It fails:\n{symptom}\nGive the mended"
    " result, whole.",
    "Fix what is below. It was written for this request:\n\n{asked}\n\nWhat goes wrong:\n{symptom}",
    "What we have (below) does not pass:\n{symptom}\n\nIt should do this. {asked}\n\nSend it back"
    " complete, with as little changed as it takes.",
    "Ticket: broken after the last edit.\n\nSeen:\n{symptom}\n\nWanted, as in the first ticket:"
    "\n{asked}\n\nThe present state is below; answer with the corrected one.",
    "Why does this fail, and what is right? Only the corrected result, please.\n{symptom}\n\nThe"
    " request was: {asked}",
    "Review found this in the change below:\n{symptom}\n\nCorrect it. The change is to do the"
    " following. {asked}",
)
_WITHOUT_SYMPTOM = (
    "{asked}\n\nThe attempt below does not do all of that. Find what is wrong and give the whole,"
    " corrected.",
    "Compare what is below with the request, and give it back corrected.\n\nRequest: {asked}",
    "Something in the state below differs from what was asked for. Mend it.\n\nAsked for: {asked}",
)


def _symptom(broken: BrokenAnswer) -> str:
    """What the one who asks has seen, a line each; "" where there is nothing to see."""
    missed = [f"not so: {each}" for each in broken.missed[:1]]
    said = broken.said[: _MOST_SAID - len(missed)]
    return "\n".join(f"- {each}" for each in (*said, *missed))


def _first(broken: BrokenAnswer) -> str:
    return next(iter((*broken.said, *broken.missed)), "not what was asked for")


def _words(wrong: Verdict, right: Verdict) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the tools said of the wrong answer and not of the right one, and what checks do not
    hold, as their descriptions."""
    usual = {message for _, message, _ in _found(right)}
    said: list[str] = []
    missed: list[str] = []
    for stage, message, line in _found(wrong):
        if stage == _CHECKS:
            missed.append(message.partition(": expected")[0])
        elif message not in usual:
            said.append(f"line {line}: {message}" if line else message)
    return tuple(dict.fromkeys(said)), tuple(dict.fromkeys(missed))


def _found(verdict: Verdict) -> Iterator[tuple[str, str, int]]:
    """Stage, message on one line, and line of each error and warning."""
    for stage in verdict.stages:
        for found in stage.diagnostics:
            if found.severity != "info":
                yield stage.name, " ".join(found.message.split()), found.line


def _completion(record: Record, mistake: Mistake) -> str:
    """The wrong answer as one would give it."""
    format = FORMATS[record.task.format]
    several: Sequence[str] = record.task.files
    default = "." if several else format.verifier.default_path
    return render_answer(dict(mistake.files), format.fence, default=default)
