"""``datagen repair``: how it is called. ``datagen/pipeline/deriving.py`` does what it says."""

from pathlib import Path
from typing import Any

import click

from datagen.cli.deriving import derivation_options, derive
from datagen.cli.endings import ended_as_command


@click.command(
    short_help="Make repair tasks of verified rows.",
    epilog="For example: datagen repair data/docker --out data/docker-repair",
)
@derivation_options(what="Repairs", chooses="Chooses the mistakes.")
@click.pass_obj
def repair(config: Path | None, /, **wanted: Any) -> None:
    """Make tasks to repair of the answers in DATA (a folder with tasks.jsonl, or such a file).

    Each has a wrong file, what the tools say of it, and the request; its answer is the row's own.
    The wrong one earns less, and makes a preference pair with it. A repair is on its row's side.
    """
    with ended_as_command(resumable=True):
        from datagen.pipeline.repairing import REPAIRS

        derive(REPAIRS, config, wanted)
