"""The command ``rewardsvc``: a module here for each kind of command.

``score.py`` says how a command is called, ``scoring.py`` does what it says, and so on: what a
command needs is loaded when it runs, not for a help text.
"""

from pathlib import Path

import click

from rewardsvc.cli.calibrate import calibrate
from rewardsvc.cli.doctor import doctor
from rewardsvc.cli.mutate import mutate
from rewardsvc.cli.options import log_level_option
from rewardsvc.cli.score import replay, score
from rewardsvc.cli.serve import serve
from rewardsvc.cli.setting_help import PREFIX, setting_help
from rewardsvc.program import Program


class _RewardService(Program):
    """Lists the settings below the commands."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See :meth:`click.Group.format_epilog`."""
        listed = [
            (f"{each.variable}={each.default}" if each.default else each.variable, each.description)
            for each in setting_help()
        ]
        with formatter.section(f"Settings (in a TOML file: the name without {PREFIX}, lower case)"):
            formatter.write_dl(listed, col_max=36)
        super().format_epilog(ctx, formatter)


@click.group(
    cls=_RewardService,
    epilog="For example: rewardsvc score requests.jsonl > verdicts.jsonl",
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of settings (or ASSAY_CONFIG); flags and ASSAY_* variables win over it.",
)
@log_level_option("info")
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Score completions by running the real tools on what they contain.

    Data goes to stdout, words and progress to stderr. Exit code 0: done; 1: it failed; 2: wrong
    usage or bad input; 130 and 143: stopped by Ctrl-C and by SIGTERM.
    """
    ctx.obj = config


for _command in (serve, score, replay, mutate, calibrate, doctor):
    main.add_command(_command)
