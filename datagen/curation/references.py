"""Texts of files that must not be trained on: a benchmark's tasks, in whatever shape it comes."""

import codecs
import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from datagen.errors import WrongUsage
from rewardsvc.errors import InvalidFile
from rewardsvc.records import records
from rewardsvc.types import JsonValue

_TEXT_BYTES = 16 * 1024 * 1024
"""A larger file of plain text is no benchmark's task."""

_LOOKED_AT_BYTES = 4096
"""Where a file that is no text shows it."""

_FIELD_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Passage:
    """One text, and where it stands: ``file:line``, or the file."""

    place: str
    text: str


def passages_in(path: Path, skipped: Callable[[Path], None] | None = None) -> Iterator[Passage]:
    """The texts of a file, or of all files of a folder.

    Of JSON and JSONL every string, of CSV every cell; of others the whole text. ``skipped``: hears
    of each file of a folder that is no text.

    Raises:
        WrongUsage: there is no such file, nothing can be read, or there is no text at all.
        rewardsvc.errors.InvalidFile: a line is not JSON, or a named file no text; names it.
    """
    found = False
    for passage in _in_all(path, skipped):
        found = found or bool(passage.text.strip())
        yield passage
    if not found:
        raise WrongUsage(f"--against {path}: there is no text to compare with")


def _in_all(path: Path, skipped: Callable[[Path], None] | None) -> Iterator[Passage]:
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file() and _shown(path, each))
        for file in files:
            if _is_text(file):
                yield from _of_file(file)
            elif skipped is not None:
                skipped(file)
    elif path.is_file():
        yield from _of_file(path)
    else:
        raise WrongUsage(f"--against {path}: there is no such file or folder")


def _shown(folder: Path, file: Path) -> bool:
    return not any(part.startswith(".") for part in file.relative_to(folder).parts)


def _is_text(path: Path) -> bool:
    """Whether a file begins as text: a picture in a benchmark's folder does not, and is no error.

    Raises:
        WrongUsage: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(_LOOKED_AT_BYTES)
    except OSError as error:
        raise WrongUsage(f"--against {path}: cannot be read: {error.strerror}") from error
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return b"\0" not in start


def _of_file(path: Path) -> Iterator[Passage]:
    try:
        match path.suffix:
            case ".jsonl" | ".json":
                yield from _of_json(path)
            case ".csv":
                yield from _of_csv(path)
            case _:
                yield from _of_text(path)
    except OSError as error:
        raise WrongUsage(f"--against {path}: cannot be read: {error.strerror}") from error


def _of_json(path: Path) -> Iterator[Passage]:
    with path.open("rb") as stream:
        for record in records(stream, str(path)):
            if record.problem:
                raise InvalidFile(f"{record.place}: {record.problem}")
            try:
                value = json.loads(record.text)
            except (ValueError, RecursionError) as error:
                raise InvalidFile(f"{record.place}: not JSON: {error}") from error
            for text in _strings(value):
                yield Passage(record.place, text)


def _of_csv(path: Path) -> Iterator[Passage]:
    csv.field_size_limit(_FIELD_BYTES)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            for row in reader:
                for cell in row:
                    yield Passage(f"{path}:{reader.line_num}", cell)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidFile(f"{path}: no CSV in UTF-8: {error}") from error


def _of_text(path: Path) -> Iterator[Passage]:
    if path.stat().st_size > _TEXT_BYTES:
        raise InvalidFile(f"{path}: more than {_TEXT_BYTES >> 20} MiB of plain text")
    try:
        yield Passage(str(path), path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidFile(f"{path}: no text in UTF-8") from error


def _strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
