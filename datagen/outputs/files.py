"""Writes the files of a data set, each whole or not at all."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from datagen.errors import OutputUnusable
from datagen.outputs.base import DataSet, RecordSink


def write_files(folder: Path, data: DataSet, sinks: Sequence[RecordSink]) -> None:
    """Write what each sink says into a folder that has a journal.

    Raises:
        OutputUnusable: the folder cannot be written.
    """
    for sink in sinks:
        replace_file(folder / sink.file, sink.lines(data))


def replace_file(path: Path, lines: Iterable[str]) -> None:
    """Write a file beside its place and move it there: readers see the old or the new one.

    Raises:
        OutputUnusable: it cannot be written.
    """
    beside = path.parent / ".state"
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            newline="\n",
            dir=beside if beside.is_dir() else path.parent,
            prefix=".",
            delete=False,
        ) as file:
            try:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).chmod(0o644)
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputUnusable(f"{path}: cannot be written: {error.strerror}") from error
