"""The rows that models may be evaluated on: none that one of them was trained on.

Where the rows of a file name no split, a run held some of them out by its seed (``rl.data``), and
its models are evaluated on these, however they are named.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rl.errors import InvalidTasks

if TYPE_CHECKING:
    from rewardsvc.tasks import TaskRow
    from rl.data import Split
    from rl.evaluation.subject import Subject

RUN_FILE, RUN_CONFIG = "run.json", "config.yaml"
"""What makes a folder a run directory (``rl.run``), and its configuration."""


def runs_of(subjects: Sequence["Subject"], run: Path | None) -> list[Path]:
    """The run directories whose models are evaluated."""
    found = [] if run is None else [run]
    for subject in subjects:
        stage = Path(subject.model).parent
        if Path(subject.model).name == "model" and (stage.parent / RUN_FILE).is_file():
            found.append(stage.parent)
    return list(dict.fromkeys(found))


def rows_to_evaluate(
    file: Path, runs: Sequence[Path], run: Path | None
) -> tuple[Sequence["TaskRow"], Sequence["TaskRow"]]:
    """The rows of a file to evaluate on, and those that may be learnt from.

    Args:
        file: the tasks.
        runs: those whose models are evaluated.
        run: the one that the evaluation is in.

    Raises:
        InvalidTasks: there are none to evaluate on, or some may have been trained on.
    """
    from rl.data import load_to_evaluate

    splits = [split for each in runs if (split := _made_by(each, file)) is not None]
    if splits:
        common = set.intersection(*({row.id for row in split.test} for split in splits))
        tasks = tuple(row for row in splits[0].test if row.id in common)
        if not tasks:
            named = ", ".join(map(str, runs))
            raise InvalidTasks(f"{file}: {named} held out no task in common: evaluate them apart")
        return tasks, splits[0].answered
    tasks, learnt = load_to_evaluate(file)
    if run is not None and not any(row.split for row in tasks):
        raise InvalidTasks(
            f"{file}: no row names a split, and these are not the tasks that {run} was trained on: "
            'some of them may be. Give the rows to evaluate on the split "test"'
        )
    return tasks, learnt


def _made_by(run: Path, file: Path) -> "Split | None":
    """How a run split a file by its seed; None where the file does so, or is not the run's."""
    from rl.cli.opening import split_of
    from rl.configs.loading import load_config

    if not (run / RUN_CONFIG).is_file():
        return None
    # Not the configuration at hand: --set may name another seed.
    config = load_config(str(run / RUN_CONFIG))
    try:
        split = split_of(file, config)
    except InvalidTasks:  # of a benchmark, for one, which has nothing to train on
        return None
    known = json.loads((run / RUN_FILE).read_text(encoding="utf-8")).get("tasks")
    return split if split.made_here and split.digest == known else None
