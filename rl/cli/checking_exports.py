"""From the options of ``rl export`` to the check of what it made."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rl.delivery.export import ExportKind
    from rl.delivery.export_check import ExportCheck


def checked(
    model: Path,
    out: Path,
    kinds: Sequence["ExportKind"],
    *,
    tasks: Path,
    count: int,
    source: str | None,
    server: str | None,
    threads: int,
) -> "ExportCheck":
    """Evaluate the model and its exports on some tasks.

    Raises:
        TrainingError: they cannot be; says why.
    """
    import torch

    from rl.cli.evaluating import PROMPTED
    from rl.cli.held_out import RUN_CONFIG
    from rl.cli.opening import scoring
    from rl.configs.loading import load_config
    from rl.data import load_to_evaluate, spread
    from rl.delivery.checking import check_exports

    config_file = model.parent.parent / RUN_CONFIG
    config = load_config(source or (str(config_file) if config_file.is_file() else PROMPTED))
    reward = config.reward.model_copy(update={"server": server})
    config = config.model_copy(update={"reward": reward})
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    rows, _ = load_to_evaluate(tasks / "tasks.jsonl" if tasks.is_dir() else tasks)
    with scoring(config) as thread:
        chosen = spread(rows, count, config.seed)
        return check_exports(model, out, kinds, chosen, thread, config=config, threads=threads)
