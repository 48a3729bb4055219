"""What ``datagen synth`` does: a run from its options to the data set, with words on stderr."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from datagen.categories import CATEGORIES
from datagen.errors import WrongUsage
from datagen.execution import LocalExecutor, Progress, run_waves, taken
from datagen.journal import Journal
from datagen.outputs import Card, DataSet, RejectedFile, TasksFile, rows_of, write_files
from datagen.progress import Display
from datagen.sources import RecordSource, TopicSource
from datagen.stages import AnyStage
from datagen.stages.ask import Asking, RawAnswer
from datagen.stages.rating import PanelRater
from datagen.stages.strength import MutationGate
from datagen.stages.verify import Verification
from datagen.summary import shortfall, summarize
from datagen.teachers import Teacher, open_teacher
from datagen.topic import Topic
from rewardsvc.judge.panel import open_panel
from rewardsvc.llm import Price, RateLimit
from rewardsvc.program import run_until_stopped
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings, load_settings

SINKS = (TasksFile(), RejectedFile(), Card())
"""The files of a data set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the options of ``datagen synth`` say."""

    category: str
    count: int
    teacher: str
    """As ``--teacher`` names it."""
    teacher_timeout: float
    """Seconds that one answer may take."""
    seed: int
    folder: Path
    topics: str | None
    """Names with commas between them; all of the category where None."""
    server: str | None
    concurrency: int
    judge: tuple[str, ...]
    config: Path | None
    """The TOML file of settings."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of it. ``missing``: why there are fewer pairs than wanted, "" where none is."""

    file: Path
    missing: str


def synthesize(wanted: Wanted) -> Made:
    """Write the data set.

    Raises:
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done.
        rewardsvc.program.Stopped: a signal came; what was found so far is in the journal.
    """
    console = Console(stderr=True)
    chosen = _chosen(wanted.category, wanted.topics)
    settings = load_settings(wanted.config, judge=wanted.judge or None)
    teacher = open_teacher(
        wanted.teacher,
        timeout_seconds=wanted.teacher_timeout,
        limit=RateLimit(
            settings.teacher_requests_per_minute,
            wanted.concurrency,
            settings.teacher_tokens_per_minute,
        ),
    )
    configuration = {
        "category": wanted.category,
        "topics": [topic.name for topic in chosen],
        "teacher": wanted.teacher,
        "seed": wanted.seed,
    }
    if settings.judge:
        configuration["judge"] = list(settings.judge)
    sources = [TopicSource(wanted.category, topic, wanted.seed) for topic in chosen]
    started = time.monotonic()
    with Journal(wanted.folder, configuration) as journal:
        progress = run_until_stopped(
            _worked_off(
                wanted,
                sources,
                teacher,
                journal=journal,
                settings=settings,
                display=Display(console, wanted.count),
            )
        )
        data = data_set_of(
            progress,
            wanted.category,
            teacher=teacher.name,
            seed=wanted.seed,
            count=wanted.count,
        )
        write_files(wanted.folder, data, SINKS)
    price = settings.prices.get(teacher.name)
    summarize(console, progress, time.monotonic() - started, Price(*price) if price else None)
    got = len(data.rows)
    missing = shortfall(progress, got, wanted.count) if got < wanted.count else ""
    return Made(wanted.folder / TasksFile.file, missing)


def _chosen(category: str, only: str | None) -> Sequence[Topic[Any]]:
    topics = CATEGORIES[category].topics
    if only is None:
        return topics
    wanted = {name.strip() for name in only.split(",") if name.strip()}
    known = {topic.name for topic in topics}
    if not wanted or not wanted <= known:
        unknown = ", ".join(sorted(wanted - known)) or "none named"
        raise WrongUsage(f"--topics: {unknown}; {category} has {', '.join(sorted(known))}")
    return [topic for topic in topics if topic.name in wanted]


async def _worked_off(
    wanted: Wanted,
    sources: Sequence[RecordSource],
    teacher: Teacher,
    *,
    journal: Journal,
    settings: Settings,
    display: Display,
) -> list[Progress]:
    try:
        # Apart from the scorer: there it would be asked about every mutant, and catch it.
        async with (
            open_panel(settings) as panel,
            open_scorer(settings.model_copy(update={"judge": ()}), wanted.server) as scorer,
        ):
            asking = Asking(teacher)
            journal.take_over(asking.name, place_of(sources, asking))
            phases: list[list[AnyStage]] = [
                [asking],
                [Verification(scorer), MutationGate(scorer, () if teacher.paid else sources)],
            ]
            if panel is not None:
                phases.append([PanelRater(panel)])
            executor = LocalExecutor(
                phases, journal, concurrency=wanted.concurrency, decided=display.decided
            )
            with display:
                return await run_waves(sources, executor, wanted.count)
    finally:
        await teacher.aclose()


def place_of(
    sources: Sequence[RecordSource], asking: Asking
) -> Callable[[str, str], tuple[str, str, str] | None]:
    """Where an answer belongs that a journal of the former layout has by ``topic/position``."""
    named = {source.name: source for source in sources}

    def place(candidate: str, raw: str) -> tuple[str, str, str] | None:
        name, _, position = candidate.rpartition("/")
        record = named[name].record(int(position)) if name in named else None
        if record is None:
            return None
        answer = asking.written.dump_json(RawAnswer(raw)).decode()
        return record.id, asking.digest(record), answer

    return place


def data_set_of(
    progress: Sequence[Progress], category: str, *, teacher: str, seed: int, count: int
) -> DataSet:
    """What a run came to, as outputs are given it. Pure."""
    return DataSet(
        category=category,
        teacher=teacher,
        seed=seed,
        rows=rows_of(taken(progress, count), teacher=teacher, seed=seed),
        accepted=[record for each in progress for record in each.accepted],
        records=[record for each in progress for record in each.records],
    )
