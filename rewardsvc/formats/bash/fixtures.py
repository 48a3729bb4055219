"""The files, words and variables that a task gives to a script: fenced blocks of its input.

A block that carries a path is a file of the folder that the script runs in. A block labelled
``arguments`` holds the script's arguments, one a line, ``stdin`` its standard input and
``environment`` variables (``NAME=value``, one a line). Everything else in the input is for people.
"""

import re
from dataclasses import dataclass, field

from rewardsvc.fences import fenced_blocks
from rewardsvc.verification.given import MAX_BYTES, UnusableFixtures, given_files

__all__ = ["Fixtures", "UnusableFixtures", "read_fixtures"]

_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")


@dataclass(frozen=True, slots=True)
class Fixtures:
    """What a script finds. ``files`` maps paths to texts."""

    files: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    stdin: str = ""
    environment: dict[str, str] = field(default_factory=dict)


def read_fixtures(task_input: str) -> Fixtures:
    """The fixtures of a task; without any, an empty folder.

    Raises:
        UnusableFixtures: too many or too large, a path that leads elsewhere, a path twice.
    """
    files = given_files(task_input)
    arguments: list[str] = []
    environment: dict[str, str] = {}
    stdin = ""
    for block in fenced_blocks(task_input.replace("\r\n", "\n")):
        label = block.language.lower()
        if block.path:
            continue
        if label == "arguments":
            arguments += block.text.splitlines()
        elif label == "stdin":
            stdin += block.text
        elif label == "environment":
            found = map(_VARIABLE.fullmatch, block.text.splitlines())
            environment |= {match[1]: match[2] for match in found if match}
    size = sum(len(text.encode()) for text in files.values()) + len(stdin.encode())
    if size > MAX_BYTES:
        raise UnusableFixtures(f"{len(files)} fixtures of {size} bytes are more than are taken")
    return Fixtures(files, tuple(arguments), stdin, environment)
