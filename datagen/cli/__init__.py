"""The command ``datagen``: a module here for each command, which says how it is called.

A module loads click and no more; what its command needs is loaded when it runs, and not for a help
text. A new command is one module and a line of :data:`COMMANDS`.
"""

from pathlib import Path

import click

from datagen.cli.bench import bench
from datagen.cli.check import judge, verify
from datagen.cli.collect import collect
from datagen.cli.coverage import coverage
from datagen.cli.decontaminate import decontaminate
from datagen.cli.dedupe import dedupe
from datagen.cli.difficulty import difficulty
from datagen.cli.edit import edit
from datagen.cli.estimate import estimate
from datagen.cli.evolve import evolve
from datagen.cli.export import export
from datagen.cli.plans import plans
from datagen.cli.repair import repair
from datagen.cli.report import report
from datagen.cli.run import init, run
from datagen.cli.split import split
from datagen.cli.synth import synth
from datagen.cli.topics import topics
from datagen.cli.why import why
from rewardsvc.program import Program

COMMANDS: tuple[click.Command, ...] = (
    synth,
    init,
    run,
    estimate,
    topics,
    verify,
    judge,
    dedupe,
    decontaminate,
    split,
    why,
    coverage,
    difficulty,
    export,
    report,
    repair,
    edit,
    evolve,
    collect,
    plans,
    bench,
)


@click.group(
    cls=Program, epilog="For example: datagen synth --category terraform --count 20 --out data"
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of settings (or ASSAY_CONFIG); flags and ASSAY_* variables win over it.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Make verified instruction pairs for infrastructure code.

    Settings of the tools and models are ASSAY_* variables: rewardsvc --help lists them.
    """
    ctx.obj = config


for _command in COMMANDS:
    main.add_command(_command)
