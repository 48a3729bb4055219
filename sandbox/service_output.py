"""What a service says, as far as it matters: its first line, and the last of its complaints."""

import asyncio
import contextlib
from collections import deque

PIECES = 40
"""Of standard error, as they were read, that are remembered."""

SAID = 1000
"""Characters of them that are told: a service that ends says why in a few lines."""

LINE_BYTES = 65536
"""What goes on for longer without an end is no first line."""


class ServiceOutput:
    """Fed with what comes of a service's streams. Made where an event loop runs."""

    def __init__(self) -> None:
        self._errors: deque[bytes] = deque(maxlen=PIECES)
        self._line = bytearray()
        self._first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def printed(self, data: bytes) -> None:
        """More of its standard output."""
        if self._first.done():
            return
        self._line += data
        line, newline, _ = bytes(self._line).partition(b"\n")
        if newline or len(self._line) > LINE_BYTES:
            self._first.set_result(line + newline if newline else b"")

    def complained(self, data: bytes) -> None:
        """More of its standard error."""
        self._errors.append(data)

    def ended(self) -> None:
        """It prints no more."""
        if not self._first.done():
            self._first.set_result(bytes(self._line))

    @property
    def said(self) -> str:
        """The end of what it wrote to standard error."""
        return b"".join(self._errors).decode(errors="replace").strip()[-SAID:]

    async def first_line(self, seconds: float) -> bytes:
        """The first line that it prints, b"" where it ended or took longer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self._first)
        return b""
