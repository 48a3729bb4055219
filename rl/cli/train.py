"""``rl sft``, ``rl dpo``, ``rl grpo``, ``rl run``: a model gets better."""

from pathlib import Path

import click

from rl.cli.opening import opened, scoring, show
from rl.cli.options import RunOptions, reported, run_options, server_option


@click.command(epilog="For example: rl sft --config nano --tasks data/terraform")
@run_options
@server_option
def sft(options: RunOptions) -> None:
    """Fine-tune on the reference answers."""
    with reported("sft"):
        run = opened(options)
        if run.config.sft.validation is None:
            run.sft(None)
        else:
            with scoring(run.config) as thread:
                run.sft(thread)
        click.echo(run.model_folder("sft"))


_start_option = click.option(
    "--from",
    "start",
    type=click.Path(path_type=Path),
    help="The model folder to start from; that after SFT in the run directory, or the base.",
)


@click.command(epilog="For example: rl dpo --config nano --tasks data/repairs --out runs/nano")
@run_options
@_start_option
def dpo(options: RunOptions, start: Path | None) -> None:
    """Train on pairs of a better and a worse answer (DPO).

    Pairs are a row's own answer and the worse ones that it knows: `datagen repair`, `datagen edit`
    and a model teacher's repair turns write such rows.
    """
    with reported("dpo"):
        run = opened(options)
        run.dpo(start)
        click.echo(run.model_folder("dpo"))


@click.command(
    epilog="For example: rl grpo --config nano --tasks data/terraform --server 127.0.0.1:50051"
)
@run_options
@server_option
@_start_option
def grpo(options: RunOptions, start: Path | None) -> None:
    """Train with GRPO against the reward."""
    with reported("grpo"):
        run = opened(options)
        with scoring(run.config) as thread:
            run.grpo(thread, start)
        click.echo(run.model_folder("grpo"))


@click.command(epilog="For example: rl run --tasks data/terraform --set grpo.steps=20")
@run_options
@server_option
def run(options: RunOptions) -> None:
    """Evaluate, SFT, evaluate, GRPO, evaluate, and report. Goes on where it stopped."""
    with reported("run"):
        whole = opened(options)
        with scoring(whole.config) as thread:
            written = whole.whole(thread)
        show(whole.folder, written)
