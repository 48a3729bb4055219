"""Batches of a service that is silent, refuses or forgets: nothing is paid for twice or waited for
in vain, whatever the order. The model is scripted; journal, queue and ledger are real."""

import asyncio
import json
from collections.abc import Collection, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from datagen.batches import asking as module
from datagen.batches.asking import BatchAsking, BatchSettings
from datagen.batches.queue import BatchQueue, QueuedQuestion
from datagen.errors import TeacherUnavailable
from datagen.journal import Journal
from datagen.ledger import CallKind, CallSpending, Ledger, entered
from rewardsvc.llm import (
    BatchAnswer,
    BatchLimits,
    BatchState,
    BatchStatus,
    ModelAnswer,
    ModelBusy,
    ModelError,
    ModelName,
    ModelRefused,
    ModelSilent,
    PriceList,
    Question,
    RequestEnd,
    Tokens,
)

MOST, TOOK = Tokens(1000, 500), Tokens(10, 10)
PRICES = PriceList({"openai:a": (2000.0, 4000.0), "openai:b": (2000.0, 4000.0)})
"""A dollar is a thousand tokens read in a batch: a question may cost $2."""


def requests_in(file: Path) -> list[str]:
    return [json.loads(line)["request"] for line in file.read_text().splitlines()]


def write(file: Path, names: list[str]) -> None:
    file.write_text("".join(f"{name}\n" for name in names))


class Scripted:
    """A model whose service does what it is told. ``looks``: after so many a batch has ended.
    ``faults``: of the next submissions, None where one is taken. ``listed``: ids that it lists,
    with the names of their requests."""

    limits = BatchLimits(requests=100, bytes=1_000_000)
    address = "memory"

    def __init__(self, model: str = "a", looks: int = 1) -> None:
        self.name = ModelName("openai", model)
        self.looks = looks
        self.faults: list[ModelError | None] = []
        self.always: ModelError | None = None
        self.upload_seconds, self.lists_after_looks = 0.0, 0
        self.submitted: list[list[str]] = []
        self.listed: dict[str, list[str]] = {}
        self.forgets = False
        self._looked: dict[str, int] = {}

    def line(self, request: str, question: Question) -> str:
        return json.dumps({"request": request})

    async def submit(self, lines: Path, mark: str) -> str:
        names = requests_in(lines)
        await asyncio.sleep(self.upload_seconds)
        fault = self.faults.pop(0) if self.faults else self.always
        if fault is not None and not isinstance(fault, ModelSilent):
            raise fault
        self.submitted.append(names)
        id = f"{self.name.model}{len(self.submitted)}"
        self.listed[id] = names
        if fault is not None:
            raise fault
        return id

    async def found(
        self, mark: str, requests: int, since: datetime, known: Collection[str]
    ) -> str | None:
        self.lists_after_looks -= 1
        if self.lists_after_looks > 0:
            return None
        return next((id for id in self.listed if id not in known), None)

    async def status(self, batch: str) -> BatchStatus:
        self._looked[batch] = looked = self._looked.get(batch, 0) + 1
        return BatchStatus(BatchState.ENDED if looked >= self.looks else BatchState.UNDER_WAY)

    async def fetch(self, batch: str, file: Path) -> None:
        if self.forgets:
            self.forgets = False
            raise ModelRefused("its results are gone", 404)
        write(file, self.listed[batch])

    def read_line(self, line: str) -> BatchAnswer | None:
        return BatchAnswer(line.strip(), RequestEnd.ANSWERED, "answer")

    def read(self, raw: str) -> ModelAnswer:
        return ModelAnswer(raw)

    def usage(self, raw: str) -> tuple[int, int]:
        return TOOK.input, TOOK.output

    async def aclose(self) -> None:
        pass


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path, {}) as opened:
        yield opened


def asking_of(journal: Journal, model: Scripted, ledger: Ledger, folder: Path) -> BatchAsking:
    kind, queue = CallKind(str(model.name), batch=True), BatchQueue(journal, str(model.name))
    return BatchAsking(model, queue, ledger, kind, BatchSettings(folder, 0.02), lambda _: None)


def put(asking: BatchAsking, *keys: str) -> list[str]:
    for key in keys:
        asking.queue.put(QueuedQuestion(key, key, json.dumps({"request": key}), MOST))
    return list(keys)


def tokens_in(journal: Journal) -> list[Tokens]:
    return [Tokens(call.input_tokens, call.output_tokens) for call in journal.calls()]


async def test_who_waits_for_a_budget_lets_others_run(journal: Journal, tmp_path: Path) -> None:
    """Also for what it waits for: a call that is asked alone and holds the budget."""
    ledger = Ledger(journal, PRICES, budget=5.0)
    asking = asking_of(journal, Scripted(), ledger, tmp_path)
    keys = put(asking, "x")
    async with asyncio.timeout(10):
        async with ledger.of("openai:a").call(MOST, "alone") as took:
            waiting = asyncio.create_task(asking.answered(keys))
            await asyncio.sleep(0.2)
            assert not waiting.done() and asking.queue.waiting == 1
            took(TOOK)
        await waiting
    assert asking.queue.answer("x") == "answer" and ledger.refusal == ""


async def test_a_budget_that_a_batch_of_another_model_holds_is_waited_for(
    journal: Journal, tmp_path: Path
) -> None:
    ledger = Ledger(journal, PRICES, budget=3.0)
    first = asking_of(journal, Scripted("a", looks=15), ledger, tmp_path)
    second = asking_of(journal, Scripted("b"), ledger, tmp_path)
    keys, others = put(first, "x"), put(second, "y")
    async with asyncio.timeout(10):
        await asyncio.gather(first.answered(keys), second.answered(others))
    assert second.queue.answer("y") == "answer" and ledger.refusal == ""
    more = put(first, "z"), put(second, "w")
    ledger._budget = 1.0
    async with asyncio.timeout(10):
        await asyncio.gather(first.answered(more[0]), second.answered(more[1]))
    assert "of the budget" in first.queue.fault("z") and "of the budget" in second.queue.fault("w")


def test_a_batch_that_is_released_costs_nothing_or_is_out_still(
    journal: Journal, tmp_path: Path
) -> None:
    """A process may be killed at any moment of it."""
    ledger = Ledger(journal, PRICES, budget=50.0)
    asking = asking_of(journal, Scripted(), ledger, tmp_path)
    put(asking, "x", "y")
    batch = asking._begun()
    assert batch is not None

    def killed() -> None:
        question = next(asking.queue.out(batch))
        ledger.settle(question.call, asking.kind, question.most, Tokens())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asking.queue.unsent(batch, killed)
    assert tokens_in(journal) == [MOST, MOST] and asking.queue.under_way() == [batch]
    asking._release(batch)
    assert tokens_in(journal) == [Tokens(), Tokens()] and not asking.queue.under_way()


def test_what_a_call_took_has_the_price_of_the_day_it_was_entered(journal: Journal) -> None:
    kind, prices = CallKind("openai:o3"), PriceList()
    number = journal.call("x", entered(kind, MOST, date(2025, 1, 1)))
    ledger = Ledger(journal, prices)
    ledger.settle(number, kind, MOST, TOOK)
    again = CallSpending.in_journal(journal, prices).whole
    assert ledger.spent.dollars == pytest.approx(again.dollars)


async def test_a_batch_that_took_long_to_send_is_looked_for_as_long_as_any(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_NOT_FOUND_SECONDS", 1.0)
    model = Scripted()
    model.upload_seconds, model.faults = 1.2, [ModelSilent("nothing was heard")]
    model.lists_after_looks = 3
    asking = asking_of(journal, model, Ledger(journal, PRICES), tmp_path)
    async with asyncio.timeout(10):
        await asking.answered(put(asking, "x"))
    assert model.submitted == [["x"]] and tokens_in(journal) == [TOOK]


async def test_a_batch_of_somebody_else_is_let_go_and_ours_is_found(
    journal: Journal, tmp_path: Path
) -> None:
    model = Scripted()
    model.listed, model.faults = {"theirs": ["p"]}, [ModelSilent("nothing was heard")]
    asking = asking_of(journal, model, Ledger(journal, PRICES), tmp_path)
    keys = put(asking, "x")
    async with asyncio.timeout(10):
        await asking.answered(keys)
    assert model.submitted == [["x"]] and tokens_in(journal) == [TOOK]
    assert asking.queue.ids() == {"a1"}


async def test_what_is_out_is_followed_while_no_more_is_taken(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SILENT_SECONDS", 1.0)
    model = Scripted(looks=15)
    model.limits = BatchLimits(requests=1, bytes=1_000_000)
    model.faults, model.always = [None], ModelBusy("429: too many batches")
    asking = asking_of(journal, model, Ledger(journal, PRICES), tmp_path)
    keys = put(asking, "x", "y")
    async with asyncio.timeout(10):
        with pytest.raises(TeacherUnavailable, match=r"429.*has turned every batch away for"):
            await asking.answered(keys)
    assert asking.queue.answer("x") == "answer" and asking.queue.waiting == 1


async def test_a_time_in_which_nobody_asked_is_no_silence(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SILENT_SECONDS", 1.0)
    model = Scripted()
    asking = asking_of(journal, model, Ledger(journal, PRICES), tmp_path)
    async with asyncio.timeout(10):
        await asking.answered(put(asking, "x"))
        await asyncio.sleep(1.2)
        model.faults = [ModelBusy("429")]
        await asking.answered(put(asking, "y"))
    assert asking.queue.answer("y") == "answer"


async def test_results_that_are_gone_are_charged_in_full_and_asked_for_again(
    journal: Journal, tmp_path: Path
) -> None:
    model = Scripted()
    model.forgets = True
    asking = asking_of(journal, model, Ledger(journal, PRICES), tmp_path)
    async with asyncio.timeout(10):
        await asking.answered(put(asking, "x"))
    assert asking.queue.answer("x") == "answer" and tokens_in(journal) == [MOST, TOOK]
