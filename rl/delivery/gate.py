"""What `rl gate` found of the very model that is exported, and of no other."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from rl.delivery.errors import GateOfAnother
from rl.evaluation.evaluation import EVALUATION_FILE, read_evaluation
from rl.evaluation.identity import model_digest

GATE_FILE = "gate.json"
_RUN_FILE = "run.json"


def gate_of(source: Path, folder: Path | None) -> Mapping[str, object] | None:
    """The results of the limits that are of a model; ``passed``: whether all were kept.

    Args:
        source: the model's folder.
        folder: of an evaluation or a run that was held against limits. None: of the run around the
            model, where None is given where no limit there is of it.

    Raises:
        GateOfAnother: nothing was held against limits in the folder, or not this model.
    """
    run = source.resolve().parent.parent
    file = (folder if folder is not None else run) / GATE_FILE
    if folder is None and not ((run / _RUN_FILE).is_file() and file.is_file()):
        return None
    results = [each for each in _results(file) if each.get("label") in _labels(source, file.parent)]
    if results:
        return {"passed": all(each.get("passed") is True for each in results), "results": results}
    if folder is None:
        return None
    raise GateOfAnother(
        f"{file}: no limit in it is of {source} as its files are now: have `rl eval` and `rl gate` "
        "look at this model"
    )


def _labels(source: Path, folder: Path) -> Collection[str]:
    """What the model is called among the answers in a folder."""
    stage = source.resolve().parent
    if stage.parent == folder.resolve() and (folder / _RUN_FILE).is_file():
        return {stage.name}
    if not (folder / EVALUATION_FILE).is_file():
        return ()
    digest = model_digest(source)
    return {
        label
        for label, each in read_evaluation(folder).subjects.items()
        if each.identity == digest and not each.quantization and not each.examples
    }


def _results(file: Path) -> list[Mapping[str, object]]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return [each for each in said["results"] if isinstance(each, dict)]
    except OSError as error:
        raise GateOfAnother(
            f"{file}: cannot be read ({error.strerror}); `rl gate {file.parent} --limits FILE` "
            "writes it"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise GateOfAnother(f"{file}: is not of `rl gate`: {error!r}") from error
