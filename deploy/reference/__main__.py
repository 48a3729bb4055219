"""Writes the API reference out of the docstrings: `make docs`, offline.

    python deploy/reference FOLDER

The front doors of the three packages, and the rooms that a contributor builds on. pdoc looks at
what a module holds, and front doors load their names when they are first named: so each is named
here.
"""

import importlib
import sys
from importlib.metadata import version
from pathlib import Path

import pdoc

FRONT_DOORS = ("rewardsvc", "datagen", "rl")
ROOMS = (
    "rewardsvc.checks.named",
    "rewardsvc.checks.named.base",
    "rewardsvc.format",
    "rewardsvc.verification.verifier",
    "rewardsvc.verification.ladder",
    "datagen.pins",
    "datagen.record",
    "datagen.sources.base",
    "datagen.stages.base",
    "datagen.outputs.base",
    "datagen.teachers.base",
    "sandbox.base",
    "sandbox.errors",
)


def write(folder: Path) -> None:
    """Write a page for each of them, an index and a search."""
    for name in FRONT_DOORS:
        door = importlib.import_module(name)
        vars(door).update({public: getattr(door, public) for public in door.__all__})
    pdoc.render.configure(
        docformat="google",
        show_source=False,
        footer_text=f"Assay {version('assay')}",
        template_directory=Path(__file__).parent,
    )
    pdoc.pdoc(*FRONT_DOORS, *ROOMS, output_directory=folder)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
