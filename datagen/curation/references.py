"""Texts of files that must not be trained on: a benchmark's tasks, in whatever shape it comes."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datagen.errors import WrongUsage
from rewardsvc.errors import InvalidFile
from rewardsvc.records import records
from rewardsvc.types import JsonValue

_TEXT_BYTES = 16 * 1024 * 1024
"""A larger file of plain text is no benchmark's task."""

_FIELD_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Passage:
    """One text, and where it stands: ``file:line``, or the file."""

    place: str
    text: str


def passages_in(path: Path) -> Iterator[Passage]:
    """The texts of a file, or of all files of a folder.

    Of JSON and JSONL every string, of CSV every cell; of others the whole text.

    Raises:
        WrongUsage: there is no such file, or nothing in it can be read.
        rewardsvc.errors.InvalidFile: a line is not JSON, or a file no text; names it.
    """
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file() and _shown(path, each))
        for file in files:
            yield from _of_folder(file)
    elif path.is_file():
        yield from _of_file(path)
    else:
        raise WrongUsage(f"--against {path}: there is no such file or folder")


def _shown(folder: Path, file: Path) -> bool:
    return not any(part.startswith(".") for part in file.relative_to(folder).parts)


def _of_folder(file: Path) -> Iterator[Passage]:
    """Of a file among others: a picture in a benchmark's folder is no text, and no error."""
    try:
        yield from _of_file(file)
    except InvalidFile:
        return


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
