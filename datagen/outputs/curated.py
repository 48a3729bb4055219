"""Steps over a data set as files: read for the decisions, read again to apply them, written once.

``DIR/curation.json`` tells every step that led to a folder's rows: what was chosen, how many rows
came and stayed, and which row went for what reason.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from datagen.curation import (
    Decontamination,
    Deduplication,
    References,
    Splitting,
    leaks_in,
    repetitions_in,
    rows_in,
    sides_of,
    tasks_file,
)
from datagen.curation.reading import TASKS
from datagen.curation.references import passages_in
from datagen.errors import OutputUnusable, WrongUsage
from datagen.outputs.files import replace_file
from rewardsvc.errors import InvalidFile
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import JsonValue

HISTORY = "curation.json"
"""The name of the file beside the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurationStep:
    """What one command did, or would do.

    ``dropped``: what is wrong with each row that goes, by its id. ``found``: what else it came to,
    in figures by name.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    settings: dict[str, JsonValue]
    rows: int
    kept: int
    dropped: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)


_STEPS: TypeAdapter[list[CurationStep]] = TypeAdapter(list[CurationStep])


def history_of(path: Path) -> list[CurationStep]:
    """The steps that led to the rows of a folder or file; none where nothing is said.

    Raises:
        rewardsvc.errors.InvalidFile: what is said cannot be read.
    """
    file = tasks_file(path).parent / HISTORY
    if not file.is_file():
        return []
    try:
        return _STEPS.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise InvalidFile(f"{file}: not what datagen writes: {error}") from error


def deduplicate(path: Path, settings: Deduplication, out: Path | None) -> CurationStep:
    """Find repeated rows, and write the others where ``out`` says so.

    Raises:
        WrongUsage, OutputUnusable: what is named cannot be read, or not be written.
        rewardsvc.errors.InvalidFile: a row is wrong.
    """
    require_place(out, path)
    counted = _Counted(rows_in(path))
    dropped: dict[str, dict[str, JsonValue]] = {
        each.id: {"by": each.by.value, "repeats": each.repeats, "similarity": each.similarity}
        for each in repetitions_in(counted, settings)
    }
    step = _step("dedupe", settings, counted.rows, dropped)
    return applied(step, path, out, (row for row in rows_in(path) if row.id not in dropped))


def decontaminate(
    path: Path,
    settings: Decontamination,
    out: Path | None,
    skipped: Callable[[Path], None] | None = None,
) -> CurationStep:
    """Find rows that stand in named files; where they are to go, write the others. ``skipped``:
    hears of each file of a named folder that is no text.

    Raises:
        WrongUsage, OutputUnusable: what is named cannot be read, or not be written.
        rewardsvc.errors.InvalidFile: a row or a file to compare with is wrong.
    """
    require_place(out, path)
    if not settings.against:
        raise WrongUsage("nothing to compare with: name the files that must not be trained on")
    references = References(
        (passage for each in settings.against for passage in passages_in(each, skipped)), settings
    )
    counted = _Counted(rows_in(path))
    leaked: dict[str, dict[str, JsonValue]] = {
        each.id: {"by": each.by.value, "place": _place(each.place), "overlap": each.overlap}
        for each in leaks_in(counted, references)
    }
    gone = leaked if settings.drop else {}
    step = replace(_step("decontaminate", settings, counted.rows, gone), found=_reasons(leaked))
    shown = step if settings.drop else replace(step, dropped=leaked)
    applied(step, path, out, (row for row in rows_in(path) if row.id not in gone))
    return shown


def split(path: Path, settings: Splitting, out: Path | None) -> CurationStep:
    """Give each row its side, and write them where ``out`` says so.

    Raises:
        WrongUsage, OutputUnusable: what is named cannot be read, or not be written.
        rewardsvc.errors.InvalidFile: a row is wrong.
    """
    require_place(out, path)
    sides = sides_of(rows_in(path), settings)
    step = replace(
        _step("split", settings, len(sides), {}),
        found=dict(Counter(side.value for side in sides.values())),
    )
    rows = (replace(row, split=sides[row.id].value) for row in rows_in(path))
    return applied(step, path, out, rows)


class _Counted:
    """Rows that are counted as they go by."""

    def __init__(self, rows: Iterable[TaskRow]) -> None:
        self._rows = rows
        self.rows = 0

    def __iter__(self) -> Iterator[TaskRow]:
        for row in self._rows:
            self.rows += 1
            yield row


def _step(
    name: str, settings: BaseModel, rows: int, dropped: dict[str, dict[str, JsonValue]]
) -> CurationStep:
    chosen: dict[str, JsonValue] = settings.model_dump(mode="json")
    if "against" in chosen:  # a data set holds no paths
        chosen["against"] = [Path(each).name for each in chosen["against"]]
    return CurationStep(
        name=name,
        settings=chosen,
        rows=rows,
        kept=rows - len(dropped),
        dropped=dropped,
        found=_reasons(dropped),
    )


def _reasons(dropped: dict[str, dict[str, JsonValue]]) -> dict[str, int]:
    return dict(Counter(str(why["by"]) for why in dropped.values()))


def _place(place: str) -> str:
    """A place in a file (``file:line``) by the file's name."""
    return Path(place).name


def require_place(out: Path | None, source: Path, mark: Path = Path(HISTORY)) -> None:
    """Refuse a folder that holds what such a step did not make, or that the rows come from.
    ``mark``: what such a step leaves in its folder.

    Raises:
        WrongUsage: it does.
    """
    own = tasks_file(source)
    if out is None or not (target := out / TASKS).exists():
        return
    if target.samefile(own):
        raise WrongUsage(f"--out {out}: the rows are read from there: choose another folder")
    if not (out / mark).exists():
        raise WrongUsage(
            f"--out {out}: holds a data set that was not made by a step like this: choose another "
            "folder, or remove it"
        )


def applied(
    step: CurationStep, path: Path, out: Path | None, rows: Iterable[TaskRow]
) -> CurationStep:
    """Write the rows that a step leaves, with the history that led to them, where ``out`` says so.

    Raises:
        OutputUnusable: the folder cannot be written.
    """
    if out is None:
        return step
    steps: Sequence[CurationStep] = (*history_of(path), step)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputUnusable(f"{out}: cannot be made: {error.strerror}") from error
    told = json.dumps([asdict(each) for each in steps], ensure_ascii=False, indent=1)
    replace_file(out / HISTORY, [told])  # first: without it the rows' folder is somebody else's
    replace_file(out / TASKS, map(row_to_json, rows))
    return step
