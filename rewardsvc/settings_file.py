"""The TOML file of settings: where it is, what it says, and at which line."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rewardsvc.answer import without_marks
from rewardsvc.errors import InvalidFile

VARIABLE = "ASSAY_CONFIG"
"""Names the file, where no flag does."""


def named_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that the environment names; None where it names none."""
    name = environment.get(VARIABLE, "")
    return Path(name) if name else None


def read_toml(path: Path) -> dict[str, Any]:
    """What the file says.

    Raises:
        InvalidFile: it is missing or not TOML; names the line.
    """
    # pydantic-settings skips a file that is not there and lets the parser's error through.
    try:
        return tomllib.loads(_text(path))
    except OSError as error:
        raise InvalidFile(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InvalidFile(f"{path}: not TOML: {error}") from error


def line_of(path: Path, key: str) -> int | None:
    """The line on which a file that was read sets a key of its top level; None where it is not
    found."""
    name = re.escape(key)
    setting = re.compile(rf"""\s*\[?\s*(["']?){name}\1\s*[].=]""")
    lines = _text(path).splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        if setting.match(line) and _is_toml("".join(lines[: number - 1])):
            return number
    return None


def _text(path: Path) -> str:
    return without_marks(path.read_bytes().decode())


def _is_toml(text: str) -> bool:
    """Whether it is whole: what follows is no part of a string or a list that it begins."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
