"""Makes a data set of what is wanted, with words on stderr."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from datagen.batches.asking import BatchSettings
from datagen.batches.queue import BatchQueue
from datagen.batches.teacher import answers_before, open_batch_teacher
from datagen.curation import References
from datagen.curation.references import passages_in
from datagen.errors import WrongUsage
from datagen.execution.cluster import ClusterWorkers, Equipment
from datagen.execution.cluster.ray import joined
from datagen.execution.code import code_that_works
from datagen.journal import JOURNAL, Journal
from datagen.ledger import Ledger
from datagen.lock import held
from datagen.metrics import RunMetrics, served
from datagen.outputs import TasksFile
from datagen.outputs.exports.folder import export, lacking_in, require_exportable
from datagen.outputs.exports.settings import Export
from datagen.pipeline.covering import coverage_at_start, enter_rows
from datagen.pipeline.evolving import evolved_sources
from datagen.pipeline.generation import Generated, generate
from datagen.pipeline.planning import (
    Aim,
    parts_of,
    precedences_of,
    require_groups,
    sources_of,
    unaimed,
)
from datagen.pipeline.wanted import Wanted
from datagen.pipeline.writing import curated_of, write
from datagen.progress import Display
from datagen.record import Record
from datagen.rows import TaskRows
from datagen.summary import curation_in_words, shortfall, summarize
from datagen.teachers import Teacher, open_teacher, teacher_named
from rewardsvc.llm import PriceList, RateLimit, open_model
from rewardsvc.program import run_until_stopped
from rewardsvc.settings import Settings

_EXPORT = "export"
"""The folder of an export in that of its data set."""

_BATCHES = JOURNAL.with_name("batches")
"""That of what goes out in batches and comes back."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of it. ``missing``: why there are fewer pairs than wanted, "" where none is."""

    file: Path
    missing: str


def make(wanted: Wanted, settings: Settings, console: Console | None = None) -> Made:
    """Make the data set, or go on with it. ``console``: for words; stderr where None.

    Raises:
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done.
        rewardsvc.program.Stopped: a signal came; what was found so far is in the journal.
    """
    console = console or Console(stderr=True)
    start = coverage_at_start(wanted.folder, wanted.coverage)
    aim = Aim(wanted.taxonomy, wanted.focus, start.cells)
    if wanted.evolved is None:
        sources = sources_of(wanted.portions, wanted.seed, settings.tools_folder, aim)
    else:
        sources = list(evolved_sources(wanted.evolved, wanted.portions, wanted.seed))
    if beside := unaimed(wanted.portions, sources, aim):
        console.print(f"focus: nothing is made of {', '.join(beside)}", highlight=False)
    for portion in wanted.portions:
        teacher_named(portion.teacher)
    require_groups(sources, wanted.curation.split)
    if wanted.export is not None:
        require_exportable(wanted.export, wanted.folder / _EXPORT)
    belongs = {**wanted.belongs, **start.belongs}
    started = time.monotonic()
    with ExitStack() as open_ones:
        open_ones.enter_context(held(wanted.folder))
        journal = open_ones.enter_context(
            Journal(
                wanted.folder,
                belongs,
                parts=parts_of(wanted.portions, sources),
                formerly=wanted.formerly,
            )
        )
        references = references_of(wanted, console)
        ledger = Ledger(journal, PriceList(settings.prices), wanted.budget)
        workers = None
        if wanted.cluster is not None:
            workers = _workers(wanted, settings, open_ones, console)
        teachers = _teachers(wanted, settings, ledger, journal, console, workers=workers)
        display = Display(console, wanted.count, lambda: ledger.spent.in_words)
        metrics = RunMetrics(wanted.count, lambda: ledger.spent)
        if wanted.metrics:
            address = open_ones.enter_context(served(metrics, wanted.metrics))
            console.print(f"metrics: http://{address}/metrics", highlight=False)

        def decided(record: Record) -> None:
            display.decided(record)
            metrics.decided(record)

        def staying(generated: Sequence[Generated]) -> list[int]:
            with curated_of(wanted, generated, references) as stays:
                return [len(part) for part in stays.parts]

        with display:
            generated = run_until_stopped(
                generate(
                    wanted,
                    sources,
                    teachers,
                    precedences=precedences_of(wanted.portions, sources, aim),
                    journal=journal,
                    settings=settings,
                    ledger=ledger,
                    decided=decided,
                    staying=staying,
                    workers=workers,
                )
            )
        stays = open_ones.enter_context(curated_of(wanted, generated, references))
        write(wanted, generated, stays, journal)
        enter_rows(wanted.coverage, belongs, stays.rows)
        if wanted.export is not None:
            _export(wanted.folder, wanted.export, stays.rows, console)
    progress = [one for each in generated for one in each.progress]
    by_teacher = [(each.teacher.name, each.progress) for each in generated]
    spent = ledger.spent
    seconds = time.monotonic() - started
    summarize(console, by_teacher, seconds, spent, len(stays.rows), prices=ledger.sources)
    for step in stays.steps:
        for words in curation_in_words(step):
            console.print(words, highlight=False)
    got = len(stays.rows)
    missing = shortfall(progress, got, wanted.count, ledger.refusal) if got < wanted.count else ""
    return Made(wanted.folder / TasksFile.file, missing)


def _export(folder: Path, settings: Export, rows: TaskRows, console: Console) -> None:
    """Write the shapes that there are rows for; the data set is there whatever is lacking."""
    lacking = lacking_in(rows, settings.shapes)
    for shape, why in lacking.items():
        console.print(f"export: nothing as {shape.value}: {why}", highlight=False)
    shapes = tuple(shape for shape in settings.shapes if shape not in lacking)
    if not len(rows) or not shapes:
        return
    name = settings.name or folder.resolve().name
    given = settings.model_copy(update={"shapes": shapes, "name": name})
    for file in export(folder, given, folder / _EXPORT):
        console.print(f"{_EXPORT}/{file.path}: {file.rows} rows", highlight=False)


def references_of(wanted: Wanted, console: Console) -> References | None:
    """The texts that must not be trained on; None where none are named. ``console``: hears of files
    that are no text.

    Raises:
        WrongUsage, rewardsvc.errors.InvalidFile: a file cannot be read.
    """
    settings = wanted.curation.decontaminate
    if settings is None or not settings.against:
        return None

    def skipped(file: Path) -> None:
        console.print(f"{file}: no text in UTF-8, not compared with", highlight=False, markup=False)

    texts = (text for each in settings.against for text in passages_in(each, skipped))
    return References(texts, settings)


def _workers(
    wanted: Wanted, settings: Settings, open_ones: ExitStack, console: Console
) -> ClusterWorkers:
    """The workers of the cluster that is wanted, which is joined."""
    if wanted.server is None:
        raise WrongUsage("on a cluster a reward server verifies: name it with --server HOST:PORT")
    equipment = Equipment(
        server=wanted.server,
        connection=settings.connection,
        weights=settings.weights,
        code=code_that_works(),
        environment={
            name: value for name, value in os.environ.items() if name.startswith(_OF_MODELS)
        },
    )

    def told(words: str) -> None:
        console.print(words, highlight=False, markup=False)

    cluster = open_ones.enter_context(joined(wanted.cluster or ""))
    return ClusterWorkers(cluster, equipment, most=wanted.concurrency, told=told)


_OF_MODELS = ("OPENAI_", "ANTHROPIC_")
"""Beginnings of the variables that the SDKs of models read."""


def _teachers(
    wanted: Wanted,
    settings: Settings,
    ledger: Ledger,
    journal: Journal,
    console: Console,
    *,
    workers: ClusterWorkers | None,
) -> Mapping[str, Teacher]:
    def told(words: str) -> None:
        console.print(words, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def opened(name: str) -> Teacher:
        model = teacher_named(name)
        if model is None:
            return open_teacher(name)
        queue = BatchQueue(journal, model.whole)
        if wanted.batch:
            return open_batch_teacher(
                model,
                ledger,
                queue,
                BatchSettings(wanted.folder / _BATCHES, settings.batch_pause_seconds),
                told,
                timeout_seconds=wanted.teacher_timeout,
            )
        return open_teacher(
            name,
            account=ledger.of(model.whole),
            timeout_seconds=wanted.teacher_timeout,
            limit=RateLimit(
                settings.teacher_requests_per_minute,
                wanted.concurrency,
                settings.teacher_tokens_per_minute,
            ),
            opening=workers.open_model if workers else open_model,
            known=answers_before(queue),
        )

    return {name: opened(name) for name in {each.teacher: None for each in wanted.portions}}
