"""Starts a process whole.

``asyncio.create_subprocess_exec`` that is cancelled before it has connected the pipes waits for
ever for them (seen with Python 3.11). So its start is not cancelled; what it started is ended.
"""

import asyncio
import contextlib
from typing import Any

_PAUSE_SECONDS = 0.002


async def spawn(*argv: str, **options: Any) -> asyncio.subprocess.Process:
    """A started process; the arguments are those of ``asyncio.create_subprocess_exec``.

    Raises:
        OSError: it could not be started.
    """
    starting = asyncio.ensure_future(asyncio.create_subprocess_exec(*argv, **options))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):
            process = await starting
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            # Not wait(): it waits for the pipes too, which children of it may hold.
            while process.returncode is None:  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE_SECONDS)
        raise
