"""How hard tasks are for a student: it does each several times, and the tools say how often well.

An answer that could not be scored says nothing about the task: it is left out, and counts neither
as passed nor as failed.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from datagen.curation import rows_in
from datagen.execution import LocalExecutor
from datagen.journal import Journal
from datagen.ledger import CallCosts, CallRole, Ledger
from datagen.lock import held
from datagen.outputs.curated import CurationStep, applied, require_place
from datagen.record import Outcome, Record
from datagen.stages.solve import Solving
from datagen.stages.verify import Verification
from datagen.teachers.student import ModelStudent
from rewardsvc.formats import FORMATS
from rewardsvc.leaning import leaned_on
from rewardsvc.llm import ModelName, PriceList, RateLimit
from rewardsvc.program import run_until_stopped
from rewardsvc.progress import progress_on
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings
from rewardsvc.tasks import PASS_RATE, PassRate, TaskRow
from rewardsvc.types import JsonValue

_AT_ONCE = 64
"""Rows that are held in memory."""
_RETRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPassRates:
    """``samples``: answers to each task. ``temperature``: None sends none. ``budget``: US dollars,
    of all that the folder's student is ever asked. ``least`` and ``most``: rows with a pass rate
    beyond are left out. ``folder``: None writes nothing."""

    data: Path
    folder: Path | None
    student: str
    samples: int = 8
    temperature: float | None = 1.0
    max_tokens: int = 4096
    timeout_seconds: float = 120.0
    budget: float | None = None
    server: str | None = None
    concurrency: int = 4
    least: float = 0.0
    most: float = 1.0


@dataclass(frozen=True, slots=True)
class MeasuredPassRates:
    """``rates``: by row. ``unscored``: answers that nobody could score. ``unasked``: why questions
    have no answer, "" where each has one."""

    step: CurationStep
    rates: Mapping[str, PassRate]
    unscored: int
    unasked: str
    spent: CallCosts


def measured(wanted: WantedPassRates, settings: Settings) -> MeasuredPassRates:
    """Measure, or go on with it; write the rows with their rates where all questions have answers.

    Raises:
        WrongUsage, OutputUnusable, FolderBusy: of the places that are named.
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done at all.
        rewardsvc.program.Stopped: a signal came; what was paid for is in the journal.
    """
    require_place(wanted.folder, wanted.data)
    total = sum(1 for _ in rows_in(wanted.data))
    with ExitStack() as ending:
        folder = wanted.folder or Path(
            ending.enter_context(tempfile.TemporaryDirectory(prefix="datagen-"))
        )
        ending.enter_context(held(folder))
        belongs: dict[str, JsonValue] = {
            "step": "difficulty",
            "student": wanted.student,
            "temperature": wanted.temperature,
            "max tokens": wanted.max_tokens,
        }
        journal = ending.enter_context(Journal(folder, belongs))
        ledger = Ledger(journal, PriceList(settings.prices), wanted.budget)
        advance = ending.enter_context(progress_on(sys.stderr, "answers", total * wanted.samples))

        def decided(_: Record) -> None:
            advance(1, ledger.spent.in_words)

        tally = run_until_stopped(_tallied(wanted, settings, journal, ledger, decided))
        unasked = ledger.refusal or tally.unasked
        student = str(ModelName.parse(wanted.student))
        rates = {
            id: PassRate(student=student, passed=tally.passed[id], of=of)
            for id, of in tally.of.items()
        }
        step = _step(wanted, total, rates)
        if wanted.folder is not None and not unasked:
            applied(step, wanted.data, wanted.folder, _rated(wanted.data, rates, step))
        return MeasuredPassRates(step, rates, tally.unscored, unasked, ledger.spent)


@dataclass(slots=True)
class _Tally:
    passed: Counter[str]
    of: Counter[str]
    unscored: int = 0
    unasked: str = ""


async def _tallied(
    wanted: WantedPassRates,
    settings: Settings,
    journal: Journal,
    ledger: Ledger,
    decided: Callable[[Record], None],
) -> _Tally:
    name = ModelName.parse(wanted.student)
    student = ModelStudent(
        name,
        RateLimit(
            settings.teacher_requests_per_minute,
            wanted.concurrency,
            settings.teacher_tokens_per_minute,
        ),
        timeout_seconds=wanted.timeout_seconds,
        retries=_RETRIES,
        temperature=wanted.temperature,
        max_tokens=wanted.max_tokens,
        account=ledger.of(name.whole, CallRole.STUDENT),
    )
    tally = _Tally(Counter(), Counter())
    try:
        unjudged = settings.model_copy(update={"judge": ()})
        async with open_scorer(unjudged, wanted.server) as scorer:
            solving = Solving(student)
            executor = LocalExecutor(
                [[solving], [Verification(scorer)]],
                journal,
                concurrency=wanted.concurrency,
                decided=decided,
            )
            rows = rows_in(wanted.data)
            while some := list(islice(rows, _AT_ONCE)):
                known = [row for row in some if row.format in FORMATS]
                tally.unscored += wanted.samples * (len(some) - len(known))
                asked = [(row, n) for row in known for n in range(wanted.samples)]
                came = await executor.carry(attempt_at(row, n) for row, n in asked)
                for (row, _), settled in zip(asked, came, strict=True):
                    if settled.outcome.final:
                        tally.of[row.id] += 1
                        tally.passed[row.id] += settled.outcome is Outcome.ACCEPTED
                    elif settled.ruling.stage == solving.name:
                        tally.unasked = tally.unasked or settled.ruling.reason
                    else:
                        tally.unscored += 1
    finally:
        await student.aclose()
    return tally


def attempt_at(row: TaskRow, number: int) -> Record:
    """A row as a record that a student is to answer, for the so-manieth time.

    It has means, so that no answer chooses to be UNSCORED: where the row names none, those of its
    reference.
    """
    means = row.means if row.means is not None else leaned_on(row.task, row.output)
    return Record(
        id=f"{row.id}#{number}",
        source=row.topic or row.category,
        task=replace(row.task, means=means, reference=""),
        provenance=row.provenance,
    )


def _rated(data: Path, rates: Mapping[str, PassRate], step: CurationStep) -> Iterator[TaskRow]:
    for row in rows_in(data):
        if row.id not in step.dropped:
            rate = rates.get(row.id)
            yield row if rate is None else rate.on(row)


def _step(wanted: WantedPassRates, total: int, rates: Mapping[str, PassRate]) -> CurationStep:
    dropped: dict[str, dict[str, JsonValue]] = {
        id: {"by": PASS_RATE, "passed": rate.passed, "of": rate.of}
        for id, rate in rates.items()
        if not wanted.least <= rate.share <= wanted.most
    }
    return CurationStep(
        name="difficulty",
        settings={
            "student": str(ModelName.parse(wanted.student)),
            "samples": wanted.samples,
            "least": wanted.least,
            "most": wanted.most,
        },
        rows=total,
        kept=total - len(dropped),
        dropped=dropped,
        found={
            "passed": sum(rate.passed for rate in rates.values()),
            "of": sum(rate.of for rate in rates.values()),
        },
    )
