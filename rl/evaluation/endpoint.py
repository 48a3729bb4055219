"""Asks a model behind an API for its answers, each kept before it is scored.

::

    question ─► journal: asked ─► Asker ─► raw body ─► journal: answered ─► text ─► scorer ─► file

What the journal has is not asked again, what the file has is not scored again. A question that got
no answer, or none that can be read, is missing: it counts nowhere, and the next start asks it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rewardsvc.llm import (
    Asker,
    ModelError,
    ModelName,
    ModelNotSetUp,
    ModelRefused,
    ModelText,
    Question,
    RateLimit,
    TextModel,
    Unusable,
    open_model,
    retries_of,
)
from rewardsvc.llm.paid import seen_through
from rewardsvc.progress import Advance
from rewardsvc.tasks import TaskRow
from rewardsvc.types import FailureKind, Fault, ScoreRequest, Verdict
from rl.data import Message
from rl.errors import EndpointFailed
from rl.evaluation.answers import AnswerCost, Evaluated, answer_to_json, evaluated
from rl.evaluation.journal import AnswerJournal, AnswerKey, KeptAnswer, key_of
from rl.reward.scoring import RULE, ScoringThread

_SCORED_AT_ONCE = 32

_REFUSED_IN_A_ROW = 5
"""Without an answer between them: then it is not the question that is refused."""


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """How a model's service is asked. ``seconds``: for one answer."""

    concurrency: int = 8
    requests_per_minute: int | None = None
    retries: int = 5
    seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class AskedModel:
    """A model, and how it is asked. ``temperature``: None sends none, for models that take none."""

    name: ModelName
    temperature: float | None
    max_output_tokens: int


def question_of(conversation: Sequence[Message], max_output_tokens: int) -> Question:
    """A conversation as a question for text. Pure."""
    system = "\n\n".join(each["content"] for each in conversation if each["role"] == "system")
    *earlier, asked = [each["content"] for each in conversation if each["role"] != "system"]
    turns = tuple(zip(earlier[::2], earlier[1::2], strict=True))
    return Question(system, asked, "answer", None, max_output_tokens, turns)


class EndpointEvaluation:
    """Answers of one model behind an API, for one event loop.

    Args:
        asked: the model.
        conversation: how a task is put to it.
        journal: what was paid for.
        scoring: who scores.
        deadline_seconds: for one verdict; what is late is UNSCORED.
        limits: how its service is asked.
    """

    def __init__(
        self,
        asked: AskedModel,
        conversation: Callable[[TaskRow], Sequence[Message]],
        journal: AnswerJournal,
        scoring: ScoringThread,
        *,
        deadline_seconds: float,
        limits: EndpointLimits,
    ) -> None:
        self._asked = asked
        self._conversation = conversation
        self._journal = journal
        self._scoring = scoring
        self._deadline_seconds = deadline_seconds
        self._limits = limits
        self._asking = asyncio.Semaphore(limits.concurrency)
        self._scoring_places = asyncio.Semaphore(_SCORED_AT_ONCE)
        self._refused = 0
        self.missing: Counter[str] = Counter()
        """Why questions have no answer, and how many."""

    async def run(
        self, wanted: Sequence[tuple[TaskRow, int]], file: Path, advance: Advance
    ) -> list[Evaluated]:
        """The answers, as they come, each appended to the file.

        Raises:
            EndpointFailed: it cannot be asked at all.
        """
        try:
            model = open_model(
                self._asked.name,
                timeout_seconds=self._limits.seconds,
                temperature=self._asked.temperature,
                extra="teachers",
            )
        except ModelNotSetUp as error:
            raise EndpointFailed(str(error)) from error
        limit = RateLimit(self._limits.requests_per_minute, self._limits.concurrency)
        asker = Asker(model, limit, retries_of(self._limits.retries))
        done: list[Evaluated] = []
        try:
            with file.open("a", encoding="utf-8", errors="replace") as out:

                async def one(row: TaskRow, number: int) -> None:
                    answer = await self._answer(asker, model, row, number)
                    if answer is not None:
                        done.append(answer)
                        _write(out, answer)
                    advance()

                async with asyncio.TaskGroup() as group:
                    for row, number in wanted:
                        group.create_task(one(row, number))
        except* EndpointFailed as failed:
            raise failed.exceptions[0] from None
        finally:
            await asker.aclose()
        return done

    async def _answer(
        self, asker: Asker, model: TextModel, row: TaskRow, number: int
    ) -> Evaluated | None:
        question = question_of(self._conversation(row), self._asked.max_output_tokens)
        key = key_of(self._asked.name.whole, question, self._asked.temperature, number, row.id)
        async with self._asking:
            try:
                kept = self._journal.kept(key)
                if kept is None or not _usable(model, kept):
                    kept = await seen_through(self._kept(asker, question, key))
                self._refused = 0
            except ModelRefused as error:
                self._refused += 1
                if self._refused >= _REFUSED_IN_A_ROW or not self._journal.any(key.subject):
                    raise EndpointFailed(str(error)) from error
                self.missing[str(error)] += 1
                return None
            except ModelError as error:
                self.missing[str(error)] += 1
                return None
        try:
            written = model.written(kept.raw)
        except Unusable as error:
            self.missing[str(error)] += 1
            return None
        async with self._scoring_places:
            verdict = await self._verdict(row, written.text)
        return evaluated(row, number, verdict, written.text, _cost(kept, written))

    async def _kept(self, asker: Asker, question: Question, key: AnswerKey) -> KeptAnswer:
        """Asks; what comes back is in the journal before anybody can be interrupted."""
        self._journal.asking(key)
        began = time.monotonic()
        raw = await asker.ask(question, "evaluation")
        answer = KeptAnswer(raw, round(time.monotonic() - began, 4))
        self._journal.answered(key, answer)
        return answer

    async def _verdict(self, row: TaskRow, text: str) -> Verdict:
        scoring = self._scoring.submit(ScoreRequest(id=row.id, task=row.task, completion=text))
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await asyncio.wrap_future(scoring)
        except TimeoutError:
            late = f"no verdict within {self._deadline_seconds:g} s"
            return Verdict.unscored(row.id, Fault(FailureKind.TIMED_OUT_BY_US, late), RULE)


def _usable(model: TextModel, kept: KeptAnswer) -> bool:
    try:
        model.written(kept.raw)
    except Unusable:
        return False
    return True


def _write(out: TextIO, answer: Evaluated) -> None:
    out.write(answer_to_json(answer) + "\n")
    out.flush()


def _cost(kept: KeptAnswer, written: ModelText) -> AnswerCost:
    return AnswerCost(
        seconds=kept.seconds,
        input_tokens=written.input_tokens,
        output_tokens=written.output_tokens,
        cut_off=not written.whole,
    )
