"""A Dockerfile for hadolint 2.15: the same instructions without what it stumbles over."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rewardsvc.formats.dockerfile.heredocs import heredocs_in
from rewardsvc.formats.dockerfile.syntax import Instruction, directives

_DIRECTIVE_OF_SHELLCHECK = re.compile(r"(#[ \t]*)shellcheck[ \t]+(?=\w+=)")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_PORTS_IT_LACKS = re.compile(r"\$\{\w+:|:|/(?!(?:tcp|udp)\b)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\t*#!(?!.*\b(?:ba|da|a|k)?sh\b)")
"""The first line of a script that no shell runs."""

_BEFORE_A_COMMAND = re.compile(r"[ \t]+[\w./][^|;&\\<]*")
_KIND_OF_HEALTHCHECK = re.compile(r"(?<=[ \t])(?:none|cmd)(?=[ \t]|$)", re.IGNORECASE)
_TIME = re.compile(r"(--(?:interval|timeout|start-period|start-interval))=[^\s\"']+")
_SHARING = re.compile(r"(?<=sharing=)[^\s,\"']+")
_QUOTED_MOUNT = re.compile(r"--mount=([\"'])([^\s\"']*)\1")


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A Dockerfile for hadolint. ``inserted``: the lines (1-based) that the original has not."""

    text: str
    inserted: tuple[int, ...]

    def original_line(self, line: int) -> int:
        """The line of the original that a line of the text stands for."""
        return line - sum(added <= line for added in self.inserted)


def for_hadolint(text: str, instructions: Sequence[Instruction]) -> Rewritten:
    """The same instructions without what hadolint stumbles over.

    hadolint 2.15 cannot parse a comment or an instruction on the line after a heredoc, nor two
    heredocs in one instruction, nor tabs before a heredoc's end. Comments (pragmas among them)
    become empty lines, and so does what a COPY or ADD writes or what several heredocs give to the
    commands of a RUN, or what another interpreter than a shell runs; an empty line follows each
    heredoc. A directive for shellcheck, which may stand within a RUN, is none any more.
    """
    lines = text.split("\n")
    kept = [""] * len(lines)
    _, first = directives(lines)
    kept[:first] = lines[:first]
    ends = []
    for instruction in instructions:
        begin, end = instruction.line - 1, instruction.end
        kept[begin:end] = _as_it_reads(lines[begin:end], instruction)
        if instruction.heredocs == end:
            continue
        ends.append(end)
        head, body = lines[begin : instruction.heredocs], slice(instruction.heredocs, end)
        if instruction.name in {"COPY", "ADD"} or _several(head):
            kept[body] = [""] * (end - instruction.heredocs)
        elif any(heredoc.strip_tabs for line in head for heredoc in heredocs_in(line)):
            kept[body] = [line.lstrip("\t") for line in lines[body]]
        script = lines[instruction.heredocs : end - 1]
        if instruction.name == "RUN" and script and _ELSEWHERE.match(script[0]):
            kept[body] = ["true", *[""] * (len(script) - 1), kept[end - 1]]
    for end in reversed(ends):
        kept.insert(end, "")
    inserted = tuple(end + number for number, end in enumerate(ends, start=1))
    return Rewritten(_DIRECTIVE_OF_SHELLCHECK.sub(r"\1", "\n".join(kept)), inserted)


def _as_it_reads(lines: list[str], instruction: Instruction) -> list[str]:
    """The lines of an instruction with what BuildKit takes and hadolint does not in its words."""
    if instruction.name == "EXPOSE" and _PORTS_IT_LACKS.search(instruction.rest):
        return ["EXPOSE 80", *[""] * (len(lines) - 1)]
    if instruction.name == "HEALTHCHECK":
        lines = [_TIME.sub(r"\1=30s", line) for line in lines]
        first = _KIND_OF_HEALTHCHECK.sub(lambda kind: kind[0].upper(), lines[0], count=1)
        return [first, *lines[1:]]
    heredocs = instruction.heredocs - instruction.line + 1
    head = lines[:heredocs]
    if instruction.flag("mount"):
        head = [_SHARING.sub("shared", _QUOTED_MOUNT.sub(r"--mount=\2", line)) for line in head]
    if heredocs < len(lines):
        copied, several = instruction.name in {"COPY", "ADD"}, _several(head)
        head = [_with_heredocs_as_it_reads(line, copied, several) for line in head]
    return [*head, *lines[heredocs:]]


def _several(head: Sequence[str]) -> bool:
    """Whether the lines before the heredocs of an instruction open more than one."""
    return sum(len(heredocs_in(line)) for line in head) > 1


def _with_heredocs_as_it_reads(line: str, copied: bool, several: bool) -> str:
    """A delimiter without quotes in its midst; what is copied is a file of that name, and of
    several, which BuildKit gives to commands and never runs, each is a file that is read."""
    for heredoc in reversed(heredocs_in(line)):
        name = heredoc.name
        if copied:
            word = name if _PLAIN_NAME.fullmatch(name) else "heredoc"
        elif several:
            number = line[heredoc.start : line.index("<", heredoc.start)]
            word = f"{number}</dev/stdin"
        else:
            mark = "'" if heredoc.quoted else ""
            word = f"<<{mark}{name}{mark}"
            if _BEFORE_A_COMMAND.fullmatch(line[heredoc.end :]):
                # What hadolint finds behind the command it takes for what the command reads.
                line = f"{line[: heredoc.start]}{line[heredoc.end :].strip()} {word}"
                continue
        line = f"{line[: heredoc.start]}{word}{line[heredoc.end :]}"
    return line
