"""Files that a configuration names, read as providers read them, and no more of one than fits."""

import errno
import os
import struct
from pathlib import Path

LARGEST = 64 << 20
"""Bytes of a file that are read, and of what is packed: as much as a box may write."""

UNREADABLE = (OSError, ValueError, MemoryError, struct.error)
"""How reading, packing and writing fail for what a configuration says."""


def held(path: Path) -> bytes:
    """What a file holds.

    Raises:
        OSError: it cannot be read, or holds more than LARGEST.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content
