"""Asks a model in batches: sends what waits, follows what is out, keeps what comes of it.

A batch is in the queue before it is sent and its id is stored before anything else, so that a
process that is killed at any moment leaves one that the next finds again. What the service says of
a batch is a file on the disk before anybody reads it.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from datagen.batches.queue import BatchQueue, QueuedQuestion, SentBatch
from datagen.errors import TeacherRefused, TeacherUnavailable
from datagen.ledger import CallKind, Ledger
from rewardsvc.llm import (
    BatchAnswer,
    BatchModel,
    BatchState,
    ModelError,
    ModelRefused,
    ModelSilent,
    ModelUnavailable,
    RequestEnd,
    Tokens,
)

MOST_TRIES = 3
"""Times that a question goes out, over all runs in a folder: one that expires each time is no
moment's fault."""

_FIRST_PAUSE_SECONDS = 5.0
_PAUSE_SHARE = 0.1
"""Of the time that a batch has taken: who has waited an hour does not look every few seconds."""

_LOOK_SECONDS = 1.0
"""After so long at most it is looked whether what waits may go out."""

_LINGER_SECONDS = 1.0
"""After a question was put, for others that are put at the same time."""

_NOT_FOUND_SECONDS = 60.0
"""So long after its upload ended a service lists what it took."""

_CLOCKS_APART = timedelta(minutes=10)
"""By so much the service's clock may be behind ours."""

_SILENT_SECONDS = 1800.0
"""A service that says nothing of its batches for so long is not waited for."""

_NOT_FOUND = 404
_AT_ONCE = 500
"""Answers that are stored together."""


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """``pause_seconds``: between two looks at most. ``folder``: where requests and results lie."""

    folder: Path
    pause_seconds: float = 60.0


def pause_seconds(seconds: float, most: float) -> float:
    """How long to wait before the next look at a batch that has taken so long. Pure."""
    return min(most, max(_FIRST_PAUSE_SECONDS, _PAUSE_SHARE * seconds))


@dataclass(slots=True)
class BatchAsking:
    """Asks one model in batches. For one event loop.

    ``told``: hears in words how batches get on.
    """

    model: BatchModel
    queue: BatchQueue
    ledger: Ledger
    kind: CallKind
    settings: BatchSettings
    told: Callable[[str], None]
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _looked: float = -float("inf")
    _heard: float = field(default_factory=time.monotonic)
    _most_requests: int = 0
    _asking: int = 0
    _silent_since: dict[str, float] = field(default_factory=dict)
    """When it was known of a batch, by its mark, that its id is not."""
    _others: set[str] = field(default_factory=set)
    """Ids of batches that were taken for one of ours and are somebody else's."""
    _words: str = ""

    async def answered(self, keys: Collection[str]) -> None:
        """Wait until each of these questions is answered, or given up for this run.

        Raises:
            TeacherRefused: the service accepts no request of ours.
            TeacherUnavailable: it says nothing any more.
        """
        if not self.queue.open(keys):
            return
        if not self._asking:
            self._heard = time.monotonic()  # while nobody asked, it had nothing to say
        self._asking += 1
        self.ledger.follow(self.kind, len(self.queue.under_way()))
        try:
            await self._until_answered(keys)
        finally:
            self._asking -= 1
            if not self._asking:
                self.ledger.follow(self.kind, 0)

    async def _until_answered(self, keys: Collection[str]) -> None:
        """Look again and again, until each of these questions is answered or given up."""
        await asyncio.sleep(min(_LINGER_SECONDS, self.settings.pause_seconds))
        async with self.ledger.batch_under_way():
            while self.queue.open(keys):
                async with self._lock:
                    pause = self._pause()
                    if time.monotonic() - self._looked >= pause or self._may_send():
                        await self._look()
                        self._looked = time.monotonic()
                if self.queue.open(keys):  # also where a budget lets nothing out just now
                    await asyncio.sleep(min(pause, _LOOK_SECONDS))

    def left(self) -> str:
        """What goes on at the service without us, in words; "" where nothing does."""
        out = self.queue.under_way()
        if not out:
            return ""
        requests = sum(batch.requests for batch in out)
        ids = ", ".join(batch.id or "one whose id was not heard" for batch in out)
        return (
            f"{self.kind.model}: {requests} questions go on at the service in batches ({ids}); the "
            "same command fetches their answers"
        )

    def _pause(self) -> float:
        sent = [batch.sent for batch in self.queue.under_way()]
        seconds = (datetime.now(UTC) - min(sent)).total_seconds() if sent else 0.0
        return pause_seconds(seconds, self.settings.pause_seconds)

    def _may_send(self) -> bool:
        return self.queue.waiting > 0 and not self.queue.under_way()

    async def _look(self) -> None:
        """See how far each batch is, and send what waits; what is out is followed also where no
        more is taken."""
        fault: ModelUnavailable | None = None
        ended = 0
        try:
            for batch in self.queue.under_way():
                try:
                    ended += await self._followed(batch)
                    self._heard = time.monotonic()
                except ModelUnavailable as error:
                    fault = error
            try:
                await self._send()
            except ModelUnavailable as error:
                fault = error
        except ModelRefused as error:
            raise TeacherRefused(str(error)) from error
        finally:
            self.ledger.follow(self.kind, len(self.queue.under_way()))
            await self.ledger.settled()
        if fault is None:
            self._heard = time.monotonic()
            self._tell(ended)
            return
        self._give_up_after(fault)
        self._say(f"{fault}; it is asked again")
        await asyncio.sleep(min(_FIRST_PAUSE_SECONDS, self.settings.pause_seconds))

    def _give_up_after(self, fault: ModelUnavailable) -> None:
        """Raise where faults are all that has come for :data:`_SILENT_SECONDS`."""
        seconds = time.monotonic() - self._heard
        if seconds > _SILENT_SECONDS:
            silent = isinstance(fault, ModelSilent)
            how = "said nothing of its batches" if silent else "turned every batch away"
            raise TeacherUnavailable(
                f"{fault}; the service has {how} for {seconds / 60:.0f} minutes"
            ) from fault

    # --- sending ----------------------------------------------------------------------------------

    async def _send(self) -> None:
        while batch := self._begun():
            self.ledger.follow(self.kind, len(self.queue.under_way()))
            try:
                id = await self.model.submit(self._written(batch), batch.mark)
            except ModelError as error:
                if isinstance(error, ModelSilent):
                    self._silent_since[batch.mark] = time.monotonic()
                else:
                    self._release(batch)
                raise
            self.queue.heard(batch, id)
            self._say(f"{self.kind.model}: batch {id} with {batch.requests} questions is sent")
        first, out = self.queue.first_waiting(), len(self.queue.under_way())
        self.ledger.follow(self.kind, out)
        if first is not None and not out and not self.ledger.busy:
            self.queue.give_up(self.ledger.refuse(self.kind, first.most))

    def _begun(self) -> SentBatch | None:
        if self._most_requests and self.queue.under_way():
            return None  # the service has no room for two
        limits = self.model.limits
        requests = self._most_requests or limits.requests

        def fits(question: QueuedQuestion, count: int, size: int) -> bool:
            # Some bytes stand around and between the lines.
            within = size + len(question.line.encode()) + 2 <= limits.bytes - 1024
            return not count or (count < requests and within)

        def reserved(question: QueuedQuestion) -> int | None:
            return self.ledger.reserve(self.kind, question.most, question.record)

        return self.queue.begin(secrets.token_hex(8), fits, reserved)

    def _written(self, batch: SentBatch) -> Path:
        self.settings.folder.mkdir(parents=True, exist_ok=True)
        file = self.settings.folder / f"{batch.mark}.requests.jsonl"
        with file.open("w", encoding="utf-8", newline="\n") as lines:
            lines.writelines(f"{question.line}\n" for question in self.queue.out(batch))
        return file

    def _release(self, batch: SentBatch) -> None:
        """The service has worked on none of it: its calls were free, and its questions wait."""

        def settle() -> None:
            for question in list(self.queue.out(batch)):
                self.ledger.settle(question.call, self.kind, question.most, Tokens())

        self.queue.unsent(batch, settle)

    # --- following --------------------------------------------------------------------------------

    async def _followed(self, batch: SentBatch) -> int:
        """Requests of a batch that are known to have ended."""
        id = batch.id or await self._found(batch)
        if not id:
            return 0
        try:
            status = await self.model.status(id)
        except ModelRefused as error:
            if error.status != _NOT_FOUND:
                raise
            self._take(batch, None)  # what it cost nobody knows
            return batch.requests
        match status.state:
            case BatchState.UNDER_WAY:
                return status.ended
            case BatchState.FULL if batch.requests == 1:
                self._release(batch)
                raise ModelUnavailable(f"{self.kind.model}: {status.reason}")
            case BatchState.FULL:
                self._most_requests = max(1, batch.requests // 2)
                self._say(f"{self.kind.model}: {status.reason}; fewer are sent at a time")
                self._release(batch)
                await asyncio.sleep(min(_FIRST_PAUSE_SECONDS, self.settings.pause_seconds))
            case BatchState.REFUSED:
                self._release(batch)
                raise ModelRefused(f"{self.kind.model}: {status.reason}")
            case BatchState.ENDED:
                file = await self._fetched(batch, id)
                if file is not None and self._is_anothers(batch, file):
                    self._others.add(id)
                    file.unlink()  # first: it must not be taken for that of another id
                    self.queue.heard(batch, "")
                    return 0
                self._take(batch, file)
        return batch.requests

    async def _fetched(self, batch: SentBatch, id: str) -> Path | None:
        """What came of a batch; None where its service, which keeps that for weeks only, has it no
        more."""
        file = self.settings.folder / f"{batch.mark}.results.jsonl"
        if file.exists():
            return file
        part = file.with_suffix(".part")
        try:
            await self.model.fetch(id, part)
        except ModelRefused as error:
            if error.status != _NOT_FOUND:
                raise
            self._say(f"{error}: of the questions in batch {id} nobody knows what came")
            return None
        part.replace(file)
        return file

    def _is_anothers(self, batch: SentBatch, file: Path) -> bool:
        """Whether results are of other requests than ours: a service without marks has others'
        batches of as many."""
        ours = self.queue.keys(batch)
        if len(ours) < batch.requests:  # some were taken from it before
            return False
        first = next(self._read(file), None)
        return first is not None and not any(came.request in ours for came in self._read(file))

    async def _found(self, batch: SentBatch) -> str:
        """The id of a batch that was not heard; "" where the service has none, and after a while
        its questions wait again."""
        known = self.queue.ids() | self._others
        asked, earliest = time.monotonic(), batch.sent - _CLOCKS_APART
        try:
            id = await self.model.found(batch.mark, batch.requests, earliest, known)
        except ModelRefused as error:
            if error.status != _NOT_FOUND:
                raise
            self._take(batch, None)  # it lists none: what became of it nobody knows
            return ""
        if id is not None:
            self.queue.heard(batch, id)
            self._say(f"{self.kind.model}: batch {id} was sent before, and is gone on with")
            return id
        # Counted from when its upload ended, or this process began: that may take minutes itself.
        since = self._silent_since.setdefault(batch.mark, asked)
        if asked - since > _NOT_FOUND_SECONDS:
            self._release(batch)
        return ""

    def _take(self, batch: SentBatch, file: Path | None) -> None:
        """Store what came of a batch.

        Raises:
            ModelRefused: each of its requests was refused.
        """
        out = {each.key: replace(each, line="") for each in self.queue.out(batch)}
        answered: list[tuple[QueuedQuestion, str]] = []
        failed: list[tuple[QueuedQuestion, str, bool]] = []
        refused = 0
        reason = ""
        for came in self._read(file):
            question = out.pop(came.request, None)
            if question is None:
                continue
            if came.end is RequestEnd.ANSWERED:
                answered.append((question, came.raw))
            else:
                again = came.end is RequestEnd.FAULT and question.tries + 1 < MOST_TRIES
                refused += came.end is RequestEnd.REFUSED
                reason = came.reason
                failed.append((question, came.reason, again))
            if len(answered) + len(failed) >= _AT_ONCE:
                self._store(answered, failed)
                answered, failed = [], []
        self._store(answered, failed)
        # Of the others nobody knows whether they are paid for: their calls stay as they are.
        self._store(
            [],
            [
                (question, "the service says nothing of it", question.tries + 1 < MOST_TRIES)
                for question in out.values()
            ],
            free=False,
        )
        self.queue.done(batch)
        (self.settings.folder / f"{batch.mark}.requests.jsonl").unlink(missing_ok=True)
        if refused == batch.requests:
            raise ModelRefused(f"{self.kind.model}: none of {refused} questions: {reason}")

    def _read(self, file: Path | None) -> Iterator[BatchAnswer]:
        if file is None:
            return
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if (came := self.model.read_line(line)) is not None:
                    yield came

    def _store(
        self,
        answered: list[tuple[QueuedQuestion, str]],
        failed: list[tuple[QueuedQuestion, str, bool]],
        *,
        free: bool = True,
    ) -> None:
        if not answered and not failed:
            return

        def settle() -> None:
            for question, raw in answered:
                took = Tokens(*self.model.usage(raw))
                if took != Tokens():  # nobody counted: it stays in full
                    self.ledger.settle(question.call, self.kind, question.most, took)
            for question, _, _ in failed if free else ():
                self.ledger.settle(question.call, self.kind, question.most, Tokens())

        self.queue.came(answered, failed, settle)

    # --- words ------------------------------------------------------------------------------------

    def _tell(self, ended: int) -> None:
        out = self.queue.under_way()
        if out:
            requests = sum(batch.requests for batch in out)
            self._say(f"{self.kind.model}: {ended} of {requests} questions in batches have ended")

    def _say(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self.told(words)
