"""Where ``rewardsvc score`` writes: standard output, or a file that a later run goes on with."""

import json
import os
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import Self

import click

from rewardsvc.errors import CannotWrite, InvalidFile
from rewardsvc.program import let_go_of_stdout
from rewardsvc.records import records
from rewardsvc.replay import DECIMALS
from rewardsvc.types import JsonValue, Verdict
from rewardsvc.wire.json import verdict_from_json, verdict_to_json


def printed(verdict: Verdict) -> str:
    """The verdict as a line of JSON for people: scores and seconds with four decimals."""
    data = verdict_to_json(verdict)
    for key in ("reward", "components", "stages"):
        data[key] = rounded(data[key])
    return json.dumps(data, ensure_ascii=False)


def rounded(data: JsonValue) -> JsonValue:
    """Parsed JSON with four decimals in every number."""
    if isinstance(data, float):
        return round(data, DECIMALS)
    if isinstance(data, list):
        return [rounded(item) for item in data]
    if isinstance(data, dict):
        return {key: rounded(value) for key, value in data.items()}
    return data


def to_stdout(line: str) -> None:
    """Write a line to standard output at once.

    Raises:
        BrokenPipeError: nobody reads it any more.
        CannotWrite: something else is wrong with it.
    """
    if sys.stdout is None:
        raise CannotWrite("standard output is closed: name a file with --out")
    try:
        click.echo(line)
    except BrokenPipeError:
        raise
    except OSError as error:
        let_go_of_stdout()
        raise CannotWrite(f"standard output: {error.strerror}") from error


@contextmanager
def writing_to(
    out: Path | None, *, resume: bool, kept: Callable[[Verdict], None]
) -> Iterator[tuple[Callable[[str], None], Counter[str]]]:
    """How a line is written, and how often each id is SCORED in ``out`` by now.

    ``out`` is a file, standard output where None. ``kept`` gets each verdict that stays in it.

    Raises:
        InvalidFile: there is something in it, and it is not to be gone on with or no verdicts.
        CannotWrite: it cannot be opened or replaced.
    """
    if out is None:
        yield to_stdout, Counter()
        return
    scored: Counter[str] = Counter()
    if out.is_file() and out.stat().st_size:
        if not resume:
            raise InvalidFile(
                f"{out}: there is something in it: --resume goes on with it; or name another file"
            )
        scored = keep_scored(out, kept)
    with VerdictFile(out) as file:
        yield file.write, scored


class VerdictFile:
    """Appends verdicts to a file as they come: of each the whole line, or nothing."""

    def __init__(self, path: Path) -> None:
        """Open the file, which is made where there is none.

        Raises:
            CannotWrite: it cannot be opened.
        """
        self._path = path
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        except OSError as error:
            raise _cannot_write(path, error) from error
        found = os.fstat(self._file)
        self._size = found.st_size if stat.S_ISREG(found.st_mode) else None

    def __enter__(self) -> Self:
        """Nothing to be done."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        os.close(self._file)

    def write(self, line: str) -> None:
        """Append a line.

        Raises:
            CannotWrite: the disk is full, say; what was written before is whole.
        """
        left = data = f"{line}\n".encode()
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            if self._size is not None:
                with suppress(OSError):
                    os.ftruncate(self._file, self._size)
            raise _cannot_write(self._path, error) from error
        if self._size is not None:
            self._size += len(data)


def keep_scored(path: Path, kept: Callable[[Verdict], None]) -> Counter[str]:
    """Leave in a file of verdicts what is SCORED and has an id; gives how often each id is there.

    ``kept`` gets each of these verdicts. The file is replaced at once or not at all.

    Raises:
        InvalidFile: a line is no verdict, other than a last one that was cut off.
        CannotWrite: the file cannot be replaced.
    """
    ids: Counter[str] = Counter()
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with path.open("rb") as old, new.open("wb") as left:
            for verdict, text in _verdicts(old, str(path)):
                if verdict.reward is not None and verdict.id:
                    ids[verdict.id] += 1
                    kept(verdict)
                    left.write(text)
        new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        new.unlink(missing_ok=True)
    return ids


def _verdicts(file: BufferedReader, name: str) -> Iterator[tuple[Verdict, bytes]]:
    """Each verdict with its line.

    Raises:
        InvalidFile: a line is no verdict, other than a last one that was cut off.
    """
    for record in records(file, name):
        text = record.text.encode() if isinstance(record.text, str) else record.text
        try:
            yield record.read(verdict_from_json), text.rstrip() + b"\n"
        except InvalidFile:
            if text.endswith(b"\n"):
                raise
            return  # a process was killed while it wrote


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(f"{path}: cannot be written: {error.strerror}")
