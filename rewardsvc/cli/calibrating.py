"""What ``rewardsvc calibrate`` does: gathers what is judged, measures, writes the report."""

import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from rich.console import Console

from rewardsvc.audit.calibration.examples import Example, examples_of_requests, examples_of_rows
from rewardsvc.audit.calibration.measure import Judged
from rewardsvc.audit.calibration.plot import draw
from rewardsvc.audit.calibration.report import (
    CalibrationReport,
    judgements_to_jsonl,
    report_to_html,
    report_to_json,
    report_to_markdown,
    report_to_table,
    summary,
)
from rewardsvc.audit.calibration.run import CalibrationPlan, calibrate
from rewardsvc.cli.request_file import read_requests
from rewardsvc.errors import CannotWrite, InvalidFile, InvalidRequest
from rewardsvc.judge.rubric import RUBRIC, Criterion, Level
from rewardsvc.pipeline import prepare
from rewardsvc.progress import progress_on
from rewardsvc.settings import Settings
from rewardsvc.tasks import read_tasks

_PICTURE = "calibration.png"

_TABLE_CHARACTERS = 200
"""Where nobody looks through a terminal."""


def material(
    tasks: Path | None, scored: str | None, limit: int | None, mutants: int, seed: int
) -> tuple[list[Example], dict[str, str]]:
    """The answers to be judged, and the references by group.

    Raises:
        InvalidFile: a file cannot be read, or there is no task with checks and answers.
    """
    examples: list[Example] = []
    references: dict[str, str] = {}
    if tasks is not None:
        rows = [row for row in read_tasks(tasks) if row.checks and row.output]
        if limit is not None and limit < len(rows):
            chosen = set(Random(seed).sample(range(len(rows)), limit))
            rows = [row for index, row in enumerate(rows) if index in chosen]
        examples += examples_of_rows(rows, mutants, seed)
        references |= {row.id: row.output for row in rows}
    if scored is not None:
        given = examples_of_requests(read_requests(scored))
        examples += given
        references |= {each.group: each.task.reference for each in given if each.task.reference}
    for example in examples:
        try:
            prepare(example.request)
        except InvalidRequest as error:
            raise InvalidFile(f"{example.id}: {error}") from error
    if not examples:
        raise InvalidFile("no task in it has checks and an answer: tools could not tell right")
    if len({example.id for example in examples}) < len(examples):
        raise InvalidFile("an id occurs twice: figures need one for each answer")
    return examples, references


def level_of(word: str) -> Level:
    """The level of the intent's fit that a word names."""
    return RUBRIC[Criterion.INTENT_FIT].level(word)


async def measured(
    settings: Settings, plan: CalibrationPlan
) -> tuple[CalibrationReport, Sequence[Judged]]:
    """:func:`rewardsvc.audit.calibration.run.calibrate` with progress on stderr."""
    return await calibrate(settings, plan, lambda what, total: progress_on(sys.stderr, what, total))


def write_report(
    out: Path, report: CalibrationReport, judged: Sequence[Judged], *, plot: bool
) -> None:
    """Write the report's files into a folder, which is made where there is none.

    Raises:
        CannotWrite: one of them cannot be written.
    """
    shown = _PICTURE if plot else None
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "calibration.json").write_text(report_to_json(report), encoding="utf-8")
        (out / "calibration.md").write_text(report_to_markdown(report, shown), encoding="utf-8")
        (out / "calibration.html").write_text(report_to_html(report, shown), encoding="utf-8")
        (out / "judgements.jsonl").write_text(judgements_to_jsonl(judged), encoding="utf-8")
        if plot:
            draw(report, out / _PICTURE)
    except OSError as error:
        raise CannotWrite(f"{out}: cannot be written: {error.strerror}") from error


def show(report: CalibrationReport) -> None:
    """The report's table on stderr."""
    console = Console(stderr=True, emoji=False)
    if not console.is_terminal:
        console.width = _TABLE_CHARACTERS
    console.print(report_to_table(report))
    console.print(summary(report), highlight=False, markup=False)
