"""Measure and print: ``python -m benchmarks.fidelity``, about three minutes on two cores."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.fidelity.baseline import (
    Altered,
    UnusableBaseline,
    altered,
    kept_of,
    read_baseline,
    write_baseline,
)
from benchmarks.fidelity.disagreements import disagreement
from benchmarks.fidelity.files import gather
from benchmarks.fidelity.hostile import score_catalogue
from benchmarks.fidelity.mutants import measure_mutants
from benchmarks.fidelity.reference_tools import ask_tools
from benchmarks.fidelity.report import (
    Measured,
    as_json,
    as_markdown,
    as_text,
    disagreements_of,
    exceptions_of,
    rows_of,
    sources_of,
    survivors_of,
)
from benchmarks.fidelity.scored import score_files
from rewardsvc import Settings
from rewardsvc.audit.gaming.scenes import SCENES
from rewardsvc.formats import FORMATS
from rewardsvc.local import LocalScorer

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
T = TypeVar("T")


async def measure(data: Path | None, also: Sequence[Path], per_topic: int) -> Measured:
    """One run, with the tools of this machine and without a cache."""
    absent = [] if data is not None else ["upstream's known files are not on this machine"]
    found = await asyncio.to_thread(gather, data, also)
    unknown = sorted({file.format for file in found} - FORMATS.keys())
    absent += [f"no verifier for {format}" for format in unknown]
    settings = Settings.load(cache=False, queue=100_000)
    async with LocalScorer(settings) as scorer:
        files = await _said(f"{len(found)} real files", score_files(found, scorer))
        answers = await _said("the tools by hand", ask_tools(files, scorer.workbench.toolchain))
        catalogue = await _said("the gaming catalogue", score_catalogue(SCENES, scorer))
        mutants = await _said("mutants", measure_mutants(per_topic, scorer))
    differing = [
        different
        for scored, answer in zip(files, answers, strict=True)
        if answer is not None and (different := disagreement(scored, answer)) is not None
    ]
    return Measured(files, answers, differing, catalogue, mutants, absent)


async def _said(what: str, work: Awaitable[T]) -> T:
    """Wait for it, and say on stderr how long it took."""
    print(f"{what} …", end=" ", file=sys.stderr, flush=True)
    started = time.perf_counter()
    result = await work
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    return result


def _print_altered(found: Altered, baseline: Path) -> None:
    print(f"\nVerdicts that differ from {baseline}:", *found.lines, sep="\n")
    print(f"{found.same} are the same; {found.absent} are of what is not here, {found.new} are new")


def main() -> int:
    """Measure, print, and say with the exit code whether every figure is as it must be."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fidelity", description="Measures how true verdicts are."
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="upstream's known files"
    )
    parser.add_argument(
        "--also", type=Path, action="append", default=[], metavar="DIR",
        help="a folder of unpacked packages to look for files in; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--mutants", type=int, default=1, metavar="N", help="tasks of each topic to mutate"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there")
    parser.add_argument(
        "--verdicts", type=Path, metavar="FILE", help="write every verdict there (JSONL)"
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE",
        help="what an earlier run wrote with --verdicts: show each verdict that is another now",
    )  # fmt: skip
    given = parser.parse_args()
    try:
        before = read_baseline(given.baseline) if given.baseline else None
    except UnusableBaseline as error:
        parser.error(str(error))
    data = given.data if given.data.is_dir() else None
    measured = asyncio.run(measure(data, given.also, given.mutants))
    rows = rows_of(measured)
    for title, lines in (
        ("Files by source", sources_of(measured)),
        ("Verdicts that are not what is known of a file", exceptions_of(measured)),
        ("Disagreements with a tool run by hand", disagreements_of(measured)),
        ("Mutants that no check noticed", survivors_of(measured)),
        ("Not looked at", measured.absent),
    ):
        print(f"{title}: {len(lines)}", *(f"  {line}" for line in lines), "", sep="\n")
    print(as_text(rows))
    kept = kept_of(measured.files, measured.catalogue)
    if before is not None:
        _print_altered(altered(before, kept), given.baseline)
    if given.verdicts:
        write_baseline(given.verdicts, kept)
    if given.json:
        given.json.write_text(as_json(measured), encoding="utf-8")
    if given.markdown:
        given.markdown.write_text(as_markdown(rows), encoding="utf-8")
    return int(any(row.wrong for row in rows))


if __name__ == "__main__":
    sys.exit(main())
