"""Which adapter makes a trained model of the base that the model began as.

A stage merges its adapter into the weights that it began with; its checkpoints still have the
adapter. It is the model's only where the checkpoint has the very weights that were merged, and
where the stage began with the base itself.
"""

import json
from pathlib import Path

from rl.delivery.errors import ExportFailed

_CONFIG = "adapter_config.json"

_AFTER_SFT = ("dpo", "grpo")
"""Stages that may begin with a model that was trained before."""


def adapter_of(source: Path) -> Path:
    """The folder of the adapter that a model was trained with.

    Raises:
        ExportFailed: there is none, or what there is does not make this model of its base.
    """
    if (source / _CONFIG).is_file():
        return source
    stage = source.parent
    steps = sorted(
        int(number)
        for each in stage.glob("checkpoint-*")
        if (number := each.name.rpartition("-")[2]).isdecimal()
    )
    if not any((stage / f"checkpoint-{step}" / _CONFIG).is_file() for step in steps):
        raise ExportFailed(
            f"{source}: has no adapter (no {_CONFIG} in it, nor in a checkpoint beside it): "
            "it was trained in full; export it as merged"
        )
    best = _best_step(stage)
    step = steps[-1] if best is None else best
    folder = stage / f"checkpoint-{step}"
    if not (folder / _CONFIG).is_file():
        why = "its last" if best is None else "its best in validation"
        raise ExportFailed(
            f"{source}: has the weights of step {step}, {why}, and the checkpoint of that step has "
            "no adapter any more; export it as merged"
        )
    began = _base_of(folder)
    if stage.name in _AFTER_SFT and Path(began).parts[-2:] != ("base", "model"):
        raise ExportFailed(
            f"{source}: its adapter was trained on {began or 'a model that it does not name'}, and "
            "does not make this model of the base; export it as merged"
        )
    return folder


def _best_step(stage: Path) -> int | None:
    """The step whose weights validation took (``rl.training.validation``); None where none did."""
    log = stage / "validation.jsonl"
    if not (stage / "best.safetensors").is_file() or not log.is_file():
        return None
    found = [
        json.loads(line)
        for line in log.read_text(encoding="utf-8").split("\n")
        if line.endswith("}")
    ]
    best = max(found, key=lambda each: (each["right"], -each["step"]), default=None)
    return None if best is None else int(best["step"])


def _base_of(adapter: Path) -> str:
    """What an adapter says that it was trained on (PEFT's ``base_model_name_or_path``)."""
    try:
        said = json.loads((adapter / _CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExportFailed(f"{adapter / _CONFIG}: cannot be read: {error}") from error
    base = said.get("base_model_name_or_path") if isinstance(said, dict) else None
    return base if isinstance(base, str) else ""
