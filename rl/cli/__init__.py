"""The command ``rl``: a module here for each kind of command; words and progress on stderr.

What a command needs is loaded when it runs: a help text must not wait for it.
"""

import click

from rewardsvc.program import Program
from rl.cli.check import check
from rl.cli.compare import compare, gate
from rl.cli.evaluate import evaluate
from rl.cli.export import export
from rl.cli.fetch_model import fetch_model
from rl.cli.models import models
from rl.cli.train import dpo, grpo, run, sft


@click.group(
    cls=Program, epilog="For example: rl run --config nano --tasks data/terraform --out runs/first"
)
def main() -> None:
    """Train a small model on verified tasks, with the reward service as its judge.

    Settings of the reward are ASSAY_* variables, or in the TOML file that ASSAY_CONFIG names:
    rewardsvc --help lists them.
    """


_COMMANDS = (
    *(sft, dpo, grpo, run),
    *(evaluate, compare, gate, check),
    *(export, models, fetch_model),
)
for _command in _COMMANDS:
    main.add_command(_command)
