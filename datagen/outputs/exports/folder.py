"""Writes a data set in all shapes that are asked for, in one pass over its rows.

The folder is one that the `datasets` library loads and a hub shows: ``README.md``,
``croissant.json`` and ``SHAPE/SPLIT.jsonl`` (or ``.parquet``). It is made beside its place and
moved there whole.
"""

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from datagen.curation import rows_in, tasks_file
from datagen.errors import OutputUnusable, WrongUsage
from datagen.outputs.curated import history_of
from datagen.outputs.exports.card import Seen, card_of, split_of
from datagen.outputs.exports.croissant import WrittenFile, croissant_of
from datagen.outputs.exports.harbor import write_harbor_task
from datagen.outputs.exports.settings import Export, FileKind, RowShape
from datagen.outputs.exports.shapes import SHAPES
from datagen.outputs.exports.writers import RowWriter, require_parquet, writer_of
from rewardsvc.formats import FORMATS
from rewardsvc.tasks import TaskRow

NOT_AS_HARD = "no row says a pass rate within these bounds (datagen difficulty measures them)"
METADATA = "croissant.json"
"""The name of the metadata's file; a folder that has one is an export."""

_SPLITS = ("train", "validation", "test")


def export(data: Path, settings: Export, out: Path) -> list[WrittenFile]:
    """Write the rows of a folder or file in the shapes of the settings; what was written.

    Raises:
        WrongUsage: there are no such rows, a shape would have none, or ``out`` holds something
            that no export wrote.
        OutputUnusable: ``out`` cannot be written.
        rewardsvc.errors.InvalidFile: a row is wrong.
        rewardsvc.extras.ExtraMissing: what Parquet takes is not installed.
    """
    tasks_file(data)
    name, steps, seen = settings.name or out.resolve().name, history_of(data), Seen()
    with _in_place_of(out) as folder:
        counts: Counter[tuple[RowShape, str]] = Counter()
        with ExitStack() as open_files:
            writers = _Writers(folder, settings.files, open_files)
            for row in filter(settings.takes, rows_in(data)):
                seen.add(row)
                for shape in settings.shapes:
                    counts[shape, split_of(row)] += _write(row, shape, folder, writers)
        for shape in settings.shapes:
            if not any(counts[shape, split] for split in _SPLITS):
                why = SHAPES[shape if shape in SHAPES else RowShape.RL].lacking
                if settings.pass_rate is not None and not any(counts.values()):
                    why = NOT_AS_HARD
                raise WrongUsage(f"{data}: nothing to export as {shape.value}: {why}")
        written = [
            _written(folder, shape, split, settings.files, counts[shape, split])
            for shape in settings.shapes
            for split in _SPLITS
            if shape in SHAPES and counts[shape, split]
        ]
        card = "".join(f"{line}\n" for line in card_of(name, seen, written, steps))
        (folder / "README.md").write_text(card, encoding="utf-8")
        metadata = croissant_of(name, seen.summary(name), seen.licence[1], settings.files, written)
        (folder / METADATA).write_text(f"{metadata}\n", encoding="utf-8")
    return written


def lacking_in(rows: Iterable[TaskRow], shapes: Iterable[RowShape]) -> dict[RowShape, str]:
    """The shapes that none of the rows can have, and why. Pure."""
    lacking = {shape: SHAPES[shape].lacking for shape in shapes if shape in SHAPES}
    for row in rows:
        for shape in [each for each in lacking if any(True for _ in SHAPES[each].rows(row))]:
            del lacking[shape]
    return lacking


def require_exportable(settings: Export, out: Path) -> None:
    """Refuse now what an export into a folder would fail for in the end.

    Raises:
        WrongUsage: the folder holds something that no export wrote.
        rewardsvc.extras.ExtraMissing: what Parquet takes is not installed.
    """
    _require_own(out)
    if settings.files is FileKind.PARQUET:
        require_parquet()


class _Writers:
    """One open file for each shape and split that has rows."""

    def __init__(self, folder: Path, kind: FileKind, open_files: ExitStack) -> None:
        self._folder = folder
        self._kind = kind
        self._open_files = open_files
        self._writers: dict[tuple[RowShape, str], RowWriter] = {}

    def of(self, shape: RowShape, split: str) -> RowWriter:
        """The file of a shape and split."""
        if (shape, split) not in self._writers:
            path = self._folder / _file(shape, split, self._kind)
            path.parent.mkdir(exist_ok=True)
            writer = writer_of(path, SHAPES[shape], self._kind)
            self._writers[shape, split] = self._open_files.enter_context(writer)
        return self._writers[shape, split]


def _write(row: TaskRow, shape: RowShape, folder: Path, writers: _Writers) -> int:
    """Write what a row becomes; how many rows that is."""
    if shape is RowShape.HARBOR:
        if row.format not in FORMATS:  # nobody could score it
            return 0
        write_harbor_task(folder / shape.value / split_of(row), row)
        return 1
    number = 0
    for exported in SHAPES[shape].rows(row):
        writers.of(shape, split_of(row)).write(exported)
        number += 1
    return number


def _file(shape: RowShape, split: str, kind: FileKind) -> str:
    return f"{shape.value}/{split}.{kind.value}"


def _written(folder: Path, shape: RowShape, split: str, kind: FileKind, rows: int) -> WrittenFile:
    path = _file(shape, split, kind)
    with (folder / path).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    size = (folder / path).stat().st_size
    return WrittenFile(shape=shape, split=split, path=path, rows=rows, size=size, sha256=digest)


@contextmanager
def _in_place_of(out: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``out`` when the body ends well.

    Raises:
        WrongUsage: there is something that no export wrote.
        OutputUnusable: it cannot be written.
    """
    _require_own(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as beside:
            folder = Path(beside) / "new"
            folder.mkdir()
            yield folder
            if out.exists():
                out.rename(Path(beside) / "former")
            shutil.move(folder, out)
    except OSError as error:
        raise OutputUnusable(f"{out}: cannot be written: {error.strerror}") from error


def _require_own(out: Path) -> None:
    if out.exists() and not (out / METADATA).is_file() and (out.is_file() or any(out.iterdir())):
        raise WrongUsage(f"{out}: holds something that no export wrote: choose another folder")
