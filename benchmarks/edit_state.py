"""Whether a made state is as good as an applied one: ``python -m benchmarks.edit_state``.

Each edit is planned twice: against the state that is made of what stood before (nothing is
applied), and against the one that Terraform's apply leaves on the emulator. What the two plans
change must be the same. The edits are of the built-in topics, a value or two each, and mutants of
answers of 1 to 40 resources. What the emulator cannot apply is told apart, and where what it
keeps would change again by itself, a difference says nothing.

Beside it: how long the verdict of an edit takes in a warm scorer, with its state still to be made
and with it kept, beside one of the same answer alone.

Exit code 1 where two plans differ, or fewer edits than wanted were compared. It takes 10 to 20
minutes, most of which the provider waits for what it made.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from benchmarks.terraform_configs import configs
from datagen.categories import CATEGORIES
from datagen.sources import TopicSource
from datagen.sources.edits import EditSource
from rewardsvc import Scorer, ScoreRequest, Settings, Status, Task, open_scorer
from rewardsvc.artifact import File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.terraform.changes import changes_in
from rewardsvc.tasks import TaskRow
from sandbox.errors import BeforeUnusable, EmulatorFailed
from sandbox.select import open_sandbox
from sandbox.terraform import Depth
from sandbox.terraform.standing import Standing
from sandbox.terraform.warm import WarmEngine
from sandbox.toolchain import discover

WANTED = 30
"""Configurations that must be compared."""
OF_EACH_TOPIC = 3
EVERY = 2
"""Of the answers, so that half of them are taken."""
TRIED_MUTANTS = 12
"""Of an answer, until one is planned that changes something."""
AT_ONCE = 3

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class EditedConfiguration:
    """What stood, and what is answered: one file each."""

    name: str
    before: str
    after: Sequence[str]
    """Those that are tried, until one changes something."""


@dataclass(frozen=True, slots=True)
class ComparedPlans:
    """What came of one. ``gap``: why nothing did, "" where the two plans were compared."""

    name: str
    made: frozenset[str] = frozenset()
    applied: frozenset[str] = frozenset()
    gap: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both plans change the same."""
        return not self.gap and self.made == self.applied


async def main(wanted: int) -> int:
    """Compare, measure, print, and say with the exit code whether all is as wanted."""
    edits = [*_of_topics(), *_mutants()]
    compared: list[ComparedPlans] = []
    room = asyncio.Semaphore(AT_ONCE)
    async with (
        open_sandbox("auto") as box,
        WarmEngine(discover(), box, providers=AT_ONCE) as engine,
    ):

        async def one(edit: EditedConfiguration) -> None:
            async with room:
                compared.append(await _compare(engine, edit))
                print(_told(compared[-1]), flush=True)

        async with asyncio.TaskGroup() as group:
            for edit in edits:
                group.create_task(one(edit))
    known = [each for each in compared if not each.gap]
    agreed = sum(each.agrees for each in known)
    print(f"\n{agreed} of {len(known)} edits change the same against a made and an applied state;")
    print(f"{len(compared) - len(known)} more tell nothing")
    await _timed([edit for edit in edits if len(edit.after) == 1][:WANTED])
    return int(agreed < len(known) or len(known) < wanted)


async def _compare(engine: WarmEngine, edit: EditedConfiguration) -> ComparedPlans:
    before = {"main.tf": edit.before.encode()}
    try:
        made = await engine.standing(before)
    except BeforeUnusable as error:
        return ComparedPlans(edit.name, gap=f"not made: {error}")
    try:
        applied = await engine.applied(before)
    except (BeforeUnusable, EmulatorFailed) as error:
        return ComparedPlans(edit.name, gap=f"not applied: {error}")
    for after in edit.after:
        changes = await _changes(engine, after, made)
        if changes:
            really = await _changes(engine, after, applied)
            if really is None:
                return ComparedPlans(
                    edit.name, gap="the answer does not plan against what was applied"
                )
            drift = frozenset(map(str, changes_in(applied.plan)))
            if changes != really and drift:
                return ComparedPlans(
                    edit.name, gap=f"the emulator does not keep it: {sorted(drift)}"
                )
            return ComparedPlans(edit.name, changes, really)
    return ComparedPlans(edit.name, gap="no edit of it changes anything")


async def _changes(engine: WarmEngine, after: str, standing: Standing) -> frozenset[str] | None:
    outcome = await engine.run_against({"main.tf": after.encode()}, Depth.PLAN, standing)
    if outcome.plan_json is None:
        return None
    return frozenset(map(str, changes_in(outcome.plan_json)))


def _told(compared: ComparedPlans) -> str:
    if compared.gap:
        return f"  -    {compared.name}: {compared.gap[:160]}"
    if compared.agrees:
        return f"  same {compared.name}: {', '.join(sorted(compared.made))}"
    only = {
        "made": sorted(compared.made - compared.applied),
        "applied": sorted(compared.applied - compared.made),
    }
    return f"  DIFFERENT {compared.name}: {only}"


def _of_topics() -> Iterator[EditedConfiguration]:
    """A few of each built-in topic that Terraform plans."""
    for category in CATEGORIES.values():
        for topic in category.topics:
            if topic.format != "terraform":
                continue
            parents = TopicSource(category.name, topic, 11)
            rows = []
            for index in range(OF_EACH_TOPIC):
                record = parents.record(index)
                assert record is not None, "no topic is so small"
                rows.append(
                    TaskRow.of(
                        record.task,
                        id=record.id,
                        output=record.reference,
                        provenance=record.provenance,
                    )
                )
            source = EditSource(topic, rows, prefix="edit-", seed=11, taken=())
            for index in range(OF_EACH_TOPIC):
                edited = source.record(index)
                if edited is not None:
                    (before,) = edited.task.before.values()
                    yield EditedConfiguration(edited.id, before, (_content(edited.reference),))


def _mutants() -> Iterator[EditedConfiguration]:
    """Answers of several services, each with one thing in it otherwise."""
    mutations = FORMATS["terraform"].mutations.load()
    for config in islice(configs("edit"), 0, None, EVERY):
        before = _content(config.completion)
        file = File("main.tf", "hcl", before)
        texts = [edit.text for edit in mutations.edits(file)]
        step = max(1, len(texts) // TRIED_MUTANTS)
        yield EditedConfiguration(config.title, before, texts[::step])


def _content(reference: str) -> str:
    return "\n".join(reference.strip().split("\n")[1:-1]) + "\n"


async def _timed(edits: Sequence[EditedConfiguration]) -> None:
    """Print what a verdict takes of each: alone, as an edit, and as the next answer to it."""
    settings = Settings.load(cache=False, workers=1)
    seconds: dict[str, list[float]] = {"alone": [], "first": [], "next": []}
    async with open_scorer(settings) as scorer:
        for edit in edits:
            completion = f"```hcl\n{edit.after[0]}```\n"
            plain = ScoreRequest(task=Task(format="terraform"), completion=completion)
            task = replace(plain.task, before={"main.tf": edit.before})
            asked = replace(plain, task=task)
            for name, request in (("alone", plain), ("first", asked), ("next", asked)):
                seconds[name].append(await _seconds(scorer, request))
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    print(f"\nmedian of {len(edits)} verdicts, one at a time:")
    for name, words in (
        ("alone", "the answer alone"),
        ("first", "the first answer to an edit, whose state is made for it"),
        ("next", "the next answer to it"),
    ):
        ratio = medians[name] / medians["alone"]
        print(f"  {medians[name]:.2f} s  {ratio:.2f} x  {words}")


async def _seconds(scorer: Scorer, request: ScoreRequest) -> float:
    started = time.perf_counter()
    (verdict,) = await scorer.score([request])
    if verdict.status is not Status.SCORED:
        print(f"not scored: {verdict.failure_reason}", file=sys.stderr)
    return time.perf_counter() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wanted", type=int, default=WANTED, help="edits that must be compared")
    sys.exit(asyncio.run(main(parser.parse_args().wanted)))
