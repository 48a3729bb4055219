"""``rl eval``: models on the held-out tasks."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rl.cli.opening import opened, scoring, show
from rl.cli.options import RunOptions, reported, run_options, server_option

if TYPE_CHECKING:
    from rl.models.policy import Policy


@click.command(
    "eval", epilog="For example: rl eval --tasks data/terraform --model base --model sft"
)
@run_options
@server_option
@click.option(
    "--model",
    "chosen",
    multiple=True,
    help="base, sft or grpo of the run directory, a model folder, or nearest (the nearest "
    "training answer, no model). Repeatable; all that the run has where not given.",
)
def evaluate(options: RunOptions, chosen: tuple[str, ...]) -> None:
    """Evaluate models on the held-out tasks."""
    with reported("eval"):
        run = opened(options)

        from rl import models
        from rl.evaluation.figures import NEAREST
        from rl.run import STAGES

        trained = tuple(name for name in STAGES if name == "base" or run.done(name))
        evaluations = {}
        with scoring(run.config) as thread:
            for name in chosen or (NEAREST, *trained):
                if name == NEAREST:
                    evaluations[name] = run.nearest(thread)
                    continue
                folder = run.model_folder(name) if name in STAGES else Path(name)

                def policy(name: str = name, folder: Path = folder) -> "Policy":
                    return run.base() if name == "base" else models.load(folder, run.config)

                label = name if name in STAGES else folder.name
                evaluations[label] = run.evaluated(label, policy, thread)
        show(run.folder, run.report(evaluations))
