"""What curation of a large data set takes, and how alike the rows of `synth` are.

    python -m benchmarks.curation --rows 100000

makes rows of all categories (references of the built-in topics, not verified: comparing does not
ask), then runs `datagen dedupe`, `split` and `export`, each in a process of its own, and prints
seconds and the most memory that each held. The last table has the share of rows, by category, that
an earlier one resembles by a Jaccard index of at least 0.8 on word 3-grams.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datagen.categories import CATEGORIES
from datagen.curation import Deduplication, Measure, repetitions_in, rows_in
from datagen.sources import TopicSource
from rewardsvc.tasks import TaskRow, row_to_json

_SEEDS = 40
"""A topic's space is used up at last; other seeds reach other corners of it."""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the clock and of the processor, and the most memory held, in MB."""

    seconds: float
    processor: float
    megabytes: int


def rows_of(category: str, count: int) -> Iterator[TaskRow]:
    """At most so many rows of a category, its topics taking turns, each id once."""
    seen: set[str] = set()
    for seed in range(_SEEDS):
        sources = [TopicSource(category, topic, seed) for topic in CATEGORIES[category].topics]
        position = 0
        while sources:
            for source in list(sources):
                record = source.record(position)
                if record is None:
                    sources.remove(source)
                elif record.id not in seen:
                    seen.add(record.id)
                    yield TaskRow.of(
                        record.task,
                        id=record.id,
                        output=record.reference,
                        provenance={**record.provenance, "teacher": "builtin"},
                    )
                    if len(seen) == count:
                        return
            position += 1


def run(*arguments: str) -> Took:
    """Run a command of datagen; raises CalledProcessError where it fails."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    measured = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from datagen.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n"
        "    said = Path('/proc/self/status').read_text()\n"
        "    print(re.search(r'VmHWM:\\s+(\\d+)', said)[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", measured, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(
        time.monotonic() - started,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        int(done.stdout.split()[-1]) // 1024,
    )


def resembling(data: Path, measure: Measure) -> Counter[str]:
    """How many rows resemble an earlier one, by category."""
    repeated = {each.id for each in repetitions_in(rows_in(data), Deduplication(by=(measure,)))}
    return Counter(row.category for row in rows_in(data) if row.id in repeated)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=5_000)
    wanted: int = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        data.mkdir()
        totals: Counter[str] = Counter()
        with (data / "tasks.jsonl").open("w") as file:
            for category in CATEGORIES:
                for row in rows_of(category, wanted // len(CATEGORIES)):
                    totals[category] += 1
                    file.write(f"{row_to_json(row)}\n")
        size = (data / "tasks.jsonl").stat().st_size >> 20
        print(f"{totals.total()} rows, {size} MB\n")
        print("| step | seconds | of the processor | MB |\n|---|---|---|---|")
        unique, sides, out = (str(Path(folder, name)) for name in ("unique", "sides", "export"))
        for name, arguments in (
            ("dedupe", ("dedupe", str(data), "--out", unique)),
            ("split", ("split", unique, "--out", sides)),
            ("export", ("export", sides, "--as", "messages", "--as", "rl", "--out", out)),
            ("export, Parquet", ("export", sides, "--files", "parquet", "--out", out)),
        ):
            took = run(*arguments)
            print(f"| {name} | {took.seconds:.0f} | {took.processor:.0f} | {took.megabytes} |")
            sys.stdout.flush()
        asked, answered = (
            resembling(data, measure) for measure in (Measure.INSTRUCTION, Measure.ANSWER)
        )
        print("\n| category | rows | instructions | answers |\n|---|---|---|---|")
        for category, total in (*totals.items(), ("all", totals.total())):
            shares = (
                (each.total() if category == "all" else each[category]) / total
                for each in (asked, answered)
            )
            print(f"| {category} | {total} | {' | '.join(f'{share:.1%}' for share in shares)} |")


if __name__ == "__main__":
    main()
