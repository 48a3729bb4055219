"""A Dockerfile as the rules of what BuildKit refuses look at it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rewardsvc.formats.dockerfile.build import Build
from rewardsvc.formats.dockerfile.syntax import Instruction, directives
from rewardsvc.types import Diagnostic

_FRONTEND = re.compile(r"[ \t]*#[ \t]*syntax[ \t]*=[ \t]*(\S+)", re.IGNORECASE)
_OURS = re.compile(r"(?:(?:registry-1\.)?docker\.io/)?docker/dockerfile(?:-upstream)?(?:[:@].*)?")
"""The images of BuildKit's own frontend."""

Rule = Callable[[Instruction], Iterable[str]]
"""What is wrong with one instruction, in words."""


@dataclass(frozen=True, slots=True)
class DockerfileSource:
    """One Dockerfile. ``foreign``: another frontend than BuildKit's own is to read it. ``escape``:
    the character that takes the next one for itself."""

    path: str
    instructions: Sequence[Instruction]
    build: Build
    foreign: bool
    escape: str

    @classmethod
    def of(
        cls, path: str, text: str, instructions: Sequence[Instruction], build: Build
    ) -> "DockerfileSource":
        """The file at a path, as it was read."""
        match = _FRONTEND.match(text)
        foreign = bool(match and not _OURS.fullmatch(match[1]))
        return cls(path, instructions, build, foreign, directives(text.split("\n"))[0])

    def problem(self, code: str, message: str, line: int) -> Diagnostic:
        """An error on a line."""
        return Diagnostic("error", message, code, self.path, line)


def in_instructions(
    code: str, names: str, rule: Rule
) -> Callable[[DockerfileSource], Iterator[Diagnostic]]:
    """A rule about one instruction, asked of each of these names; of all where there are none."""
    wanted = frozenset(names.split())

    def find(source: DockerfileSource) -> Iterator[Diagnostic]:
        for instruction in source.instructions:
            if not source.foreign and (not wanted or instruction.name in wanted):
                for words in rule(instruction):
                    yield source.problem(code, f"{instruction.name}: {words}", instruction.line)

    return find


def literal(text: str) -> bool:
    """Whether no variable decides what stands there."""
    return "$" not in text
