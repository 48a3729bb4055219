"""What ``datagen synth`` does: a run from its options to the data set, with words on stderr."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from datagen.categories import CATEGORIES
from datagen.dataset import rows_of, write_dataset
from datagen.decision import Outcome
from datagen.errors import DatagenError, TeacherMissing, WrongUsage
from datagen.gate import MutationGate
from datagen.journal import Journal
from datagen.pipeline import Pipeline, Progress
from datagen.progress import Display
from datagen.rating import PanelRater
from datagen.teachers import Teacher, open_teacher
from datagen.topic import Topic
from rewardsvc.errors import RewardServiceError
from rewardsvc.judge.panel import open_panel
from rewardsvc.llm import Price, RateLimit, TokenUsage
from rewardsvc.program import Stopped, run_until_stopped
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings, problem_of

_GO_ON = "what was decided so far is kept: run the same command again to go on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the options of ``datagen synth`` say."""

    category: str
    count: int
    teacher: str
    teacher_base_url: str | None
    teacher_timeout: float
    """Seconds that one answer may take."""
    seed: int
    folder: Path
    topics: str | None
    """Names with commas between them; all of the category where None."""
    server: str | None
    concurrency: int
    judge: tuple[str, ...]


def synthesize(wanted: Wanted) -> None:
    """Write the data set and print its path; ends as a command does, with words and exit code.

    Raises:
        click.ClickException: something is wrong, or there are fewer pairs than wanted.
    """
    console = Console(stderr=True)
    try:
        chosen = _chosen(wanted.category, wanted.topics)
        settings = Settings.load(judge=wanted.judge or None)
        teacher = open_teacher(
            wanted.teacher,
            base_url=wanted.teacher_base_url,
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
            "teacher": teacher.name,
            "teacher_base_url": wanted.teacher_base_url,
            "seed": wanted.seed,
        }
        if settings.judge:
            configuration["judge"] = list(settings.judge)
        started = time.monotonic()
        with Journal(wanted.folder, configuration) as journal:
            progress = run_until_stopped(
                _synthesize(
                    teacher,
                    journal,
                    settings,
                    Display(console, wanted.count),
                    category=wanted.category,
                    topics=chosen,
                    seed=wanted.seed,
                    count=wanted.count,
                    server=wanted.server,
                    concurrency=wanted.concurrency,
                )
            )
            rows = rows_of(progress, count=wanted.count, teacher=teacher.name, seed=wanted.seed)
            path = write_dataset(
                wanted.folder,
                wanted.category,
                rows,
                progress,
                teacher=teacher.name,
                seed=wanted.seed,
            )
    except Stopped as stopped:
        click.echo(f"interrupted; {_GO_ON}", err=True)
        raise SystemExit(stopped.exit_code) from None
    except (WrongUsage, TeacherMissing) as error:
        raise click.UsageError(str(error)) from error
    except ValidationError as error:
        raise click.UsageError(
            problem_of(error, flags={"judge"} if wanted.judge else ())
        ) from error
    except (DatagenError, RewardServiceError) as error:
        raise click.ClickException(f"{error}\n{_GO_ON}") from error
    price = settings.prices.get(teacher.name)
    _summarize(
        console, progress, time.monotonic() - started, Price(*price) if price is not None else None
    )
    click.echo(path)
    if len(rows) < wanted.count:
        raise click.ClickException(_shortfall(progress, len(rows), wanted.count))


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


async def _synthesize(
    teacher: Teacher,
    journal: Journal,
    settings: Settings,
    display: Display,
    *,
    category: str,
    topics: Sequence[Topic[Any]],
    seed: int,
    count: int,
    server: str | None,
    concurrency: int,
) -> list[Progress]:
    try:
        # Apart from the scorer: there it would be asked about every mutant, and catch it.
        async with (
            open_panel(settings) as panel,
            open_scorer(settings.model_copy(update={"judge": ()}), server) as scorer,
        ):
            pipeline = Pipeline(
                teacher,
                scorer,
                journal,
                gate=MutationGate(scorer, journal, shared=not teacher.paid),
                concurrency=concurrency,
                decided=display.decided,
                rater=PanelRater(panel) if panel is not None else None,
            )
            with display:
                return await pipeline.run(category, topics, seed=seed, count=count)
    finally:
        await teacher.aclose()


def _summarize(
    console: Console, topics: Sequence[Progress], seconds: float, price: Price | None
) -> None:
    table = Table("topic", "format", "accepted", "rejected", "why", box=None)
    for progress in topics:
        reasons = [decision.reason for _, decision in progress.rejected[:1]]
        if progress.fault is not None:
            reasons.insert(0, progress.fault.reason)
        table.add_row(
            progress.stream.topic.name,
            progress.stream.topic.format,
            str(len(progress.accepted)),
            str(len(progress.rejected)),
            escape("; ".join(reasons)),
        )
    console.print(table)
    decisions = [each for progress in topics for each in progress.decisions]
    accepted = sum(len(progress.accepted) for progress in topics)
    decided = sum(each.outcome.final for each in decisions)
    words = f"{accepted} of {decided} candidates accepted in {seconds:.0f} s"
    read = sum(each.input_tokens for each in decisions)
    written = sum(each.output_tokens for each in decisions)
    if read or written:
        words += f", {read + written} tokens"
        dollars = TokenUsage.of((read, written), price, paid=True).dollars
        words += "" if dollars is None else f", ${dollars:.4f}"
    console.print(words, highlight=False)


def _shortfall(topics: Sequence[Progress], got: int, count: int) -> str:
    faults = {fault.outcome: fault.reason for each in topics if (fault := each.fault)}
    if Outcome.FAULTED in faults:
        return f"{got} of {count} pairs: {faults[Outcome.FAULTED]}; {_GO_ON}"
    if Outcome.MISSING in faults:
        return f"{got} of {count} pairs: {faults[Outcome.MISSING]}"
    return f"{got} of {count} pairs: the topics can give no more (rejected or used up)"
