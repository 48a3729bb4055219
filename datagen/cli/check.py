"""``datagen verify`` and ``datagen judge``: a step of a run, on rows that are there already."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from datagen.cli.curating import curated_option, data_argument, tell
from datagen.cli.endings import ended_as_command
from datagen.cli.options import concurrency_option, judge_option, server_option

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from datagen.stages import AnyStage


@click.command(
    short_help="Have the tools verify rows again.",
    epilog="For example: datagen verify data/k8s/tasks.jsonl --out data/k8s-verified",
)
@data_argument
@server_option
@concurrency_option
@curated_option
@click.pass_obj
def verify(
    config: Path | None, data: Path, server: str | None, concurrency: int, out: Path | None
) -> None:
    """Have the tools verify the answers of DATA: a folder with tasks.jsonl, or such a file.

    Without --out, each row that does not hold is shown, as a line of JSON. With it, DIR gets those
    that do, and a run that was stopped goes on. Exit code 1 where a row could not be decided.
    """
    with ended_as_command(resumable=out is not None):
        from datagen.pipeline.checking import verifying
        from rewardsvc.settings import load_settings

        stage = verifying(load_settings(config), server)
        _check("verify", stage, data, out, concurrency)


@click.command(
    short_help="Have models judge rows.",
    epilog="For example: datagen judge data/k8s --judge openai:gpt-5-mini --out data/k8s-judged",
)
@data_argument
@judge_option
@concurrency_option
@curated_option
@click.pass_obj
def judge(
    config: Path | None, data: Path, judge: tuple[str, ...], concurrency: int, out: Path | None
) -> None:
    """Have models rate the answers of DATA: a folder with tasks.jsonl, or such a file.

    Without --out, each row that is not worth imitating is shown, as a line of JSON. With it, DIR
    gets the others, and no answer of a judge is paid for twice. Exit code 1 where a row could not
    be decided.
    """
    with ended_as_command(resumable=out is not None):
        from datagen.pipeline.checking import judging
        from rewardsvc.settings import load_settings

        _check("judge", judging(load_settings(config, judge=judge or None)), data, out, concurrency)


def _check(
    name: str,
    opened: "AbstractAsyncContextManager[AnyStage]",
    data: Path,
    out: Path | None,
    concurrency: int,
) -> None:
    from datagen.pipeline.rechecking import recheck

    step, undecided = recheck(name, opened, data, out, concurrency)
    tell(step, None if undecided else out, "do not hold")
    if undecided:
        raise click.ClickException(f"{len(undecided)} rows could not be decided: {undecided[0]}")
