"""What a Dockerfile leaves open, and what it copies that the answer holds elsewhere."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from rewardsvc.formats.dockerfile.build import Build
from rewardsvc.formats.dockerfile.syntax import Instruction, split_words
from rewardsvc.types import Diagnostic

_NOT_LITERAL = re.compile(r"[$*?\\]|^\[|^<<")
_REMOTE = re.compile(r"^(?:[a-z+]+://|git@)")


def left_open(build: Build, path: str) -> Iterator[Diagnostic]:
    """What the final image leaves to its base, or to whoever runs it: no error, only said."""
    if not build.stages:
        return
    last, root = build.stages[-1], build.stages[-1]
    while root.parent is not None:
        root = build.stages[root.parent]
    if not last.settings.user:
        yield Diagnostic("info", "no USER: runs as its base image does", "user", path, last.line)
    if root.base == "scratch" and not (last.settings.cmd or last.settings.entrypoint):
        words = "nothing says what to run: no CMD, no ENTRYPOINT, and no base image that has one"
        yield Diagnostic("info", words, "command", path, last.line)


def misplaced_sources(build: Build, path: str, others: Sequence[str]) -> Iterator[Diagnostic]:
    """COPY and ADD of files that the answer holds, but in another folder.

    ``others``: the other files of the answer. The build's context is the answer's root or the
    Dockerfile's folder. What the answer does not hold at all may lie in the context already.
    """
    folder = PurePosixPath(path).parent
    contexts = dict.fromkeys((PurePosixPath("."), folder))
    known = {place for context in contexts for place in _places(others, context)}
    names = {PurePosixPath(other).name: other for other in others}
    for stage in build.stages:
        for instruction in stage.instructions:
            for source in _sources(instruction):
                name = PurePosixPath(source).name
                if source not in known and name in names:
                    yield Diagnostic(
                        "error",
                        f"there is no {source} in the build's context: the answer has it as "
                        f"{names[name]}",
                        "copy-source",
                        path,
                        instruction.line,
                    )


def _sources(instruction: Instruction) -> Iterator[str]:
    """The literal paths that a COPY or ADD takes from the build's context, in normal form."""
    if instruction.name not in {"COPY", "ADD"} or instruction.flag("from"):
        return
    words = instruction.words or split_words(instruction.rest)
    for word in words[:-1]:
        if not _NOT_LITERAL.search(word) and not _REMOTE.match(word):
            yield str(PurePosixPath(word.lstrip("/")))


def _places(files: Sequence[str], context: PurePosixPath) -> Iterator[str]:
    """The files, and the folders that hold them, as a COPY in that context names them."""
    for file in files:
        place = PurePosixPath(file)
        if place.is_relative_to(context):
            inside = place.relative_to(context)
            yield from (str(inside), *(str(parent) for parent in inside.parents))
