"""Rows that are gone through several times with one in memory: there may be hundreds of thousands.

What is decided about rows together is decided of ids; the rows themselves stay where they are.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from datagen.errors import OutputUnusable
from rewardsvc.tasks import TaskRow, row_from_json, row_to_json


class TaskRows(Protocol):
    """Rows in an order; a list of them is one, too."""

    def __iter__(self) -> Iterator[TaskRow]:
        """From the first."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...


class SpooledRows:
    """Rows in a file that has no name and goes when it is closed; a context manager."""

    def __init__(self, folder: Path, rows: Iterable[TaskRow]) -> None:
        """Write them down. ``folder``: whose disk is used.

        Raises:
            OutputUnusable: it cannot be written.
        """
        self._places: list[int] = []
        try:
            self._file = tempfile.TemporaryFile("w+b", dir=folder)  # noqa: SIM115 - closed below
            for row in rows:
                self._places.append(self._file.tell())
                self._file.write(row_to_json(row).encode())
            self._places.append(self._file.tell())
            self._file.flush()
        except OSError as error:
            raise OutputUnusable(f"{folder}: cannot be written: {error.strerror}") from error

    def __enter__(self) -> Self:
        """Nothing happens."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the file."""
        self._file.close()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._places) - 1

    def __iter__(self) -> Iterator[TaskRow]:
        """From the first; several may be under way."""
        for place, end in zip(self._places[:-1], self._places[1:], strict=True):
            self._file.seek(place)
            yield row_from_json(self._file.read(end - place).decode())


class KeptRows:
    """Those of some rows that stay."""

    def __init__(self, rows: TaskRows, sides: Mapping[str, str | None]) -> None:
        """``sides``: by the ids of those that stay; None where a row keeps its own."""
        self._rows = rows
        self._sides = sides

    def __len__(self) -> int:
        """How many stay."""
        return len(self._sides)

    def __iter__(self) -> Iterator[TaskRow]:
        """From the first."""
        for row in self._rows:
            if row.id in self._sides:
                side = self._sides[row.id]
                yield row if side is None else replace(row, split=side)


class JoinedRows:
    """The rows of several, one after the other."""

    def __init__(self, parts: Sequence[TaskRows]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        """How many there are."""
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[TaskRow]:
        """From the first."""
        for part in self._parts:
            yield from part
