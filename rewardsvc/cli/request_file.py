"""A file of requests, read as they are needed; and those of a small one, all at once."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader

from rewardsvc.errors import InvalidFile, InvalidRequest
from rewardsvc.pipeline import prepare
from rewardsvc.records import FileRecord, records
from rewardsvc.types import ScoreRequest
from rewardsvc.wire.json import request_from_json


@dataclass(frozen=True, slots=True)
class PlacedRequest:
    """A request and where it was read, or what is wrong there."""

    place: str
    request: ScoreRequest | None = None
    problem: str = ""


@dataclass(slots=True)
class RequestFile:
    """A file of requests ("-" for standard input), read as they are asked for."""

    path: str
    read: int = 0
    """Requests read so far."""
    _stream: BufferedReader = field(init=False)
    _bytes: int | None = field(init=False)
    _ended: bool = False

    def __post_init__(self) -> None:
        """Open the file.

        Raises:
            InvalidFile: it cannot be opened.
        """
        try:
            # Not sys.stdin: its lock would be held by whoever waits for a silent pipe.
            self._stream = open(  # noqa: SIM115 - for as long as requests are read
                0 if self.path == "-" else self.path, "rb", closefd=self.path != "-"
            )
            found = os.fstat(self._stream.fileno())
        except OSError as error:
            raise InvalidFile(f"{self.name}: cannot be read: {error.strerror}") from error
        self._bytes = found.st_size or None

    @property
    def name(self) -> str:
        """The file as messages call it."""
        return "<stdin>" if self.path == "-" else self.path

    @property
    def nothing(self) -> str:
        """What is said where there are none."""
        return f"{self.name}: no requests in it; one JSON object per line is expected"

    def expected(self) -> int | None:
        """How many requests there are, as far as what was read of the file tells."""
        if self._ended:
            return self.read
        if not self._bytes or not self.read:
            return None
        return max(self.read, round(self.read * self._bytes / max(1, self._stream.tell())))

    def requests(self) -> Iterator[PlacedRequest]:
        """Each request, or what is wrong in its place; the end where it cannot be read on."""
        try:
            for record in records(self._stream, self.name):
                self.read += 1
                yield _asked(record)
        except OSError as error:
            yield PlacedRequest(
                self.name, problem=f"{self.name}: cannot be read on: {error.strerror}"
            )
        except InvalidFile as error:
            yield PlacedRequest(self.name, problem=str(error))
        self._ended = True


def _asked(record: FileRecord) -> PlacedRequest:
    try:
        return PlacedRequest(record.place, record.read(request_from_json))
    except InvalidFile as error:
        return PlacedRequest(record.place, problem=str(error))


def read_requests(path: str) -> list[ScoreRequest]:
    """All requests of a file, each checked for what can be checked without tools.

    Raises:
        InvalidFile: names the line and the field.
    """
    file, asked = RequestFile(path), []
    for each in file.requests():
        if each.request is None:
            raise InvalidFile(each.problem)
        try:
            prepare(each.request)
        except InvalidRequest as error:
            raise InvalidFile(f"{each.place}: {error}") from error
        asked.append(each.request)
    if not asked:
        raise InvalidFile(file.nothing)
    return asked
