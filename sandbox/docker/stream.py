"""One attached stream of the engine: what is written to a program, and what it writes.

The SDK reads the answer to a request for an upgraded connection through a buffer and then gives
the bare socket, so what the buffer took beyond the headers is lost (docker-py,
``_get_raw_response_socket``), and reading the socket takes a thread for as long as the program
runs. This is the same request on the event loop.

Not aiodocker: its stream writes the end of input only as it closes (0.27, ``Stream.close``), so
that a program which reads to the end of its input could not answer; nor does it give what came of
a frame before all of it is there.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError

STDOUT, STDERR = 1, 2


class ContainerGone(SandboxError):
    """The container ended before the call."""


_HEADER = 8
_CHUNK = 65536


class Frames:
    """Takes apart what the engine multiplexes (API, ``ContainerAttach``, "Stream format").

    A frame is eight bytes (the stream, three zeros, the length, big endian) and its payload.
    """

    def __init__(self) -> None:
        self._head = bytearray()
        self._kind = 0
        self._left = 0

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The parts of payloads that are in ``data``, each with its stream."""
        parts: list[tuple[int, bytes]] = []
        at = 0
        while at < len(data):
            if self._left:
                part = data[at : at + self._left]
                parts.append((self._kind, part))
                self._left -= len(part)
                at += len(part)
                continue
            taken = data[at : at + _HEADER - len(self._head)]
            self._head += taken
            at += len(taken)
            if len(self._head) == _HEADER:
                # Anything else (3: the engine's own words) is as good as standard error.
                self._kind = STDOUT if self._head[0] == STDOUT else STDERR
                self._left = int.from_bytes(self._head[4:], "big")
                self._head.clear()
        return parts


class Output:
    """What a command's steps wrote; the first ``limit`` bytes of each stream are kept."""

    def __init__(self, limit: int) -> None:
        self.cut = False
        self._room = {STDOUT: limit, STDERR: limit}
        self._kept = {STDOUT: bytearray(), STDERR: bytearray()}

    def add(self, kind: int, data: bytes) -> None:
        """More of a stream."""
        kept = data[: self._room[kind]]
        self._room[kind] -= len(kept)
        self._kept[kind] += kept
        self.cut = self.cut or len(kept) < len(data)

    def take(self) -> tuple[bytes, bytes]:
        """What was kept of stdout and of stderr since the last time."""
        taken = bytes(self._kept[STDOUT]), bytes(self._kept[STDERR])
        for kept in self._kept.values():
            kept.clear()
        return taken


class AttachedStream:
    """An attached stream; closing it is the end of input for the program."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = Frames()
        self._unread: list[tuple[int, bytes]] = []

    @property
    def ended(self) -> bool:
        """Whether the other side has given it up and all is read."""
        return self._reader.at_eof() or self._reader.exception() is not None

    async def read(self) -> list[tuple[int, bytes]]:
        """What has come; an empty list at the end."""
        if self._unread:
            parts, self._unread = self._unread, []
            return parts
        try:
            while data := await self._reader.read(_CHUNK):
                if parts := self._frames.feed(data):
                    return parts
        except ConnectionError:
            pass  # as good as its end: the engine has closed it while there was input left
        return []

    def unread(self, parts: list[tuple[int, bytes]]) -> None:
        """Have them read again, first."""
        self._unread = [*parts, *self._unread]

    async def write(self, data: bytes) -> None:
        """Give the program input, unless it is gone."""
        with contextlib.suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()

    def end_of_input(self) -> None:
        """There is no more input."""
        if self._writer.can_write_eof():
            with contextlib.suppress(OSError):  # it is gone already
                self._writer.write_eof()

    def close(self) -> None:
        """Give up the connection; closing twice is fine."""
        self._writer.close()


async def lines(socket: Path, path: str) -> AsyncIterator[dict[str, Any]]:
    """What the engine reports under ``path``, a JSON object a line, until it breaks off.

    Raises:
        SandboxError: the engine refused or does not answer.
    """
    # Version 1.0 of HTTP, whose answers are not in chunks.
    head = f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n"
    reader, writer = await _asked(socket, path, head.encode())
    try:
        while line := await reader.readline():
            yield json.loads(line)
    except (ConnectionError, ValueError):
        return  # it broke off within a line
    finally:
        writer.close()


async def attach(socket: Path, path: str, body: dict[str, Any] | None = None) -> AttachedStream:
    """POST to the engine and take over the connection.

    Raises:
        SandboxError: the engine refused or did not answer; its words.
    """
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    )
    return AttachedStream(*await _asked(socket, path, head.encode() + content))


async def _asked(
    socket: Path, path: str, request: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The connection after the headers of a good answer."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError as error:
        raise SandboxError(f"the Docker engine does not answer at {socket}: {error}") from error
    try:
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        code = int(answer.split(b" ", 2)[1])
        if code in {101, 200}:
            return reader, writer
        said = (await reader.read(_CHUNK)).decode(errors="replace").strip()
    except (OSError, asyncio.IncompleteReadError, ValueError, IndexError) as error:
        writer.close()
        raise SandboxError(f"the Docker engine broke off {path}: {error}") from error
    except BaseException:
        writer.close()
        raise
    writer.close()
    if code in {404, 409}:
        raise ContainerGone(said)
    raise SandboxError(f"the Docker engine refused {path}: {code} {said}")
