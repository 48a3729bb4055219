"""JSON objects out of files: a line each (JSONL), the elements of one array, or one object.

JSONL is read a line at a time, whatever the size of the file; an array or an object over several
lines is held in memory. A byte-order mark at the start of a file and blank lines are skipped.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import TypeVar

from rewardsvc.answer import without_marks
from rewardsvc.errors import InvalidFile, InvalidRequest

_Value = TypeVar("_Value")

LINE_BYTES = 64 * 1024 * 1024
"""The longest line: as large as a message to the server may be."""

_LOOKED_AT_BYTES = 4096
"""Where a file that is no text shows it."""

_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The JSON text of one object, and where it is (``file:line``); or what is wrong there."""

    place: str
    text: str | bytes
    problem: str = ""

    def read(self, convert: Callable[[str | bytes], _Value]) -> _Value:
        """What ``convert`` makes of the text.

        Raises:
            InvalidFile: it raised InvalidRequest, or there is no object here; names the place.
        """
        if self.problem:
            raise InvalidFile(f"{self.place}: {self.problem}")
        try:
            return convert(self.text)
        except InvalidRequest as error:
            raise InvalidFile(f"{self.place}: {error}") from error


def records(stream: BufferedReader, name: str) -> Iterator[FileRecord]:
    """The objects of a file, in order; what cannot be one is a record with a problem.

    Raises:
        InvalidFile: the file is no text in UTF-8; names it.
        OSError: it cannot be read on.
    """
    _require_text(stream.peek(_LOOKED_AT_BYTES)[:_LOOKED_AT_BYTES], name)
    number = 0
    for number, line in _lines(stream):
        start = _unmarked(line) if number == 1 else line
        if not start.strip():
            continue
        if start.lstrip().startswith(b"[") or not _is_json(start):
            yield from _whole(start, number, stream, name)
            return
        yield _record(start, number, name)
        break
    for further, line in _lines(stream, number):
        if line.strip():
            yield _record(line, further, name)


def _record(line: bytes, number: int, name: str) -> FileRecord:
    if len(line) > LINE_BYTES:
        return FileRecord(f"{name}:{number}", b"", f"a line of more than {LINE_BYTES >> 20} MiB")
    return FileRecord(f"{name}:{number}", line)


def _unmarked(line: bytes) -> bytes:
    text = line.decode("utf-8", "surrogateescape")
    return without_marks(text).encode("utf-8", "surrogateescape")


def _lines(stream: BufferedReader, before: int = 0) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers; of one that is too long, as much as shows it."""
    number = before
    while line := stream.readline(LINE_BYTES + 1):
        number += 1
        yield number, line
        while not line.endswith(b"\n") and (line := stream.readline(LINE_BYTES)):
            pass


def _require_text(start: bytes, name: str) -> None:
    """Refuse at once what would be an error in every line.

    Raises:
        InvalidFile: UTF-16, or something compressed or compiled.
    """
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InvalidFile(f"{name}: UTF-16, where UTF-8 is expected: save it as UTF-8")
    if b"\0" in start:
        raise InvalidFile(f"{name}: no text in it; one JSON object per line is expected (JSONL)")


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except RecursionError:
        return True  # JSON, and for its reader to refuse
    except ValueError:
        return False
    return True


def _whole(first: bytes, number: int, stream: BufferedReader, name: str) -> Iterator[FileRecord]:
    """A file that begins with what is no object on a line of its own."""
    rest = stream.read()
    try:
        text = (first + rest).decode()
    except UnicodeDecodeError:
        text = ""
    if text.lstrip().startswith("["):
        yield from _elements(text, number, name)
    elif text and _is_json(text.encode()):
        yield FileRecord(f"{name}:{number}", text)
    else:  # lines after all, of which the first is wrong
        for further, line in enumerate([first, *rest.split(b"\n")], start=number):
            if line.strip():
                yield _record(line, further, name)


def _elements(text: str, number: int, name: str) -> Iterator[FileRecord]:
    """The elements of an array; after what is not JSON, nothing more is found."""
    decoder, counted = json.JSONDecoder(), 0

    def place(position: int) -> str:
        nonlocal number, counted
        number, counted = number + text.count("\n", counted, position), position
        return f"{name}:{number}"

    position, closed = _after_blank(text, text.index("[") + 1), False
    if text.startswith("]", position):
        position, closed = position + 1, True
    while not closed:
        begins = position
        try:
            _, position = decoder.raw_decode(text, begins)
        except RecursionError:
            yield FileRecord(place(begins), b"", "an array that is nested too deep")
            return
        except ValueError as error:
            at = getattr(error, "pos", begins)
            yield FileRecord(place(at), b"", f"not JSON: {error}; the array is read up to here")
            return
        yield FileRecord(place(begins), text[begins:position])
        position = _after_blank(text, position)
        closed = text.startswith("]", position)
        if not closed and not text.startswith(",", position):
            yield FileRecord(place(position), b"", "',' or ']' is missing in the array")
            return
        position = _after_blank(text, position + 1)
    if position < len(text):
        position = _after_blank(text, position)
    if position < len(text):
        yield FileRecord(place(position), b"", "more after the end of the array")


def _after_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    assert match is not None  # it matches nothing as well
    return match.end()
