"""Writes the rows of one shape and split into a file, as they come."""

import json
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from datagen.outputs.exports.settings import FileKind
from datagen.outputs.exports.shapes import Column, ExportRow, ExportShape
from rewardsvc.extras import needing

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 1000
"""Rows of a group of a Parquet file; as many are held in memory."""


class RowWriter(Protocol):
    """A file that is being written; a context manager."""

    def write(self, row: ExportRow) -> None:
        """Add a row."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def writer_of(path: Path, shape: ExportShape, kind: FileKind) -> RowWriter:
    """Who writes a file of a kind.

    Raises:
        ExtraMissing: what Parquet takes is not installed.
        OSError: the file cannot be written.
    """
    return ParquetWriter(path, shape) if kind is FileKind.PARQUET else JsonLinesWriter(path)


def require_parquet() -> None:
    """See that Parquet can be written.

    Raises:
        ExtraMissing: what it takes is not installed.
    """
    with needing("export"):
        import pyarrow.parquet  # noqa: F401


class JsonLinesWriter:
    """One row a line; a :class:`RowWriter`."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def write(self, row: ExportRow) -> None:
        """Add a line."""
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()


class ParquetWriter:
    """Row groups of a schema that is the same for every file of a shape; a :class:`RowWriter`."""

    def __init__(self, path: Path, shape: ExportShape) -> None:
        with needing("export"):
            import pyarrow.parquet as pq
        self._schema = _schema(shape)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[ExportRow] = []

    def write(self, row: ExportRow) -> None:
        """Add a row; it is on the disk with its group."""
        self._rows.append(row)
        if len(self._rows) == _AT_ONCE:
            self._flush()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what is left, and close the file."""
        if exc is None:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()


def _schema(shape: ExportShape) -> "pa.Schema":
    import pyarrow as pa

    def of(column: Column) -> Any:
        if column.keys is not None:
            return pa.list_(pa.struct([(key, pa.string()) for key in column.keys]))
        return pa.bool_() if column is Column.FLAG else pa.string()

    return pa.schema([(name, of(column)) for name, column in shape.columns.items()])
