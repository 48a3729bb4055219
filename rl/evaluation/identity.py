"""Which model answers, beyond what it is called: its whole name, or a digest of its files.

Two models may have one label, as `sft` of two runs, and a folder may be trained anew.
"""

import hashlib
from pathlib import Path

from rl.evaluation.subject import Subject

_OF_A_MODEL = {".json", ".jinja", ".txt", ".model", ".safetensors", ".bin"}
"""Endings of what transformers loads: configuration, tokenizer and weights."""

_OF_TRAINING = {"trainer_state.json", "training_args.bin"}


def identity_of(subject: Subject, folder: Path, base: str, *, sends_temperature: bool) -> str:
    """What stays the same as long as a subject's answers are of one model.

    Args:
        subject: who answers.
        folder: where its model is, if it is one of this machine in a folder.
        base: what `base` is where there is no such folder.
        sends_temperature: False for a model behind an API that is asked without one.
    """
    if subject.api is not None:
        return subject.api.whole if sends_temperature else f"{subject.api.whole}, no temperature"
    if (folder / "config.json").is_file():
        return model_digest(folder)
    return base if subject.model == "base" else subject.model


def model_digest(folder: Path) -> str:
    """SHA-256 over names and bytes of a model's files: configuration, tokenizer and weights."""
    content = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in _OF_A_MODEL and file.name not in _OF_TRAINING and file.is_file():
            with file.open("rb") as stream:
                content.update(file.name.encode() + b"\0")
                content.update(hashlib.file_digest(stream, "sha256").digest())
    return content.hexdigest()
