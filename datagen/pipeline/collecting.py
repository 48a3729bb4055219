"""Collects: what a provider finds becomes candidates, and those that the tools accept rows."""

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from datagen.curation import Deduplication, Grouping, Splitting, repetitions_in, sides_of
from datagen.errors import WrongUsage
from datagen.execution import LocalExecutor
from datagen.fate import FATE, CandidateEnd, CandidateFate, fate_of, note_decided
from datagen.journal import Journal
from datagen.lock import held
from datagen.outputs import DataSet, RejectedFile, TasksFile, rows_of, write_files
from datagen.outputs.collected import (
    CollectionStatistics,
    collected_card,
    statistics_as_json,
    statistics_lines,
)
from datagen.outputs.files import replace_file
from datagen.pipeline.making import Made
from datagen.pipeline.writing import refuse_fewer
from datagen.record import Outcome, Record
from datagen.sources.collected import CollectionSettings, RepositoryProvider
from datagen.sources.collected.clones import CloneCache
from datagen.sources.collected.gathering import Gathered, gather
from datagen.sources.collected.paths import COLLECTED_FORMATS
from datagen.sources.collected.provider import COLLECTED
from datagen.sources.collected.records import record_of_candidate
from datagen.stages.verify import Verification
from rewardsvc.nearest import nearest
from rewardsvc.program import run_until_stopped
from rewardsvc.progress import progress_on
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue, Verdict

STATISTICS = "collection.json"
"""Beside the rows."""

Opened = AbstractAsyncContextManager[RepositoryProvider]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCollection:
    """``place``: what names the place that is collected from; the folder belongs to it and to the
    settings. ``cache``: the folder of clones and pages. ``provider``: opens the provider, given
    who is to hear of a limit's pause in seconds. ``split_seed``: chooses held-out repositories.
    """

    place: Sequence[str]
    settings: CollectionSettings
    folder: Path
    cache: Path
    provider: Callable[[Callable[[float], None]], Opened]
    server: str | None = None
    concurrency: int = 4
    shrink: bool = False
    split_seed: int = 0


def cache_folder() -> Path:
    """Where clones and pages are kept unless another place is named: the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "assay" / "collected"


def require_formats(names: Sequence[str]) -> None:
    """Refuse formats that are not collected.

    Raises:
        WrongUsage: names one.
    """
    for name in names:
        if name not in COLLECTED_FORMATS:
            there = ", ".join(COLLECTED_FORMATS)
            near = nearest(name, COLLECTED_FORMATS)
            raise WrongUsage(f"formats: {name!r} is not collected{near}; there are {there}")


def collect(wanted: WantedCollection, settings: Settings, console: Console) -> Made:
    """Collect, or go on with it; words go to the console.

    Raises:
        WrongUsage: the folder has another collection, or a format is unknown.
        WouldShrink: it has more rows.
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done.
        rewardsvc.program.Stopped: a signal came; clones, pages and verdicts are kept.
    """
    require_formats(wanted.settings.formats)
    chosen: dict[str, JsonValue] = wanted.settings.model_dump(mode="json")
    age = {"cache_ttl_hours": chosen.pop("cache_ttl_hours")}  # what is collected anew is the same
    belongs: dict[str, JsonValue] = {"collect": list(wanted.place), **chosen}
    with held(wanted.folder), Journal(wanted.folder, belongs, formerly=age) as journal:
        gathered, name, incomplete = run_until_stopped(_gathered(wanted))
        records = [record_of_candidate(each, name) for each in gathered.candidates]
        decided = run_until_stopped(_verified(wanted, records, journal, settings))
        rows, repeated = _rows(decided, wanted.split_seed)
        if not wanted.shrink:
            refuse_fewer(wanted.folder, len(rows))
        statistics = _statistics(
            gathered, decided, rows, provider=name, repeated=len(repeated), incomplete=incomplete
        )
        _write(wanted, rows, decided, statistics)
        _note(journal, decided, rows, repeated)
    for line in statistics_lines(statistics):
        console.print(line, highlight=False, markup=False)
    nothing = "nothing that was found is a task; the lines above say why, and what to do"
    return Made(wanted.folder / TasksFile.file, "" if rows else nothing)


async def _gathered(wanted: WantedCollection) -> tuple[Gathered, str, int]:
    """What there is, the provider's name, and how many searches it could not finish."""
    found = 0

    def one_more() -> None:
        nonlocal found
        found += 1

    with progress_on(sys.stderr, "repositories", lambda: found) as advance:

        def waiting(seconds: float) -> None:
            advance(0, f"waits {seconds:.0f} s, as the service asks")

        async with wanted.provider(waiting) as provider:
            gathered = await gather(
                provider,
                CloneCache(wanted.cache, wanted.settings),
                wanted.settings,
                found=one_more,
                looked_at=lambda name: advance(1, name),
            )
            return gathered, provider.name, getattr(provider, "incomplete", 0)


async def _verified(
    wanted: WantedCollection, records: Sequence[Record], journal: Journal, settings: Settings
) -> list[Record]:
    unjudged = settings.model_copy(update={"judge": ()})
    with progress_on(sys.stderr, "verified", len(records)) as advance:

        def one_more(record: Record) -> None:
            note_decided(journal, fate_of(record, COLLECTED))
            advance()

        async with open_scorer(unjudged, wanted.server) as scorer:
            executor = LocalExecutor(
                [[Verification(scorer)]],
                journal,
                concurrency=wanted.concurrency,
                decided=one_more,
            )
            settled = await executor.carry(records)
    return [
        replace(executor.recalled(record), ruling=each.ruling)
        for record, each in zip(records, settled, strict=True)
    ]


def _rows(decided: Sequence[Record], seed: int) -> tuple[list[TaskRow], dict[str, str]]:
    """The rows, each with its repository's side; and which ids repeat which other. Pure."""
    accepted = [record for record in decided if record.outcome is Outcome.ACCEPTED]
    made = list(rows_of(((record, 0) for record in accepted), teacher=COLLECTED, seed=seed))
    repeated = {each.id: each.repeats for each in repetitions_in(made, Deduplication())}
    rows = [row for row in made if row.id not in repeated]
    sides = sides_of(rows, Splitting(by=Grouping.REPOSITORY, seed=seed))
    return [replace(row, split=sides[row.id].value) for row in rows], repeated


_VALUES = re.compile(r"\s*[:;(].*", re.DOTALL)


def _statistics(
    gathered: Gathered,
    decided: Sequence[Record],
    rows: Sequence[TaskRow],
    *,
    provider: str,
    repeated: int,
    incomplete: int,
) -> CollectionStatistics:
    def reasons(*outcomes: Outcome) -> dict[str, int]:
        words = (each.ruling.reason for each in decided if each.outcome in outcomes)
        return dict(Counter(_VALUES.sub("", word) for word in words).most_common())

    return CollectionStatistics(
        provider=provider,
        repositories=gathered.repositories,
        left=dict(gathered.left),
        failures=gathered.failures,
        incomplete_searches=incomplete,
        candidates=len(decided),
        dropped=dict(gathered.dropped),
        rejected=reasons(Outcome.REJECTED),
        undecided=reasons(Outcome.MISSING, Outcome.FAULTED),
        secrets=gathered.secrets,
        repeated=repeated,
        rows=len(rows),
        formats=dict(Counter(row.format for row in rows)),
        licences=dict(Counter(str(row.provenance["licence"]) or "unknown" for row in rows)),
        splits=dict(Counter(row.split for row in rows)),
        repositories_with_rows=len({row.provenance["repository"] for row in rows}),
    )


def _write(
    wanted: WantedCollection,
    rows: Sequence[TaskRow],
    decided: Sequence[Record],
    statistics: CollectionStatistics,
) -> None:
    rejected = [record for record in decided if record.outcome is Outcome.REJECTED]
    verdicts = [verdict for record in decided if (verdict := record.result(Verdict))]
    data = DataSet(
        command="datagen collect",
        categories=tuple(dict.fromkeys(row.category for row in rows)),
        teachers=(COLLECTED,),
        seed=wanted.split_seed,
        rows=rows,
        accepted=sum(record.outcome is Outcome.ACCEPTED for record in decided),
        rejected=lambda: rejected,
        rejections=len(rejected),
        toolchains=sorted({verdict.toolchain for verdict in verdicts if verdict.toolchain}),
    )
    write_files(wanted.folder, data, (TasksFile(), RejectedFile()))
    replace_file(wanted.folder / "README.md", collected_card(rows, statistics))
    replace_file(wanted.folder / STATISTICS, [statistics_as_json(statistics)])


def _note(
    journal: Journal,
    decided: Sequence[Record],
    rows: Sequence[TaskRow],
    repeated: dict[str, str],
) -> None:
    side = {row.id: row.split for row in rows}

    def fate(record: Record) -> CandidateFate:
        known = fate_of(record, COLLECTED)
        if record.id in side:
            return replace(known, end=CandidateEnd.ROW, split=side[record.id])
        if record.id in repeated:
            return replace(known, end=CandidateEnd.DUPLICATE, other=repeated[record.id])
        return known

    journal.note((record.id, FATE.dump_json(fate(record)).decode()) for record in decided)
