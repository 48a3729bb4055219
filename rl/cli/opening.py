"""From options to an open run: configuration, tasks and libraries are looked at in that order."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rewardsvc.extras import needing
from rl.cli.options import RunOptions
from rl.errors import InvalidTasks

if TYPE_CHECKING:
    from rl.configs.sections import Config
    from rl.data import Split
    from rl.evaluation.report import Report
    from rl.reward.scoring import ScoringThread
    from rl.run import Run


def opened(options: RunOptions) -> "Run":
    """The run that the options ask for; nothing slow is loaded before the input is known good.

    Raises:
        InvalidConfig: of the configuration.
        InvalidTasks: of the tasks, or there are none.
        InvalidRunDirectory: the directory belongs to something else.
    """
    config = configuration(options)
    tasks = config.data.tasks
    if tasks is None:
        raise InvalidTasks("no tasks: name a file with --tasks or in data.tasks")

    if tasks.is_dir():
        tasks /= "tasks.jsonl"
    split = split_of(tasks, config)
    if split.made_here:
        click.echo(
            f'{tasks}: no row says split "test"; held out {len(split.test)} of '
            f"{len(split.train) + len(split.test)} by seed {config.seed}",
            err=True,
        )
    need_training_packages()  # torch takes seconds to import
    import torch
    from transformers.utils import logging

    from rl.run import open_run

    logging.disable_progress_bar()  # of the models that it loads and writes, which are small

    if config.threads is not None:
        torch.set_num_threads(config.threads)
    return open_run(options.out or Path("runs") / config.name, config, split)


def split_of(tasks: Path, config: "Config") -> "Split":
    """How a run with a configuration splits a file of tasks.

    Raises:
        InvalidTasks: as of :func:`rl.data.load_split`.
    """
    from rl.data import load_split

    asked = config.sft.validation
    validation = asked.tasks if asked is not None else 0
    return load_split(tasks, config.data, config.seed, validation=validation)


@contextmanager
def scoring(config: "Config") -> "Iterator[ScoringThread]":
    """Who scores, as the configuration says.

    Raises:
        RewardUnavailable: nobody does.
    """
    from rewardsvc.scorer import open_scorer
    from rl.reward.scoring import ScoringThread, settings_for

    settings = settings_for(config.reward.deadline_seconds)
    with ScoringThread(open_scorer(settings, config.reward.server)) as thread:
        yield thread


def show(folder: Path, written: "Report") -> None:
    """A report's table, and where its parts are."""
    click.echo(written.table)
    click.echo()
    click.echo(f"run directory: {folder}")
    if written.curve is not None:
        click.echo(f"reward curve:  {written.curve}")
    click.echo(f"report:        {written.markdown} ({written.html.name} beside it)")


def configuration(options: RunOptions) -> "Config":
    """The configuration that the options name, with what they set in it.

    Raises:
        InvalidConfig: names the file and the key.
    """
    from rl.configs.loading import load_config

    sets = list(options.overrides)
    if options.tasks is not None:
        sets.append(f"data.tasks={_quoted(str(options.tasks))}")
    if options.server is not None:
        sets.append(f"reward.server={_quoted(options.server)}")
    return load_config(options.source, sets)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def need_training_packages() -> None:
    """Refuse to begin where what trains and samples is not installed.

    Raises:
        ExtraMissing: says what to install.
    """
    with needing("rl", hint="for a GPU: 'assay[gpu]'"):
        import jinja2  # noqa: F401
        import peft  # noqa: F401
        import scipy  # noqa: F401
        import torch  # noqa: F401
        import trl  # noqa: F401
