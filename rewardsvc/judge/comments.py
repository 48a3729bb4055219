"""Takes comments out of files before a judge reads them: a comment can flatter, code cannot.

A file that cannot be taken apart is left as it is: it is quoted as data in any case
(``rewardsvc.judge.quoting``).
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from rewardsvc.formats import FORMATS
from rewardsvc.verification.comments import (
    CommentReader,
    without_hash_lines,
    without_yaml_comments,
)


def without_comments(text: str, path: str, format: str) -> str:
    """The text without comments; the language is that of the path, else that of the format.

    What the format itself is written in, it reads itself.
    """
    reader = _reader_of(path, format)
    if reader is None:
        return text
    stripped = reader(text)
    return "\n".join(line.rstrip() for line in stripped.split("\n")) if stripped != text else text


def _reader_of(path: str, format: str) -> CommentReader | None:
    named = next((each.comments for each in FORMATS.values() if each.has(path)), None)
    if named is not None or format not in FORMATS:
        return named or _BY_SUFFIX.get(PurePosixPath(path).suffix)
    asked, suffix = FORMATS[format], PurePosixPath(path).suffix
    if suffix.removeprefix(".") in asked.verifier.languages:
        return asked.comments
    return _BY_SUFFIX.get(suffix, asked.comments)


_BY_SUFFIX: Mapping[str, CommentReader] = MappingProxyType(
    {
        **dict.fromkeys((".yaml", ".yml"), without_yaml_comments),
        **dict.fromkeys((".toml", ".ini", ".cfg", ".conf", ".txt"), without_hash_lines),
        **dict.fromkeys((".json", ".md"), str),
    }
)
"""Of files that many formats have."""
