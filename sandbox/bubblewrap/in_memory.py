"""Files in memory: what a program is given to read without a place in any file system."""

import contextlib
import os
from collections.abc import Iterator

from sandbox.errors import SandboxError


@contextlib.contextmanager
def file_in_memory(content: bytes) -> Iterator[int]:
    """A descriptor of a file with this content, at its beginning; whoever gets it reads its own.

    Raises:
        SandboxError: there are no descriptors left, or no memory.
    """
    with contextlib.ExitStack() as ours:
        try:
            descriptor = os.memfd_create("box")
            ours.callback(os.close, descriptor)
            with open(descriptor, "wb", closefd=False) as file:
                file.write(content)
            os.lseek(descriptor, 0, os.SEEK_SET)
        except OSError as error:
            raise SandboxError(f"cannot pass a file to a box: {error}") from error
        yield descriptor
