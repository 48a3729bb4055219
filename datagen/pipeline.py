"""Sample → ask the teacher → verify → test the checks → decide, until each topic gave its share.

Which pairs a data set holds depends on the streams and on the decisions alone, never on the order
in which answers come: same seed, same rows. A run proceeds in waves: what the shares still need
is worked on concurrently, then the shares are looked at again.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from datagen.balance import quotas
from datagen.decision import (
    Decision,
    Outcome,
    decide,
    decision_from_json,
    decision_to_json,
    digest_of,
    gated,
    request_of,
)
from datagen.errors import TeacherUnavailable, UnusableReply
from datagen.gate import Gate
from datagen.journal import Journal
from datagen.phrasing import unsaid
from datagen.rating import Rater
from datagen.stream import Candidate, Stream
from datagen.teachers import Reply, Teacher
from datagen.topic import Topic, fenced
from rewardsvc.answer import answer_in, begins_with_thought, without_marks
from rewardsvc.leaning import leaned_on, with_versions
from rewardsvc.llm.paid import seen_through
from rewardsvc.retry import Attempts, RetryPolicy
from rewardsvc.scorer import Scorer

PATIENCE = 25
"""Rejected candidates in a row after which a topic is given up: its share goes to the others."""

SCORE_TRIES = 3
"""A fault of the scoring machinery is often a busy moment; a missing tool is not tried again."""

_RETRIES = RetryPolicy(tries=SCORE_TRIES, first_pause_seconds=1.0, longest_pause_seconds=2.0)


@dataclass(slots=True)
class Progress:
    """How one topic is getting on: the decisions on its candidates, in order of the stream."""

    stream: Stream
    decisions: list[Decision] = field(default_factory=list)
    used_up: bool = False

    @property
    def accepted(self) -> list[tuple[Candidate, Decision]]:
        """The pairs that it gives, in order; an instruction that came before is left out."""
        pairs, seen = [], set()
        for index, decision in enumerate(self.decisions):
            candidate = self.stream.candidate(index)
            words = " ".join(decision.instruction.lower().split())
            if decision.outcome is Outcome.ACCEPTED and candidate and words not in seen:
                seen.add(words)
                pairs.append((candidate, decision))
        return pairs

    @property
    def rejected(self) -> list[tuple[Candidate, Decision]]:
        """The candidates that were decided against, in order."""
        return [
            (candidate, decision)
            for index, decision in enumerate(self.decisions)
            if decision.outcome is Outcome.REJECTED
            and (candidate := self.stream.candidate(index)) is not None
        ]

    @property
    def fault(self) -> Decision | None:
        """What keeps the topic from going on."""
        return next((each for each in self.decisions if not each.outcome.final), None)

    @property
    def limit(self) -> int | None:
        """What it can give at most: None where there is more to try, or to try again later."""
        fault = self.fault
        if fault is not None:
            return len(self.accepted) if fault.outcome is Outcome.MISSING else None
        tail = self.decisions[-PATIENCE:]
        given_up = len(tail) == PATIENCE and all(
            decision.outcome is Outcome.REJECTED for decision in tail
        )
        return len(self.accepted) if self.used_up or given_up else None

    def needed(self, share: int) -> list[Candidate]:
        """The candidates to work on next for a share; none where it is met or cannot be."""
        if self.limit is not None or self.fault is not None:
            return []
        first = len(self.decisions)
        candidates = []
        for index in range(first, first + share - len(self.accepted)):
            candidate = self.stream.candidate(index)
            if candidate is None:
                self.used_up = True
                break
            candidates.append(candidate)
        return candidates


class Pipeline:
    """Makes candidates into decisions with one teacher, one scorer and one journal."""

    def __init__(
        self,
        teacher: Teacher,
        scorer: Scorer,
        journal: Journal,
        *,
        gate: Gate,
        concurrency: int,
        decided: Callable[[Candidate, Decision], None],
        rater: Rater | None = None,
    ) -> None:
        """``gate`` tests the checks; ``decided`` hears of every decision as it is made.

        ``rater`` has the last word on a pair that is accepted so far.
        """
        self._teacher = teacher
        self._scorer = scorer
        self._journal = journal
        self._gate = gate
        self._rater = rater
        self._places = asyncio.Semaphore(concurrency)
        self._decided = decided

    async def run(
        self, category: str, topics: Sequence[Topic[Any]], *, seed: int, count: int
    ) -> list[Progress]:
        """Work until ``count`` pairs are accepted or no topic can give more.

        Raises:
            TeacherRefused, OutputUnusable, rewardsvc.errors.RewardServiceError: nothing more can be
                done; what was decided so far is in the journal.
        """
        topics_progress = [Progress(Stream(category, topic, seed)) for topic in topics]
        while True:
            shares = quotas(count, [progress.limit for progress in topics_progress])
            wave = [
                (progress, progress.needed(share))
                for progress, share in zip(topics_progress, shares, strict=True)
            ]
            if not any(candidates for _, candidates in wave):
                if shares == quotas(count, [progress.limit for progress in topics_progress]):
                    return topics_progress
                continue  # a space was found to be used up: the others have to give more
            await self._work_off(wave)

    async def _work_off(self, wave: Sequence[tuple[Progress, Sequence[Candidate]]]) -> None:
        # Topics take turns, so that a run that is stopped early has something of each.
        turns = sorted(
            (
                (position, progress, candidate)
                for progress, candidates in wave
                for position, candidate in enumerate(candidates)
            ),
            key=lambda turn: turn[0],
        )
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    (progress, group.create_task(self._decide(progress.stream, candidate)))
                    for _, progress, candidate in turns
                ]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        for progress, task in tasks:
            progress.decisions.append(task.result())
        for progress, _ in wave:  # behind a fault nothing is decided, until it is gone
            faults = [not each.outcome.final for each in progress.decisions]
            if any(faults):
                del progress.decisions[faults.index(True) + 1 :]

    async def _decide(self, stream: Stream, candidate: Candidate) -> Decision:
        async with self._places:
            decision = await self._verify(stream, candidate)
        self._decided(candidate, decision)
        return decision

    async def _verify(self, stream: Stream, candidate: Candidate) -> Decision:
        try:
            reply = self._teacher.read(await self._answer(candidate))
            posed = candidate.posed.with_checks(reply.checks)
        except TeacherUnavailable as error:
            return Decision(outcome=Outcome.FAULTED, reason=str(error))
        except (UnusableReply, ValueError) as error:
            return Decision(outcome=Outcome.REJECTED, reason=f"answer unusable: {error}")
        output = completion_of(posed.task.format, reply.answer)
        if missing := unsaid(posed.brief, reply.instruction):
            unanswerable = Decision(
                outcome=Outcome.REJECTED,
                instruction=reply.instruction,
                output=output,
                reason=f"the instruction does not say: {', '.join(missing)}",
            )
            return _paid(unanswerable, reply)
        request = request_of(posed, posed.id, reply.instruction, output)
        digest = digest_of(request)
        if (known := self._journal.decision(candidate.key, digest)) is not None:
            return decision_from_json(known)
        attempts = Attempts(_RETRIES)
        while True:
            with attempts.trying():
                (verdict,) = await self._scorer.score([request])
            decision = decide(verdict, reply.instruction, output)
            if decision.outcome is Outcome.ACCEPTED:
                means = with_versions(leaned_on(request.task, output), verdict)
                decision = replace(decision, means=means)
                strength = await self._gate.strength(stream, candidate, request)
                decision = gated(decision, strength)
            if self._rater is not None and decision.outcome is Outcome.ACCEPTED:
                decision = await self._rater.rated(posed, request, decision)
            decision = replace(_paid(decision, reply), checks=reply.checks)
            if decision.outcome is not Outcome.FAULTED or not await attempts.pause():
                break
        if decision.outcome.final:
            self._journal.keep_decision(candidate.key, digest, decision_to_json(decision))
        return decision

    async def _answer(self, candidate: Candidate) -> str:
        if not self._teacher.paid:
            return await self._teacher.ask(candidate.posed)
        stored = self._journal.answer(candidate.key)
        if stored is not None:
            return stored
        return await seen_through(self._ask_and_keep(candidate))

    async def _ask_and_keep(self, candidate: Candidate) -> str:
        raw = await self._teacher.ask(candidate.posed)
        self._journal.keep_answer(candidate.key, raw)
        return raw


def _paid(decision: Decision, reply: Reply) -> Decision:
    return replace(decision, input_tokens=reply.input_tokens, output_tokens=reply.output_tokens)


def completion_of(format: str, written: str) -> str:
    """A teacher's answer as a completion; models add thoughts and fences although told not to."""
    text = without_marks(written.strip())
    answer = answer_in(text).text.strip()
    if answer.startswith("```"):
        return f"{answer}\n"
    # A bare file may hold a marker; one that begins with a thought does not.
    return fenced(format, answer if begins_with_thought(text) else text)
