"""Makes a data set of what is wanted, with words on stderr."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from datagen.journal import Journal
from datagen.lock import held
from datagen.outputs import TasksFile
from datagen.pipeline.generation import generate
from datagen.pipeline.planning import sources_of
from datagen.pipeline.wanted import Wanted
from datagen.pipeline.writing import data_set_of, write
from datagen.progress import Display
from datagen.summary import shortfall, summarize
from datagen.teachers import Teacher, open_teacher
from rewardsvc.llm import RateLimit
from rewardsvc.program import run_until_stopped
from rewardsvc.settings import Settings


@dataclass(frozen=True, slots=True)
class Made:
    """What became of it. ``missing``: why there are fewer pairs than wanted, "" where none is."""

    file: Path
    missing: str


def make(wanted: Wanted, settings: Settings) -> Made:
    """Make the data set, or go on with it.

    Raises:
        DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done.
        rewardsvc.program.Stopped: a signal came; what was found so far is in the journal.
    """
    console = Console(stderr=True)
    sources = sources_of(wanted.portions, wanted.seed)
    teachers = _teachers(wanted, settings)
    started = time.monotonic()
    with ExitStack() as open_ones:
        open_ones.enter_context(held(wanted.folder))
        journal = open_ones.enter_context(Journal(wanted.folder, wanted.belongs))
        display = Display(console, wanted.count)
        with display:
            generated = run_until_stopped(
                generate(
                    wanted,
                    sources,
                    teachers,
                    journal=journal,
                    settings=settings,
                    decided=display.decided,
                )
            )
        data = data_set_of(wanted, generated)
        write(wanted, generated, data, journal)
    progress = [one for each in generated for one in each.progress]
    by_teacher = [(each.teacher.name, each.progress) for each in generated]
    summarize(console, by_teacher, time.monotonic() - started, settings.prices)
    got = len(data.rows)
    missing = shortfall(progress, got, wanted.count) if got < wanted.count else ""
    return Made(wanted.folder / TasksFile.file, missing)


def _teachers(wanted: Wanted, settings: Settings) -> Mapping[str, Teacher]:
    return {
        name: open_teacher(
            name,
            timeout_seconds=wanted.teacher_timeout,
            limit=RateLimit(
                settings.teacher_requests_per_minute,
                wanted.concurrency,
                settings.teacher_tokens_per_minute,
            ),
        )
        for name in dict.fromkeys(portion.teacher for portion in wanted.portions)
    }
