"""A stage's folder has the checkpoints of one training alone: the same model, rows and settings."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from rewardsvc.tasks import TaskRow, row_to_json
from rl.configs.sections import Config
from rl.errors import InvalidRunDirectory

STAGE_FILE = "stage.json"


def open_stage(folder: Path, name: str, config: Config, rows: Sequence[TaskRow], start: str) -> str:
    """Make the folder, or look whether its checkpoints may be gone on from.

    Args:
        folder: of the stage.
        name: its section of the configuration.
        config: how it trains.
        rows: on what.
        start: what it begins with: what this gave for the stage before, or words for a model.

    Returns:
        Digest of all that.

    Raises:
        InvalidRunDirectory: it has checkpoints of another training.
    """
    now = {"start": start, "rows": _digest(rows), "settings": _settings(config, name)}
    said = json.dumps(now, indent=1, sort_keys=True)
    file = folder / STAGE_FILE
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    if before != said and any(folder.glob("checkpoint-*")):
        known = json.loads(before or "{}")
        what = " and ".join(key for key in now if known.get(key) != now[key])
        raise InvalidRunDirectory(
            f"{folder}: has checkpoints of a training with another {what}; name another folder, or "
            "remove it to start anew"
        )
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(said, encoding="utf-8")
    return hashlib.sha256(said.encode()).hexdigest()


def _settings(config: Config, stage: str) -> dict[str, object]:
    """What decides about the weights that come out."""
    return config.model_dump(mode="json", include={"seed", "bf16", "prompt", stage})


def _digest(rows: Sequence[TaskRow]) -> str:
    content = hashlib.sha256()
    for row in rows:
        content.update(row_to_json(row).encode("utf-8", "surrogatepass"))
    return content.hexdigest()
