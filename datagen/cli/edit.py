"""``datagen edit``: how it is called. ``datagen/pipeline/deriving.py`` does what it says."""

from pathlib import Path
from typing import Any

import click

from datagen.cli.deriving import derivation_options, derive
from datagen.cli.endings import ended_as_command


@click.command(
    short_help="Make edit tasks of verified rows.",
    epilog="For example: datagen edit data/docker --out data/docker-edit",
)
@derivation_options(what="Edits", chooses="Chooses what is changed.")
@click.pass_obj
def edit(config: Path | None, /, **wanted: Any) -> None:
    """Make tasks to edit of the answers in DATA (a folder with tasks.jsonl, or such a file).

    Each has a row's answer as what stands, and asks for a value or two to be otherwise; its
    answer is what the row's topic makes of that. Where Terraform plans it, nothing else may
    change. Leaving all as it is earns less, and makes a preference pair. Rows of built-in topics
    can be edited; an edit is on its row's side.
    """
    with ended_as_command(resumable=True):
        from datagen.pipeline.editing import EDITS

        derive(EDITS, config, wanted)
