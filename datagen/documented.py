"""What ``datagen topics --teacher docs`` does: builds what is missing and prints the table."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from datagen.errors import StageFault, WrongUsage
from datagen.sources.documentation.building import Builder
from datagen.sources.documentation.pages import Pages, read_pages
from datagen.sources.documentation.store import TopicEntry, TopicStore
from datagen.sources.documentation.version import digest_of
from rewardsvc.program import run_until_stopped
from rewardsvc.progress import progress_on
from rewardsvc.scorer import open_scorer
from rewardsvc.settings import load_settings


def table(config: Path | None, *, types: str | None, server: str | None, concurrency: int) -> None:
    """Build the topics of all types that have none yet, or of some, and print what came of each.

    Raises:
        WrongUsage: there is no such type.
        SourceMissing: set-up has not read the documentation.
        StageFault: no type that had no topic could be planned; the table is printed before.
        rewardsvc.program.Stopped: a signal came; what was built is kept.
    """
    settings = load_settings(config)
    pages = read_pages(settings.tools_folder)
    store = TopicStore(settings.tools_folder, digest_of(pages))
    chosen = _chosen(pages, types)
    known = store.entries()
    missing = [type for type in chosen if type not in known]
    faults: dict[str, str] = {}

    async def build() -> None:
        with progress_on(sys.stderr, "building", len(missing)) as advance:

            def done(type: str, came: TopicEntry | StageFault) -> None:
                if isinstance(came, TopicEntry):
                    store.keep(came)
                    known[type] = came
                else:
                    faults[type] = str(came)
                advance()

            async with open_scorer(settings.model_copy(update={"judge": ()}), server) as scorer:
                await Builder(pages, scorer).build(missing, done, concurrency=concurrency)

    if missing:
        run_until_stopped(build())
    for line in lines_of(chosen, known.values(), faults.items()):
        click.echo(line)
    if missing and len(faults) == len(missing):
        first = next(iter(faults.values()))
        raise StageFault(f"none of {len(missing)} types could be planned: {first}")


def lines_of(
    types: Sequence[str], entries: Iterable[TopicEntry], faults: Iterable[tuple[str, str]]
) -> list[str]:
    """A line for each type, and one with the counts. Pure."""
    known = {entry.type: entry for entry in entries}
    faulted = dict(faults)
    lines = []
    counts: Counter[str] = Counter()
    for type in types:
        entry = known.get(type)
        if entry is None:
            state, said = "unscored", faulted.get(type, "")
        else:
            resources = len(entry.built.configuration.resources) if entry.built else 0
            state = entry.state.value
            said = f"{resources} resources" if resources else " ".join(entry.reason.split())
        counts[state] += 1
        lines.append(f"{type}\t{state}\t{said}")
    total = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return [*lines, f"{len(types)} types: {total}"]


def _chosen(pages: Pages, types: str | None) -> list[str]:
    if types is None:
        return sorted(pages.pages)
    named = [name.strip() for name in types.split(",") if name.strip()]
    unknown = [name for name in named if name not in pages.pages]
    if unknown or not named:
        raise WrongUsage(f"--types: {', '.join(unknown) or 'none named'} is no documented type")
    return named
