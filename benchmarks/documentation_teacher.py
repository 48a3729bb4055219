"""What the documentation teacher is worth: ``python -m benchmarks.documentation_teacher``.

Builds the topics of a sample of resource types (a seed draws it; ``--types 0`` takes all, 13
minutes on two cores) unless they are built already, poses tasks of each, has each verified and its
checks tested with mutants, in this process and without a cache. Prints how many types have a topic,
the share of tasks that is accepted before and after the gate, how many resources and checked
references a task has, and tasks a minute: the topics' build has a figure of its own.

UNSCORED says nothing about a task: it is counted apart.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from datagen.errors import SourceMissing, StageFault
from datagen.record import Record
from datagen.sources.documentation import DocumentedSource, DocumentedType
from datagen.sources.documentation.building import Builder
from datagen.sources.documentation.pages import Pages, read_pages
from datagen.sources.documentation.store import TopicEntry, TopicState, TopicStore
from datagen.sources.documentation.topics import topic_of
from datagen.sources.documentation.version import digest_of
from datagen.stages.strength import MutationGate
from datagen.stages.verify import Verification
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.settings import load_settings

CONCURRENCY = 6
ACCEPTED = "accepted after the gate"


@dataclass(frozen=True, slots=True)
class AskedTask:
    """One task: how it fared, its resources, and its checks of references."""

    topic: str
    fate: str
    resources: int
    references: int


async def built(
    pages: Pages, types: Sequence[str], scorer: Scorer, store: TopicStore
) -> dict[str, TopicEntry]:
    """The entries of those types."""
    known = store.entries()
    faults = []

    def done(type: str, came: TopicEntry | StageFault) -> None:
        if isinstance(came, TopicEntry):
            store.keep(came)
            known[type] = came
        else:
            faults.append(type)

    missing = [type for type in types if type not in known]
    started = time.monotonic()
    await Builder(pages, scorer).build(missing, done, concurrency=CONCURRENCY)
    seconds = time.monotonic() - started
    plans = sum(known[type].plans for type in missing if type in known)
    if missing:
        print(
            f"built {len(missing)} types in {seconds:.0f} s with {plans} plans;"
            f" {len(faults)} unscored: {', '.join(faults) or 'none'}"
        )
    return {type: known[type] for type in types if type in known}


async def fared(record: Record, source: DocumentedSource, scorer: Scorer) -> str:
    """What becomes of a task."""
    answered = replace(record, completion=record.reference)
    verify, gate = Verification(scorer), MutationGate(scorer)
    try:
        verified = verify.applied(answered, await verify.run(answered))
        if verified.ruling.reason:
            return f"rejected before the gate: {source.name}: {verified.ruling.reason}"
        strong = gate.applied(verified, await gate.run(verified))
    except StageFault as fault:
        return f"unscored: {fault}"
    return f"rejected by the gate: {source.name}" if strong.ruling.reason else ACCEPTED


async def run(tools: Path, sample: int, seed: int, tasks: int, store_in: Path) -> None:
    """Measure, and print."""
    settings = load_settings(None).model_copy(update={"judge": ()})
    pages = read_pages(tools)
    every = sorted(pages.pages)
    types = every if not sample else sorted(random.Random(seed).sample(every, sample))
    async with open_scorer(settings) as scorer:
        entries = await built(pages, types, scorer, TopicStore(store_in, digest_of(pages)))
        states = Counter(entry.state for entry in entries.values())
        print(f"{len(types)} types: " + ", ".join(f"{states[each]} {each}" for each in TopicState))
        asked: list[AskedTask] = []
        places = asyncio.Semaphore(CONCURRENCY)

        async def one(entry: TopicEntry, position: int) -> None:
            assert entry.built is not None
            topic = topic_of(entry.built, pages.pages)
            service = pages.pages[entry.type].service
            source = DocumentedSource(DocumentedType(entry.type, service, topic), seed)
            record = source.record(position)
            if record is None:
                return
            async with places:
                fate = await fared(record, source, scorer)
            references = sum(".references" in check.expr for check in record.task.checks)
            resources = len(entry.built.configuration.resources)
            asked.append(AskedTask(source.name, fate, resources, references))

        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for entry in entries.values():
                for position in range(tasks if entry.built else 0):
                    group.create_task(one(entry, position))
        report(asked, time.monotonic() - started)


def report(asked: Sequence[AskedTask], seconds: float) -> None:
    """Print the figures."""
    total = len(asked)
    fates = Counter(each.fate.partition(":")[0] for each in asked)
    scored = total - fates["unscored"]
    before = scored - fates["rejected before the gate"]
    several = sum(each.resources >= 2 and each.references > 0 for each in asked)
    four = sum(each.resources >= 4 for each in asked)
    print(f"{total} tasks of {len({each.topic for each in asked})} topics in {seconds:.0f} s")
    print(f"accepted before the gate: {before} of {scored} ({before / scored:.1%})")
    print(f"{ACCEPTED}: {fates[ACCEPTED]} of {scored} ({fates[ACCEPTED] / scored:.1%})")
    print(f"two resources or more and a checked reference: {several} ({several / total:.1%})")
    print(f"four resources or more: {four} ({four / total:.1%})")
    print(f"{total / seconds * 60:.0f} tasks a minute, mutants of each included")
    print(f"{fates['unscored']} unscored")
    for fate in sorted({each.fate for each in asked if each.fate != ACCEPTED}):
        print(f"  {fate[:160]}")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description="What the documentation teacher is worth.")
    parser.add_argument("--types", type=int, default=60, help="types in the sample; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tasks", type=int, default=2, help="tasks of each topic")
    parser.add_argument("--fresh", action="store_true", help="build all topics anew")
    arguments = parser.parse_args()
    tools = load_settings(None).tools_folder
    with tempfile.TemporaryDirectory(prefix="topics-") as scratch:
        store = Path(scratch) if arguments.fresh else tools
        try:
            asyncio.run(run(tools, arguments.types, arguments.seed, arguments.tasks, store))
        except SourceMissing as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
