"""``rewardsvc calibrate``: how it is called."""

from pathlib import Path
from typing import Any

import click

from rewardsvc.cli.options import (
    SETTINGS,
    fail,
    log_level_option,
    measured_judge_option,
    refuse,
    run,
    sandbox_option,
    settings_of,
    terraform_option,
    workers_option,
)
from rewardsvc.errors import CannotWrite, InvalidFile
from rewardsvc.extras import needing

INTENT_LEVELS = ("full", "nearly", "partly", "barely", "none")
"""The levels of the intent's fit in the judge's rubric."""

_INTERRUPTED = "answers that were paid for are kept: run the same command again to go on"


@click.command(
    short_help="Measure a judge against the tools.",
    epilog="For example: rewardsvc calibrate tasks.jsonl --judge openai:MODEL --out report. "
    f"{SETTINGS}",
)
@click.argument(
    "tasks", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--scored",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Requests whose completions are judged, beside or instead of TASKS.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the report: calibration.json, .md, .html and .png, judgements.jsonl.",
)
@click.option(
    "--mutants",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Mutants of each task's reference that the judge is shown.",
)
@click.option(
    "--pairs",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Pairs of a good and a bad answer of each task, asked in both orders.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only so many of the tasks, by lot.")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Which mutants and tasks are drawn."
)
@click.option(
    "--good-from",
    type=click.Choice(INTENT_LEVELS),
    default="full",
    show_default=True,
    help="The lowest level of the intent's fit that means: good.",
)
@click.option("--with-findings", is_flag=True, help="Show the judge what the tools found.")
@click.option("--with-reference", is_flag=True, help="Show the judge the reference answer.")
@click.option("--no-plot", is_flag=True, help="Draw no picture.")
@measured_judge_option
@terraform_option
@sandbox_option
@workers_option
@log_level_option()
@click.pass_context
def calibrate(
    ctx: click.Context,
    /,
    *,
    tasks: Path | None,
    scored: str | None,
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

    TASKS are task rows (JSONL, or a JSON array) with checks and reference answers. What the tools
    call good should be good to the judge, and a mutant that they catch should not. Prints the
    report's path on stdout and its table on stderr. Run again, it asks only what was not answered
    before.
    """
    with needing("calibrate"):
        from rewardsvc.audit.calibration.plot import require_plotting
        from rewardsvc.audit.calibration.run import CalibrationPlan
        from rewardsvc.cli.calibrating import level_of, material, measured, show, write_report

    if tasks is None and scored is None:
        raise click.UsageError("there is nothing to judge: give TASKS, --scored or both")
    # What was paid for is kept, whatever is done with verdicts.
    settings = settings_of(ctx, **flags).model_copy(update={"cache": True})
    if not settings.judge:
        raise click.UsageError("who is measured? give --judge, or set ASSAY_JUDGE")
    if not no_plot:
        require_plotting()
    try:
        examples, references = material(tasks, scored, limit, mutants, seed)
    except InvalidFile as error:
        refuse(error)
    plan = CalibrationPlan(
        examples,
        references if with_reference else {},
        pairs=pairs,
        findings=with_findings,
        good_from=level_of(good_from),
    )
    report, judged = run(measured(settings, plan), _INTERRUPTED)
    try:
        write_report(out, report, judged, plot=not no_plot)
    except CannotWrite as error:
        fail(f"{error}; {_INTERRUPTED}")
    show(report)
    click.echo(out / "calibration.md")
