"""What a file or a model's folder holds, as a SHA-256: equal ones hold the same."""

import hashlib
from pathlib import Path

from rl.evaluation.identity import model_digest

_OF_A_TRAINER = ("optimizer", "scheduler", "rng_state", "trainer_state", "training_args")


def model_files(folder: Path) -> list[Path]:
    """A model folder's own files by name: no optimizer, no state of a trainer."""
    return sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and not file.name.startswith(_OF_A_TRAINER)
    )


def file_digest(file: Path) -> str:
    """Of a file's bytes, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def place_digest(place: Path) -> str:
    """Of a model: a file, or a folder as evaluations tell models apart; "" where there is none."""
    if place.is_dir():
        return model_digest(place)
    return file_digest(place) if place.is_file() else ""
