"""The command ``datagen``: synthesize verified instruction pairs, list topics."""

import asyncio
import time
from collections.abc import Sequence
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
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import Settings

_GO_ON = "what was decided so far is kept: run the same command again to go on"
_INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it


@click.group()
def main() -> None:
    """Make verified instruction pairs for infrastructure code."""


@main.command()
@click.option("--category", "name", type=click.Choice(sorted(CATEGORIES)))
def topics(name: str | None) -> None:
    """List categories, topics and formats."""
    for category in CATEGORIES.values():
        if name in (None, category.name):
            for topic in category.topics:
                click.echo(f"{category.name}\t{topic.name}\t{topic.format}")


@main.command()
@click.option("--category", "name", required=True, type=click.Choice(sorted(CATEGORIES)))
@click.option("--count", type=click.IntRange(min=1), default=100, show_default=True)
@click.option(
    "--teacher",
    "teacher_name",
    default="builtin",
    show_default=True,
    metavar="builtin|openai:MODEL|anthropic:MODEL",
)
@click.option("--teacher-base-url", metavar="URL", help="Another address of the teacher's API.")
@click.option(
    "--teacher-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds that one answer may take.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the data set.  [default: data/CATEGORY]",
)
@click.option("--topics", "only", metavar="A,B", help="Only these topics of the category.")
@click.option("--server", metavar="ADDR", help="Verify with a reward server, not in process.")
@click.option("--concurrency", type=click.IntRange(min=1), default=4, show_default=True)
@click.option(
    "--judge",
    multiple=True,
    metavar="openai:MODEL|anthropic:MODEL[@URL]",
    help="Keep only pairs that this model rates well too; given several times, they are a panel.",
)
def synth(
    *,
    name: str,
    count: int,
    teacher_name: str,
    teacher_base_url: str | None,
    teacher_timeout: float,
    seed: int,
    out: Path | None,
    only: str | None,
    server: str | None,
    concurrency: int,
    judge: tuple[str, ...],
) -> None:
    """Synthesize instruction pairs and keep those that the tools verified.

    Writes tasks.jsonl, rejected.jsonl and README.md (the data-set card) into DIR. Interrupted
    and run again, it goes on; run again with a higher --count, it adds to what is there.
    """
    console = Console(stderr=True)
    folder = out or Path("data") / name
    try:
        chosen = _chosen(name, only)
        teacher = open_teacher(
            teacher_name, base_url=teacher_base_url, timeout_seconds=teacher_timeout
        )
        configuration = {
            "category": name,
            "topics": [topic.name for topic in chosen],
            "teacher": teacher.name,
            "teacher_base_url": teacher_base_url,
            "seed": seed,
        }
        settings = Settings.load(judge=judge or None)
        if settings.judge:
            configuration["judge"] = list(settings.judge)
        started = time.monotonic()
        with Journal(folder, configuration) as journal:
            progress = asyncio.run(
                _synthesize(
                    teacher,
                    journal,
                    settings,
                    Display(console, count),
                    category=name,
                    topics=chosen,
                    seed=seed,
                    count=count,
                    server=server,
                    concurrency=concurrency,
                )
            )
            rows = rows_of(progress, count=count, teacher=teacher.name, seed=seed)
            path = write_dataset(folder, name, rows, progress, teacher=teacher.name, seed=seed)
    except KeyboardInterrupt:
        click.echo(f"interrupted; {_GO_ON}", err=True)
        raise SystemExit(_INTERRUPTED) from None
    except (WrongUsage, TeacherMissing) as error:
        raise click.UsageError(str(error)) from error
    except ValidationError as error:
        raise click.UsageError(f"settings: {error}") from error
    except (DatagenError, RewardServiceError) as error:
        raise click.ClickException(f"{error}\n{_GO_ON}") from error
    _summarize(console, progress, time.monotonic() - started)
    click.echo(path)
    if len(rows) < count:
        raise click.ClickException(_shortfall(progress, len(rows), count))


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


def _summarize(console: Console, topics: Sequence[Progress], seconds: float) -> None:
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
    if tokens := sum(each.input_tokens + each.output_tokens for each in decisions):
        words += f", {tokens} tokens"
    console.print(words, highlight=False)


def _shortfall(topics: Sequence[Progress], got: int, count: int) -> str:
    faults = {fault.outcome: fault.reason for each in topics if (fault := each.fault)}
    if Outcome.FAULTED in faults:
        return f"{got} of {count} pairs: {faults[Outcome.FAULTED]}; {_GO_ON}"
    if Outcome.MISSING in faults:
        return f"{got} of {count} pairs: {faults[Outcome.MISSING]}"
    return f"{got} of {count} pairs: the topics can give no more (rejected or used up)"
