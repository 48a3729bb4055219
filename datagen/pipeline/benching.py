"""Freezes a benchmark: tasks that no training row was made of, each verified and hard to fool.

What it holds follows from the topics alone: there is no seed to choose. The version is a digest of
the rows, so whoever reports a result says on what.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from datagen.categories import CATEGORIES
from datagen.errors import WrongUsage
from datagen.fate import note_written
from datagen.journal import Journal
from datagen.ledger import CallCosts, Ledger
from datagen.lock import held
from datagen.outputs import Card, RejectedFile, TasksFile, rows_of, write_files
from datagen.outputs.files import replace_file
from datagen.pipeline.generation import Generated, generate
from datagen.pipeline.making import Made
from datagen.pipeline.wanted import Wanted
from datagen.pipeline.writing import accepted_in, data_set, ended_as_rows, refuse_fewer
from datagen.portion import Portion
from datagen.progress import Display
from datagen.sources import BenchSource
from datagen.sources.topics import BENCH_SIZES
from datagen.summary import shortfall, summarize
from datagen.teachers import BUILTIN, open_teacher
from rewardsvc.llm import PriceList, Tokens
from rewardsvc.program import run_until_stopped
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import JsonValue

MOST_SURVIVING = 0.05
"""Of a task's mutants that change the meaning, at most this share may live."""

BENCH_FILE = "bench.json"
"""Beside the rows: the version, and what is in it."""

_SPLIT = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBench:
    """``sizes``: tasks by category. ``lacking``: categories that are wanted and have no topics yet.
    ``shrink``: whether fewer may replace those that are there."""

    folder: Path
    sizes: Mapping[str, int]
    lacking: Sequence[str] = ()
    server: str | None = None
    concurrency: int = 4
    shrink: bool = False


def sizes_of(named: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Tasks by category, of all or of those that are named, and which have no topics yet. Pure.

    Raises:
        WrongUsage: the benchmark has no such category, or one that is named has no topics.
    """
    unknown = [name for name in named if name not in BENCH_SIZES]
    if unknown:
        there = ", ".join(BENCH_SIZES)
        raise WrongUsage(f"--category: the benchmark has no {', '.join(unknown)}, only {there}")
    lacking = [
        name for name in BENCH_SIZES if name not in CATEGORIES and (not named or name in named)
    ]
    if named and lacking:
        raise WrongUsage(f"--category: there are no topics of {', '.join(lacking)} yet")
    return {
        name: size
        for name, size in BENCH_SIZES.items()
        if name in CATEGORIES and (not named or name in named)
    }, lacking


def make_bench(wanted: WantedBench, settings: Settings, console: Console) -> Made:
    """Make it, or go on with it; words go to the console.

    Raises:
        WrongUsage: the folder has another data set, or other categories.
        WouldShrink: it has more rows.
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done.
        rewardsvc.program.Stopped: a signal came; what was found so far is in the journal.
    """
    portions = [Portion(category=name, count=size) for name, size in wanted.sizes.items()]
    sources = [
        [BenchSource(portion.category, topic) for topic in CATEGORIES[portion.category].topics]
        for portion in portions
    ]
    run = Wanted(
        command="datagen bench",
        portions=portions,
        seed=0,
        folder=wanted.folder,
        belongs={"bench": list(wanted.sizes)},
        server=wanted.server,
        concurrency=wanted.concurrency,
        shrink=wanted.shrink,
        most_surviving=MOST_SURVIVING,
    )
    started = time.monotonic()
    unjudged = settings.model_copy(update={"judge": ()})
    with held(wanted.folder), Journal(wanted.folder, run.belongs) as journal:
        display = Display(console, run.count, lambda: "")
        with display:
            generated = run_until_stopped(
                generate(
                    run,
                    sources,
                    {BUILTIN: open_teacher(BUILTIN)},
                    journal=journal,
                    settings=unjudged,
                    ledger=Ledger(journal, PriceList()),
                    decided=display.decided,
                    staying=lambda done: [each.available for each in done],
                )
            )
        rows = [row for each in generated for row in _rows(each)]
        _write(run, generated, rows, wanted.lacking)
        noted = [one for each in generated for one in each.progress]
        note_written(journal, accepted_in(noted), ended_as_rows(rows))
    progress = [one for each in generated for one in each.progress]
    seconds = time.monotonic() - started
    summarize(console, [(BUILTIN, progress)], seconds, CallCosts(Tokens(), 0.0), len(rows))
    missing = shortfall(progress, len(rows), run.count) if len(rows) < run.count else ""
    return Made(wanted.folder / TasksFile.file, missing)


def version_of(rows: Sequence[TaskRow]) -> str:
    """Names what a benchmark asks and checks: equal rows, equal versions. Pure."""
    lines = "\n".join(row_to_json(row) for row in rows)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def described(rows: Sequence[TaskRow], lacking: Sequence[str] = ()) -> dict[str, JsonValue]:
    """What :data:`BENCH_FILE` says. Pure."""
    topics: dict[str, JsonValue] = {}
    for category in dict.fromkeys(row.category for row in rows):
        counts = Counter(str(row.provenance["topic"]) for row in rows if row.category == category)
        alone = {topic.name for topic in CATEGORIES[category].topics if topic.bench_only}
        topics[category] = {
            "tasks": counts.total(),
            "topics": dict(counts),
            "bench_only": [name for name in counts if name in alone],
        }
    said: dict[str, JsonValue] = {
        "version": version_of(rows),
        "tasks": len(rows),
        "mutants_caught_at_least": 1 - MOST_SURVIVING,
        "categories": topics,
    }
    return said | ({"lacking": list(lacking)} if lacking else {})


def _rows(generated: Generated) -> list[TaskRow]:
    made = rows_of(generated.taken, teacher=BUILTIN, seed=0)
    return [
        replace(
            row,
            split=_SPLIT,
            provenance={key: value for key, value in row.provenance.items() if key != "seed"},
        )
        for row in made
    ]


def _write(
    run: Wanted, generated: Sequence[Generated], rows: Sequence[TaskRow], lacking: Sequence[str]
) -> None:
    if not run.shrink:
        refuse_fewer(run.folder, len(rows))
    said = described(rows, lacking)
    data = data_set(
        [one for each in generated for one in each.progress],
        command=run.command,
        categories=[portion.category for portion in run.portions],
        teachers=[BUILTIN],
        seed=run.seed,
        rows=rows,
        steps=[
            f"Version `{said['version']}`: a digest of the rows ({BENCH_FILE} says what is in it).",
            "All of it is for tests. Training never sees its specifications, nor one that differs"
            " in a single field; topics for the benchmark alone are never trained on.",
        ],
        most_surviving=run.most_surviving,
    )
    write_files(run.folder, data, (TasksFile(), RejectedFile(), Card()))
    replace_file(run.folder / BENCH_FILE, [json.dumps(said, indent=1)])
