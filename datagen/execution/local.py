"""Takes records through the stages in this process."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from weakref import WeakValueDictionary

from pydantic import ValidationError

from datagen.errors import StageFault
from datagen.journal import Journal
from datagen.record import Outcome, Record
from datagen.stages import AnyStage, RecordStage
from datagen.stages.base import Result
from rewardsvc.llm.paid import seen_through
from rewardsvc.retry import Attempts

_WINDOW = 512
"""Records that are on their way at once: those who ask may be so far ahead of those who verify, and
a wave of many thousands takes no more memory than that."""


class LocalExecutor:
    """Satisfies :class:`datagen.execution.base.Executor` with tasks of one event loop."""

    def __init__(
        self,
        phases: Sequence[Sequence[AnyStage]],
        journal: Journal,
        *,
        concurrency: int,
        decided: Callable[[Record], None],
        places: Sequence[asyncio.Semaphore] = (),
    ) -> None:
        """``phases``: the stages in order. Each phase has ``concurrency`` places of its own, so
        that who waits for a model's answer keeps no tool waiting, and the other way round.
        ``places``: those of each phase instead, where executors share them.

        ``decided`` hears of every record that got through, or as far as it gets.
        """
        places = places or [asyncio.Semaphore(concurrency) for _ in phases]
        self._phases = list(zip(map(tuple, phases), places, strict=True))
        self._window = asyncio.Semaphore(_WINDOW)
        self._journal = journal
        self._decided = decided
        # Each is there for as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()

    async def carry(self, records: Sequence[Record]) -> list[Record]:
        """See :class:`datagen.execution.base.Executor`."""
        tasks: list[asyncio.Task[Record]] = []
        try:
            async with asyncio.TaskGroup() as group:
                for record in records:
                    await self._window.acquire()
                    tasks.append(group.create_task(self._carried(record)))
                    tasks[-1].add_done_callback(lambda _: self._window.release())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        return [task.result() for task in tasks]

    async def _carried(self, record: Record) -> Record:
        for stages, places in self._phases:
            async with places:
                for stage in stages:
                    if stage.takes(record):
                        record = await self._after(stage, record)
        self._decided(record)
        return record

    async def _after(self, stage: RecordStage[Result], record: Record) -> Record:
        try:
            after = stage.applied(record, await self._result(stage, stage.subject(record)))
        except StageFault as fault:
            outcome = Outcome.MISSING if fault.missing else Outcome.FAULTED
            after = record.ruled(outcome, str(fault))
        if after.outcome is Outcome.ACCEPTED:
            return after
        return replace(after, ruling=replace(after.ruling, stage=stage.name))

    async def _result(self, stage: RecordStage[Result], record: Record) -> Result:
        digest = stage.digest(record)
        lock = self._locks.setdefault((stage.name, record.id, digest), asyncio.Lock())
        async with lock:  # several may share it
            known = self._journal.result(stage.name, record.id, digest)
            if known is not None:
                with suppress(ValidationError):  # of a version that found something else
                    return stage.written.validate_json(known)
            running = self._run_and_keep(stage, record, digest)
            return await (seen_through(running) if stage.paid else running)

    async def _run_and_keep(
        self, stage: RecordStage[Result], record: Record, digest: str
    ) -> Result:
        attempts = Attempts(stage.retries)
        while True:
            try:
                with attempts.trying():
                    result = await stage.run(record)
                break
            except StageFault as fault:
                if fault.missing or not await attempts.pause():
                    raise
        written = stage.written.dump_json(result).decode()
        self._journal.keep(stage.name, record.id, digest, written, synced=stage.paid)
        return result
