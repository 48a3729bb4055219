"""Whether a killed run ends as an undisturbed one: ``python -m benchmarks.kills [--kills N]``.

The starter recipe of ``datagen init`` is run once undisturbed. Then folder after folder it is
killed with SIGKILL five times, each time after a random while (seeded), and run to its end; the
files must have the undisturbed run's bytes. Exit code 1 where they have not.

``--paid``: a model writes the pairs instead of the built-in teacher, behind a service with faults
and a ledger of its own (:mod:`benchmarks.teacher_service`). Then the calls in the folder's journal
must be that ledger's, but for those that were under way at a kill, which are charged in full; and
what the service bills never exceeds the budget.
"""

import argparse
import asyncio
import json
import os
import random
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path

from benchmarks.teacher_service import TeacherService, answers_of, served, unknown_calls
from datagen.journal import JOURNAL
from datagen.pipeline.planning import sources_of
from datagen.recipe import portions_of, read_recipe, write_starter
from rewardsvc.llm import PriceList, Tokens

FILES = ("tasks.jsonl", "rejected.jsonl", "README.md", "curation.json")
KILLS_A_FOLDER = 5
PRICES = {"openai:m": (1.0, 5.0), "anthropic:m": (1.0, 5.0)}
"""US dollars per million tokens."""

PRICES_GIVEN = {"ASSAY_PRICES": json.dumps(PRICES)}
"""The same in the environment of a run."""

MODEL = """
repair_turns: 1
teacher_timeout: 3
budget: {budget}
"""


async def started(recipe: Path, folder: Path) -> asyncio.subprocess.Process:
    """A run of a recipe, whose words nobody hears."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from datagen.cli import main; main()"),
        *("run", str(recipe), "--out", str(folder)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={
            **{name: value for name, value in os.environ.items() if not name.endswith("_PROXY")},
            **PRICES_GIVEN,
            "ANTHROPIC_API_KEY": "sk-right",
            "OPENAI_API_KEY": "sk-right",
        },
    )


async def finished(recipe: Path, folder: Path) -> tuple[int, str]:
    """Run a recipe to its end: the exit code, and what it said."""
    process = await started(recipe, folder)
    _, said = await process.communicate()
    return process.returncode or 0, said.decode()


async def killed(recipe: Path, folder: Path, moment: Callable[[], Awaitable[object]]) -> bool:
    """Run until a moment has come, then kill; whether it was still running."""
    process = await started(recipe, folder)
    ended = asyncio.ensure_future(process.communicate())
    coming = asyncio.ensure_future(moment())
    await asyncio.wait([ended, coming], return_when=asyncio.FIRST_COMPLETED)
    coming.cancel()
    running = not ended.done()
    if running:
        process.kill()
    await ended
    return running


def entered_in(folder: Path) -> list[Tokens]:
    """The calls that a folder's journal has."""
    with closing(sqlite3.connect(folder / JOURNAL)) as database:
        rows = database.execute("SELECT input_tokens, output_tokens FROM calls")
        return [Tokens(*row) for row in rows]


def dollars(tokens: Tokens) -> float:
    """What tokens of the service's model cost."""
    price = PriceList(PRICES).of("openai:m")
    assert price is not None
    return price.of(tokens.input, tokens.output)


def paid_recipe(
    recipe: Path, service: TeacherService, budget: float, teacher: str | None = None
) -> None:
    """Have a service's model write the pairs of a recipe, for so much at most; the service learns
    what it is asked. ``teacher``: under another name than the service has."""
    text = recipe.read_text()
    if "builtin: 1" in text:
        text = text.replace("builtin: 1", f"'{teacher or service.name}': 1") + MODEL.format(
            budget=budget
        )
    recipe.write_text(re.sub("(?m)^budget: .*$", f"budget: {budget}", text))
    wanted = read_recipe(recipe)
    portions = [each for each in portions_of(wanted) if each.count]
    for sources in sources_of(portions, wanted.seed, Path()):
        for source in sources:
            records = (source.record(index) for index in range(60))
            service.known |= answers_of(record for record in records if record)


def held_to(service: TeacherService, folder: Path, kills: int, concurrency: int = 4) -> str:
    """What the ledgers of a service and of a folder say of each other, in words.

    Raises:
        AssertionError: they disagree on more than what was under way at kills.
    """
    entered = entered_in(folder)
    unknown = unknown_calls(service.ledger, entered)
    assert unknown <= kills * concurrency, f"{unknown} calls are not known to the service"
    told = dollars(sum(entered, Tokens()))
    billed = dollars(service.billed)
    assert billed <= told, f"${billed:.4f} are billed, and ${told:.4f} entered"
    return (
        f"{len(service.ledger)} requests, ${billed:.4f} billed, ${told:.4f} entered, {unknown} "
        "under way at a kill"
    )


async def run(arguments: argparse.Namespace, temporary: Path) -> int:
    """Measure; 1 where a folder differs."""
    rng = random.Random(arguments.seed)
    recipe, undisturbed = temporary / "recipe.yaml", temporary / "undisturbed"
    write_starter(recipe)
    async with AsyncExitStack() as stack:
        service = None
        if arguments.paid:
            service = await stack.enter_async_context(served(TeacherService({})))
            paid_recipe(recipe, service, budget=100.0)
        began = time.monotonic()
        code, said = await finished(recipe, undisturbed)
        print(said, end="")
        assert code == 0, "the undisturbed run did not end well"
        whole = time.monotonic() - began
        if service is not None:
            print(f"undisturbed: {held_to(service, undisturbed, 0)}", flush=True)
        kills = different = folders = 0
        while kills < arguments.kills:
            folder, before = temporary / f"killed-{folders}", kills
            folders += 1
            if service is not None:
                service.forget()
            for _ in range(KILLS_A_FOLDER):
                seconds = rng.uniform(0.05, whole)
                kills += await killed(recipe, folder, lambda: asyncio.sleep(seconds))  # noqa: B023
            code, said = await finished(recipe, folder)
            assert code == 0, said
            same = all(
                (folder / name).read_bytes() == (undisturbed / name).read_bytes() for name in FILES
            )
            different += not same
            print(f"{folder.name}: {kills} kills so far, {'the same' if same else 'DIFFERENT'}")
            if service is not None:
                print(f"  {held_to(service, folder, kills - before)}", flush=True)
    print(f"{kills} kills in {folders} folders, {different} with other bytes")
    return 1 if different else 0


def main() -> int:
    """Run it; 1 where a folder differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--paid", action="store_true", help="a model writes the pairs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kills-") as temporary:
        return asyncio.run(run(arguments, Path(temporary)))


if __name__ == "__main__":
    sys.exit(main())
