"""What of a row is compared: its files, and its words. Pure."""

import json
from dataclasses import dataclass
from hashlib import blake2b

from rewardsvc.artifact import Artifact
from rewardsvc.extract import extract
from rewardsvc.fences import fenced_blocks
from rewardsvc.formats import FORMATS
from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue


@dataclass(frozen=True, slots=True)
class Contents:
    """A row taken apart.

    ``format``: of its answer. ``artifact``: the answer's files; None where it holds none.
    ``asked``: the words of the request, with what is given. ``answered``: those of the answer
    without fences and comments, behind what is given. ``given``: whether the task begins with
    something (a file to change): such rows are compared among themselves, for their answers repeat
    what they were given.
    """

    format: str
    artifact: Artifact | None
    asked: str
    answered: str
    given: str


def contents_of(row: TaskRow) -> Contents:
    """A row taken apart; never raises."""
    given = "\n".join((row.input, *(row.before[path] for path in sorted(row.before)))).strip()
    artifact = artifact_of(row)
    words = row.output if artifact is None else _uncommented(row.format, artifact)
    return Contents(
        format=row.format,
        artifact=artifact,
        asked=f"{row.instruction}\n{given}",
        answered=f"{given}\n{words}",
        given=given,
    )


def artifact_of(row: TaskRow) -> Artifact | None:
    """The files of a row's answer; None where there is none, or the format is unknown."""
    format = FORMATS.get(row.format)
    if format is None or not row.output:
        return None
    return extract(row.output, row.task, format.verifier).artifact


def artifact_digest(contents: Contents) -> bytes | None:
    """Names the answer's files, whatever their comments, layout and meaningless order; with what
    is given. None where there is no file.

    What does not parse counts as its text without comments and layout.
    """
    if contents.artifact is None:
        return None
    canonical = _canonical(contents.format, contents.artifact)
    key = [contents.format, contents.given.split(), canonical]
    return blake2b(json.dumps(key, sort_keys=True).encode(), digest_size=16).digest()


def fenced_texts(text: str) -> list[str]:
    """What stands in the fences of a text; the text itself where it has none."""
    blocks = [block.text for block in fenced_blocks(text)]
    return blocks or [text]


def _canonical(format: str, artifact: Artifact) -> JsonValue:
    comparison = FORMATS[format].comparison
    try:
        if comparison is not None:
            return comparison.load().canonical(artifact)
        projection = FORMATS[format].mutations.load().projection(artifact)
        return _words(format, artifact) if _is_text(artifact, projection) else projection
    except (ValueError, SyntaxError, RecursionError):
        return _words(format, artifact)


def _words(format: str, artifact: Artifact) -> JsonValue:
    return {file.path: FORMATS[format].comments(file.text).split() for file in artifact.files}


def _is_text(artifact: Artifact, projection: JsonValue) -> bool:
    """Whether nothing is known of the format: the projection is the files' text."""
    return bool(projection == {file.path: file.text for file in artifact.files})


def _uncommented(format: str, artifact: Artifact) -> str:
    return "\n".join(FORMATS[format].comments(file.text) for file in artifact.files)
