"""Takes records through the stages from this process, which has the journal and decides."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from weakref import WeakValueDictionary

from pydantic import ValidationError

from datagen.errors import StageFault
from datagen.execution.base import Here, Settled, SharedResults, StageRunner
from datagen.journal import Journal
from datagen.record import Outcome, Record
from datagen.stages import AnyStage, RecordStage
from datagen.stages.base import Result, digest_of
from rewardsvc.llm.paid import seen_through
from rewardsvc.retry import Attempts
from rewardsvc.types import Verdict

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
        runner: StageRunner | None = None,
        shared: Mapping[str, SharedResults] = MappingProxyType({}),
    ) -> None:
        """``phases``: the stages in order. Each phase has ``concurrency`` places of its own, so
        that who waits for a model's answer keeps no tool waiting, and the other way round.
        ``places``: those of each phase instead, where executors share them.

        ``decided`` hears of every record that got through, or as far as it gets. ``runner``: who
        runs a stage on a record; this process where None. ``shared``: by the name of a stage, what
        it found in other folders; it holds for the tools that judged the record.
        """
        places = places or [asyncio.Semaphore(concurrency) for _ in phases]
        self._phases = list(zip(map(tuple, phases), places, strict=True))
        self._window = asyncio.Semaphore(_WINDOW)
        self._journal = journal
        self._decided = decided
        self._runner = runner or Here()
        self._shared = shared
        # Each is there for as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()

    async def carry(self, records: Iterable[Record]) -> list[Settled]:
        """See :class:`datagen.execution.base.Executor`."""
        settled: dict[int, Settled] = {}

        async def carried(place: int, record: Record) -> None:
            settled[place] = await self._carried(record)

        try:
            async with asyncio.TaskGroup() as group:
                for place, record in enumerate(records):
                    await self._window.acquire()
                    task = group.create_task(carried(place, record))
                    task.add_done_callback(lambda _: self._window.release())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        return [settled[place] for place in range(len(settled))]

    def recalled(self, record: Record) -> Record:
        """See :class:`datagen.execution.base.Executor`."""
        for stages, _ in self._phases:
            for stage in stages:
                if stage.takes(record):
                    subject = stage.subject(record)
                    known = self._known(stage, subject, stage.digest(subject))
                    if known is None:
                        return record
                    record = _after(stage, record, known)
        return record

    async def _carried(self, record: Record) -> Settled:
        for stages, places in self._phases:
            async with places:
                for stage in stages:
                    if stage.takes(record):
                        record = await self._through(stage, record)
        self._decided(record)
        return Settled.of(record)

    async def _through(self, stage: RecordStage[Result], record: Record) -> Record:
        try:
            result = await self._result(stage, stage.subject(record), _toolchain_of(record))
        except StageFault as fault:
            outcome = Outcome.MISSING if fault.missing else Outcome.FAULTED
            return _told(stage, record.ruled(outcome, str(fault)))
        return _after(stage, record, result)

    async def _result(self, stage: RecordStage[Result], record: Record, toolchain: str) -> Result:
        digest = stage.digest(record)
        lock = self._locks.setdefault((stage.name, record.id, digest), asyncio.Lock())
        async with lock:  # several may share it
            known = self._known(stage, record, digest)
            if known is not None:
                return known
            shared = self._shared.get(stage.name)
            key = digest_of(stage.name, digest, toolchain)
            if shared is not None and (found := _read(stage, shared.result(key))) is not None:
                self._keep(stage, record, digest, found)
                return found
            running = self._run_and_keep(stage, record, digest)
            result = await (seen_through(running) if stage.paid else running)
            if shared is not None:
                shared.keep(key, stage.written.dump_json(result).decode())
            return result

    def _known(self, stage: RecordStage[Result], record: Record, digest: str) -> Result | None:
        return _read(stage, self._journal.result(stage.name, record.id, digest))

    def _keep(
        self, stage: RecordStage[Result], record: Record, digest: str, result: Result
    ) -> None:
        written = stage.written.dump_json(result).decode()
        self._journal.keep(stage.name, record.id, digest, written, synced=stage.paid)

    async def _run_and_keep(
        self, stage: RecordStage[Result], record: Record, digest: str
    ) -> Result:
        attempts = Attempts(stage.retries)
        while True:
            try:
                with attempts.trying():
                    result = await self._runner.run(stage, record)
                break
            except StageFault as fault:
                if fault.missing or fault.lasting or not await attempts.pause():
                    raise
        self._keep(stage, record, digest, result)
        return result


def _read(stage: RecordStage[Result], written: str | None) -> Result | None:
    """A result as it was kept; None where there is none, or of a version that found something
    else."""
    if written is not None:
        with suppress(ValidationError):
            return stage.written.validate_json(written)
    return None


def _toolchain_of(record: Record) -> str:
    """The digest of what judged it; "" where nobody did."""
    verdict = record.result(Verdict)
    return "" if verdict is None else verdict.toolchain


def _after(stage: RecordStage[Result], record: Record, result: Result) -> Record:
    """The record with what a stage found, and with the stage's name where that is against it."""
    return _told(stage, stage.applied(record, result))


def _told(stage: RecordStage[Result], after: Record) -> Record:
    if after.outcome is Outcome.ACCEPTED:
        return after
    return replace(after, ruling=replace(after.ruling, stage=stage.name))
