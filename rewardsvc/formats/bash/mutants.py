"""Mutants of scripts: literals and lines, a step of a pipeline, a comparison that is another."""

import re
from collections.abc import Iterator
from itertools import pairwise

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.mutations import Mutations
from rewardsvc.audit.mutation.text_family import edits
from rewardsvc.formats.bash.comments import without_comments
from rewardsvc.types import JsonValue

_LANGUAGE = Language(tree_sitter_bash.language())

_OPPOSITE = {
    "-eq": "-ne", "-ne": "-eq", "==": "!=", "!=": "==", "-z": "-n", "-n": "-z",
    "-gt": "-le", "-le": "-gt", "-lt": "-ge", "-ge": "-lt",
}  # fmt: skip
_BESIDE = {
    "-gt": "-ge", "-ge": "-gt", "-lt": "-le", "-le": "-lt",
    ">": ">=", ">=": ">", "<": "<=", "<=": "<",
}  # fmt: skip
"""The comparison that differs where both sides are equal."""

_TEST = re.compile(r"(?<=\s)(?:-(?:eq|ne|gt|ge|lt|le|[zn])|[=!]=)(?=\s)")
_ORDER = re.compile(r"(?<=\s)[<>]=?(?=\s)")
_PROGRAMS = frozenset({"raw_string", "test_command"})
"""Where ``<`` and ``>`` compare: in what awk is given, and in brackets; elsewhere they redirect."""


def _edits(file: File) -> Iterator[Edit]:
    yield from edits(file)
    data = file.text.encode()
    nodes = list(_below(Parser(_LANGUAGE).parse(data).root_node))
    for node in nodes:
        if node.type == "pipeline":
            yield from _without_steps(node, data)
        elif node.type in _PROGRAMS:
            yield from _compared(node, data)


def _without_steps(pipeline: Node, data: bytes) -> Iterator[Edit]:
    """The pipeline without one of its steps; the first one feeds the others."""
    steps = pipeline.named_children
    for before, step in pairwise(steps):
        yield _edit(Kind.DROP_RESOURCE, data, before.end_byte, step.end_byte, "")


def _compared(node: Node, data: bytes) -> Iterator[Edit]:
    """Its comparisons the other way round, and with or without equality."""
    text = data[node.start_byte : node.end_byte].decode("utf-8", "replace")
    if not text.isascii():
        return  # places of characters are not those of bytes
    patterns = (_TEST, _ORDER) if node.type == "raw_string" or "((" in text[:2] else (_TEST,)
    for pattern in patterns:
        for match in pattern.finditer(text):
            start, end = (node.start_byte + place for place in match.span())
            if other := _OPPOSITE.get(match[0]):
                yield _edit(Kind.FLIP_BOOLEAN, data, start, end, other)
            if other := _BESIDE.get(match[0]):
                yield _edit(Kind.CHANGE_NUMBER, data, start, end, other)


def _edit(kind: Kind, data: bytes, start: int, end: int, after: str) -> Edit:
    return Edit(
        kind=kind,
        line=data.count(b"\n", 0, start) + 1,
        path="",
        before=data[start:end].decode("utf-8", "replace").strip(),
        after=after,
        text=(data[:start] + after.encode() + data[end:]).decode("utf-8", "replace"),
        lost=(),
        vital=True,
    )


def _below(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(reversed(each.named_children))


def _commands(artifact: Artifact) -> JsonValue:
    """The scripts without comments, blank lines and layout."""
    return {
        file.path: [
            " ".join(line.split())
            for line in without_comments(file.text).split("\n")
            if line.strip()
        ]
        for file in artifact.files
    }


MUTATIONS = Mutations(edits=_edits, projection=_commands, costly=True)
