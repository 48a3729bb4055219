"""``rewardsvc calibrate``: how far can a judge be trusted?"""

import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import click
from rich.console import Console

from rewardsvc.calibration.examples import Example, examples_of_requests, examples_of_rows
from rewardsvc.calibration.measure import Judged
from rewardsvc.calibration.plot import NoPlot, draw, require_plotting
from rewardsvc.calibration.report import (
    Report,
    judgements_to_jsonl,
    report_to_json,
    report_to_markdown,
    report_to_table,
    summary,
)
from rewardsvc.calibration.run import Plan
from rewardsvc.calibration.run import calibrate as calibrate_judge
from rewardsvc.cli.options import (
    fail,
    judge_option,
    run,
    sandbox_option,
    settings_of,
    terraform_option,
    workers_option,
)
from rewardsvc.cli.score import read_requests
from rewardsvc.errors import InvalidFile, InvalidRequest
from rewardsvc.judge.rubric import RUBRIC, Criterion
from rewardsvc.pipeline import prepare
from rewardsvc.progress import progress_on
from rewardsvc.tasks import read_tasks

_LEVELS = {level.word: level for level in RUBRIC[Criterion.INTENT_FIT].levels}

_INTERRUPTED = "answers that were paid for are kept: run the same command again to go on"

_TABLE_CHARACTERS = 200
"""Where nobody looks through a terminal."""


@click.command()
@click.argument(
    "tasks", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--scored",
    type=click.File("rb"),
    help="Requests (JSONL) whose completions are judged, beside or instead of TASKS.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the report: calibration.json, .md and .png, judgements.jsonl.",
)
@click.option(
    "--mutants", type=click.IntRange(min=1), default=3, show_default=True, help="Of each task."
)
@click.option(
    "--pairs",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Pairs of a good and a bad answer of each task, asked in both orders.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only so many of the tasks, by lot.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--good-from",
    type=click.Choice(list(_LEVELS)),
    default="full",
    show_default=True,
    help="The lowest level of the intent's fit that means: good.",
)
@click.option("--with-findings", is_flag=True, help="Show the judge what the tools found.")
@click.option("--with-reference", is_flag=True, help="Show the judge the reference answer.")
@click.option("--no-plot", is_flag=True, help="Draw no picture.")
@judge_option
@terraform_option
@sandbox_option
@workers_option
@click.pass_context
def calibrate(
    ctx: click.Context,
    /,
    *,
    tasks: Path | None,
    scored: Any,
    out: Path,
    mutants: int,
    pairs: int,
    limit: int | None,
    seed: int,
    good_from: str,
    with_findings: bool,
    with_reference: bool,
    no_plot: bool,
    **flags: Any,
) -> None:
    """Measure a judge against the tools, on the references of TASKS and on their mutants.

    TASKS are task rows (JSONL) with checks and reference answers. What the tools call good should
    be good to the judge, and a mutant that they catch should not. Prints the report's path on
    stdout and its table on stderr. Run again, it asks only what was not answered before.
    """
    if tasks is None and scored is None:
        raise click.UsageError("there is nothing to judge: give TASKS, --scored or both")
    # What was paid for is kept, whatever is done with verdicts.
    settings = settings_of(ctx, **flags).model_copy(update={"cache": True})
    if not settings.judge:
        raise click.UsageError("who is measured? give --judge, or set ASSAY_JUDGE")
    if not no_plot:
        try:
            require_plotting()
        except NoPlot as error:
            fail(error)
    try:
        examples, references = _material(tasks, scored, limit, mutants, seed)
    except InvalidFile as error:
        raise click.UsageError(str(error)) from error
    plan = Plan(
        examples,
        references if with_reference else {},
        pairs=pairs,
        findings=with_findings,
        good_from=_LEVELS[good_from],
    )
    report, judged = run(
        calibrate_judge(settings, plan, lambda what, total: progress_on(sys.stderr, what, total)),
        _INTERRUPTED,
    )
    try:
        _write(out, report, judged, plot=not no_plot)
    except OSError as error:
        fail(f"{out}: cannot be written: {error.strerror}; {_INTERRUPTED}")
    console = Console(stderr=True, emoji=False)
    if not console.is_terminal:
        console.width = _TABLE_CHARACTERS
    console.print(report_to_table(report))
    console.print(summary(report), highlight=False, markup=False)
    click.echo(out / "calibration.md")


def _material(
    tasks: Path | None, scored: Any, limit: int | None, mutants: int, seed: int
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
        given = examples_of_requests(read_requests(scored.read(), scored.name))
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


def _write(out: Path, report: Report, judged: Sequence[Judged], *, plot: bool) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "calibration.json").write_text(report_to_json(report), encoding="utf-8")
    (out / "calibration.md").write_text(report_to_markdown(report), encoding="utf-8")
    (out / "judgements.jsonl").write_text(judgements_to_jsonl(judged), encoding="utf-8")
    if plot:
        draw(report, out / "calibration.png")
