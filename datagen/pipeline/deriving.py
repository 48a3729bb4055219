"""Makes tasks of verified rows: repairs of what is broken in them, edits of what they ask for."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from rich.console import Console

from datagen.curation import rows_in, tasks_file
from datagen.errors import WrongUsage
from datagen.execution import LocalExecutor, Progress, run_waves, taken
from datagen.fate import fate_of, note_decided, note_written
from datagen.journal import JOURNAL, Journal
from datagen.ledger import CallCosts
from datagen.lock import held
from datagen.outputs import RejectedFile, TasksFile, rows_of, write_files
from datagen.outputs.curated import require_place
from datagen.pipeline.writing import accepted_in, data_set, ended_as_rows, refuse_fewer
from datagen.progress import Display
from datagen.record import Record
from datagen.sources import RecordSource
from datagen.sources.verified import PARENT
from datagen.stages import AnyStage
from datagen.stages.verify import Verification
from datagen.summary import shortfall, summarize
from datagen.teachers import BUILTIN
from rewardsvc.llm import Tokens
from rewardsvc.program import run_until_stopped
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow

_UNKNOWN = "unknown"
"""The teacher of rows that name none."""

_NOTHING = CallCosts(Tokens(), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What is made of rows. ``name``: of its command, and what its ids begin with.

    ``usable``: of which rows it can be made, and ``unusable`` what is said where there are none;
    ``sources``: of those rows, with the ids' prefix and the seed; ``stage``: that makes tasks of
    their records.
    """

    name: str
    usable: Callable[[TaskRow], bool]
    unusable: str
    sources: Callable[[Sequence[TaskRow], str, int], Sequence[RecordSource]]
    stage: Callable[[Scorer, int], AnyStage]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDerived:
    """Of which rows, how many (of each row one at most), and where to. ``shrink``: whether fewer
    may replace those that are there."""

    data: Path
    folder: Path
    count: int | None
    seed: int
    server: str | None
    concurrency: int
    shrink: bool = False


@dataclass(frozen=True, slots=True)
class MadeDerived:
    """``missing``: why there are fewer than wanted, "" where none is."""

    file: Path
    missing: str


def make_derived(derivation: Derivation, wanted: WantedDerived, settings: Settings) -> MadeDerived:
    """Make them, or go on with them; words go to stderr.

    Raises:
        WrongUsage: the rows come from there, or there are others than a former run's.
        WouldShrink: there are more of a former run's.
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done.
        rewardsvc.program.Stopped: a signal came; what was found so far is in the journal.
    """
    console = Console(stderr=True)
    require_place(wanted.folder, wanted.data, JOURNAL)
    rows = [row for row in rows_in(wanted.data) if _own(row) and derivation.usable(row)]
    if not rows:
        raise WrongUsage(f"{wanted.data}: {derivation.unusable}")
    count = min(wanted.count or len(rows), len(rows))
    belongs = {derivation.name: content_digest(wanted.data), "seed": wanted.seed}
    sources = derivation.sources(rows, f"{derivation.name}-", wanted.seed)
    started = time.monotonic()
    with held(wanted.folder), Journal(wanted.folder, belongs) as journal:
        display = Display(console, count, lambda: "")
        with display:
            progress = run_until_stopped(
                _worked_off(
                    derivation,
                    wanted,
                    sources,
                    journal=journal,
                    settings=settings,
                    display=display,
                    count=count,
                )
            )
        made = _with_sides(rows, progress, count, wanted.seed)
        _write(derivation, wanted, made, progress, journal)
    summarize(console, [(BUILTIN, progress)], time.monotonic() - started, _NOTHING, len(made))
    missing = shortfall(progress, len(made), count) if len(made) < count else ""
    if not missing:
        missing = too_few_rows(wanted.data, len(rows), wanted.count)
    return MadeDerived(wanted.folder / TasksFile.file, missing)


def too_few_rows(data: Path, usable: int, wanted: int | None) -> str:
    """Why there are fewer than wanted where each row gives one at most, "" where there are not."""
    if wanted is None or wanted <= usable:
        return ""
    return (
        f"{usable} of {wanted}: one is made of each row, and {data} has {usable} that can be used;"
        " give a lower --count, or more rows"
    )


def _own(row: TaskRow) -> bool:
    """Whether its answer was not made of another row's."""
    return bool(row.output) and not row.provenance.get(PARENT)


async def _worked_off(
    derivation: Derivation,
    wanted: WantedDerived,
    sources: Sequence[RecordSource],
    *,
    journal: Journal,
    settings: Settings,
    display: Display,
    count: int,
) -> list[Progress]:
    unjudged = settings.model_copy(update={"judge": ()})

    def decided(record: Record) -> None:
        note_decided(journal, fate_of(record, BUILTIN))
        display.decided(record)

    async with open_scorer(unjudged, wanted.server) as scorer:
        executor = LocalExecutor(
            [[derivation.stage(scorer, wanted.seed), Verification(scorer)]],
            journal,
            concurrency=wanted.concurrency,
            decided=decided,
        )
        return await run_waves(sources, executor, count)


def by_topic(rows: Sequence[TaskRow]) -> dict[tuple[str, str, str], list[TaskRow]]:
    """The rows by category, topic and format."""
    found: dict[tuple[str, str, str], list[TaskRow]] = {}
    for row in rows:
        key = (row.category, row.topic or row.category, row.format)
        found.setdefault(key, []).append(row)
    return found


def _with_sides(
    rows: Sequence[TaskRow], progress: Sequence[Progress], count: int, seed: int
) -> list[TaskRow]:
    """The rows of what was made, each on its parent's side, and by its teacher: the answer is that
    one's, and so are the terms that hold for it. Pure."""
    parents = {row.id: row for row in rows}
    made = []
    for row in rows_of(taken(progress, count), teacher=_UNKNOWN, seed=seed):
        parent = parents[str(row.provenance[PARENT])]
        teacher = parent.provenance.get("teacher", _UNKNOWN)
        provenance = {**row.provenance, "teacher": teacher}
        made.append(replace(row, split=parent.split, provenance=provenance))
    return made


def _write(
    derivation: Derivation,
    wanted: WantedDerived,
    made: list[TaskRow],
    progress: list[Progress],
    journal: Journal,
) -> None:
    if not wanted.shrink:
        refuse_fewer(wanted.folder, len(made))
    data = data_set(
        progress,
        command=f"datagen {derivation.name}",
        categories=[row.category for row in made],
        teachers=[str(row.provenance["teacher"]) for row in made],
        seed=wanted.seed,
        rows=made,
    )
    write_files(wanted.folder, data, (TasksFile(), RejectedFile()))
    note_written(journal, accepted_in(progress), ended_as_rows(made))


def content_digest(data: Path) -> str:
    """Names the rows of a folder or a file by what they say."""
    with tasks_file(data).open("rb") as file:
        content = sha256()
        while block := file.read(1 << 20):
            content.update(block)
        return content.hexdigest()
