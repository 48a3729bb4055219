"""The command ``rewardsvc``: a module here for each kind of command."""

import logging
import sys
from pathlib import Path

import click

from rewardsvc.cli.calibrate import calibrate
from rewardsvc.cli.doctor import doctor
from rewardsvc.cli.mutate import mutate
from rewardsvc.cli.score import replay, score
from rewardsvc.cli.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assay")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of settings; flags and ASSAY_* variables win over it.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Score completions by running the real tools on what they contain."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s"
    )
    for name in ("httpx", "httpx2"):  # the judges' SDKs: a line for each request
        logging.getLogger(name).setLevel(logging.WARNING)
    ctx.obj = config


for _command in (serve, score, replay, mutate, calibrate, doctor):
    main.add_command(_command)
