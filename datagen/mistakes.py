"""Mistakes that people make in a file and that its tools find: what a repair begins with. Pure.

The mutation engine changes what a file means; these change how it is written. Whether one breaks
the answer is for the tools to say: a mistake that none of them minds is no repair.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from rewardsvc.artifact import Artifact
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.types import Task


class Slip(StrEnum):
    """What was done to the text of a file."""

    MISSPELLED = "misspelled"
    """Two letters of a name changed places."""
    UNCLOSED = "unclosed"
    """A bracket or a quote that closes something is gone."""
    MISPLACED = "misplaced"
    """A line is indented by two more than it was."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer. ``kind``: of the slip or the mutant. ``files``: all files of the answer, by
    their paths; ``file`` and ``line`` are where they differ from the right one."""

    kind: str
    file: str
    line: int
    files: tuple[tuple[str, str], ...]


_NAME = re.compile(r"^[ \t]*(?:- )?([A-Za-z_][\w-]{4,})(?=[ \t]*[:={ ])")
_CLOSING = re.compile(r"[\]})\"'](?=[ \t]*,?[ \t]*$)")
_INDENTED = re.compile(r"^ {2,}\S")


def mistakes_in(task: Task, reference: str, seed: str) -> Iterator[Mistake]:
    """Mistakes in an answer in an order that the seed gives, kinds taking turns; none where the
    answer holds no file. No two are the same."""
    artifact = extract(reference, task, FORMATS[task.format].verifier).artifact
    if artifact is None:
        return
    rng = Random(seed)
    kinds: dict[str, list[Mistake]] = {}
    for mistake in (*_mutants(task.format, artifact), *_slips(artifact)):
        kinds.setdefault(mistake.kind, []).append(mistake)
    for found in kinds.values():
        rng.shuffle(found)
    while kinds:
        names = sorted(kinds)
        rng.shuffle(names)
        for name in names:
            yield kinds[name].pop()
            if not kinds[name]:
                del kinds[name]


def _mutants(format: str, artifact: Artifact) -> Iterator[Mistake]:
    """What the format's mutations make of the files: some of it is the same in other words, which
    the tools do not mind."""
    mutations = FORMATS[format].mutations.load()
    texts = {file.text for file in artifact.files}
    for place, file in enumerate(artifact.files):
        for edit in mutations.edits(file):
            if edit.text.strip() and edit.text not in texts:
                texts.add(edit.text)
                yield _mistake(edit.kind.value, artifact, place, edit.line, edit.text)


def _mistake(kind: str, artifact: Artifact, place: int, line: int, text: str) -> Mistake:
    files = [(each.path, each.text) for each in artifact.files]
    files[place] = (files[place][0], text)
    return Mistake(kind, files[place][0], line, tuple(files))


def _slips(artifact: Artifact) -> Iterator[Mistake]:
    for place, file in enumerate(artifact.files):
        lines = file.text.splitlines(keepends=True)
        for number, line in enumerate(lines):
            for kind, changed in _changed(line):
                text = "".join((*lines[:number], changed, *lines[number + 1 :]))
                yield _mistake(kind.value, artifact, place, number + 1, text)


def _changed(line: str) -> Iterator[tuple[Slip, str]]:
    if (name := _NAME.match(line)) is not None:
        middle = name.start(1) + len(name[1]) // 2
        first, second = line[middle - 1], line[middle]
        if first != second:
            yield Slip.MISSPELLED, f"{line[: middle - 1]}{second}{first}{line[middle + 1 :]}"
    if (closing := _CLOSING.search(line)) is not None:
        yield Slip.UNCLOSED, line[: closing.start()] + line[closing.end() :]
    if _INDENTED.match(line):
        yield Slip.MISPLACED, f"  {line}"
