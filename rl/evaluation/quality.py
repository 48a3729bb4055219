"""What judges made of answers, beside what the tools found: intent, clarity and realism. Pure.

It never counts in a reward or in what is fully right (:mod:`rl.evaluation.judging` asks them).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rewardsvc.report.page import ReportTable
from rewardsvc.report.statistics import mean
from rl.errors import InvalidRunDirectory


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """``scores``: in [0, 1] by criterion. Where the panel has not spoken there are none, and
    ``missing`` says why."""

    task: str
    scores: Mapping[str, float]
    missing: str = ""


_RATINGS = TypeAdapter(list[RatedAnswer])


def ratings_file(folder: Path, label: str) -> Path:
    """Where the ratings of a model are in an evaluation."""
    return folder / "eval" / f"{label}.quality.json"


def write_ratings(file: Path, rated: Sequence[RatedAnswer]) -> None:
    """Keep the ratings of a model."""
    said = [asdict(one) for one in rated]
    file.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def read_ratings(file: Path) -> list[RatedAnswer]:
    """The ratings of a model.

    Raises:
        InvalidRunDirectory: the file has something else in it.
    """
    try:
        return _RATINGS.validate_json(file.read_bytes())
    except ValidationError as error:
        raise InvalidRunDirectory(f"{file}: not the ratings of a judge: {error}") from error


def quality_table(rated: Mapping[str, Sequence[RatedAnswer]]) -> ReportTable | None:
    """Means by criterion, a row for each model; None where nothing was rated."""
    criteria = list(
        dict.fromkeys(name for given in rated.values() for one in given for name in one.scores)
    )
    if not any(rated.values()):
        return None
    rows = []
    for label, given in rated.items():
        spoken = [one for one in given if one.scores]
        scores = [f"{mean([one.scores[name] for one in spoken]):.2f}" for name in criteria]
        rows.append([label, *scores, str(len(spoken)), str(len(given) - len(spoken))])
    names = [name.replace("_", " ") for name in criteria]
    return ReportTable(("model", *names, "rated", "not rated"), rows)
