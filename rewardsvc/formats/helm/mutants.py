"""What mutants are made of charts: edits of values and metadata as trees, of templates as lines.

A template is no YAML before it is rendered, so its literals are changed where they stand, keys and
items go with all that is below them, and what refers to a value refers to none. Nothing is dropped
that would leave a block of a template open.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.mutations import Mutations
from rewardsvc.audit.mutation.render import load
from rewardsvc.audit.mutation.semantics import YamlSemantics, dotted
from rewardsvc.audit.mutation.values import changes, switch
from rewardsvc.audit.mutation.yaml_family import (
    IDENTITY,
    IMAGE_KEYS,
    MAX_LEAVES,
    PORT_KEY,
    words_of,
    yaml_mutations,
)
from rewardsvc.formats.helm.comments import without_chart_comments
from rewardsvc.formats.helm.outline import ACTION, Line, Outline, Path
from rewardsvc.formats.kubernetes.mutants import ManifestSemantics
from rewardsvc.types import JsonValue

_OF_YAML = yaml_mutations(YamlSemantics()).edits
_SEMANTICS = ManifestSemantics()

_VALUE = re.compile(r"\.Values((?:\.\w+)+)")
_OPENS = re.compile(r"\{\{-?\s*+(?:if|with|range|define|block)\b")
_CLOSES = re.compile(r"\{\{-?\s*+end\b")
_FILLS = re.compile(r"\{\{-?\s*+(?!(?:if|else|end|range|with|define|block)\b).*+")
"""A line that brings what is below the one before it: ``{{- include … | nindent 8 }}``."""
_LITERAL = re.compile(
    r"\"([^\"\\\n]*+)\"|'([^'\n]*+)'|([^\s\"'{\[#&*!|>@`%][^#\n]*?)(?=\s*+(?:#|$))"
)


def _edits(file: File) -> Iterator[Edit]:
    if _is_template(file.path):
        yield from _Template(file.text).edits()
    elif file.path.endswith((".yaml", ".yml")):
        yield from _OF_YAML(file)


def _is_template(path: str) -> bool:
    pure = PurePosixPath(path)
    return "templates" in pure.parts[:-1] or pure.suffix == ".tpl"


def _projection(artifact: Artifact) -> JsonValue:
    """The files without what Helm does not look at. Raises YamlError where one does not parse."""
    return {
        file.path: load(file.text)
        if file.path.endswith((".yaml", ".yml")) and not _is_template(file.path)
        else _said(file.text)
        for file in artifact.files
    }


def _said(text: str) -> list[str]:
    lines = without_chart_comments(text).split("\n")
    return [line.rstrip() for line in lines if line.strip()]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines that go together; ``number`` and ``end`` are the first and the last, 1-based."""

    document: int
    path: Path
    number: int
    end: int
    lines: Sequence[Line]


class _Template:
    """The edits of one template."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._written = text.split("\n")
        self._lines = Outline(text).lines
        self._paths = {one.number: dotted(one.path) for one in self._lines}
        names = [{"name": _literal(one)} for one in self._lines if one.path[-1] == "name"]
        labels = [_literal(one) for one in self._lines if "labels" in one.path[:-1]]
        self._defined: JsonValue = [*names, *({"name": label} for label in labels)]
        self._children = Counter((one.document, one.path[:-1]) for one in self._pieces())

    def edits(self) -> Iterator[Edit]:
        """All of them."""
        for piece in self._pieces():
            yield from self._drop(piece)
        for line in self._lines:
            if line.path not in IDENTITY:
                yield from self._of_literal(line)
        read = list(dict.fromkeys(match[0] for match in _VALUE.finditer(self._text)))
        for action in ACTION.finditer(self._text):
            for match in _VALUE.finditer(action[0]):
                end = action.start() + match.end()
                span = (end - len(match[0]), end)
                yield self._edit(Kind.BREAK_REFERENCE, span, f"{match[0]}Missing")
                beside = [each for each in read if _parent(each) == _parent(match[0])]
                if len(beside) > 1:  # the next one of those that stand beside it in the values
                    other = beside[(beside.index(match[0]) + 1) % len(beside)]
                    yield self._edit(Kind.OTHER_REFERENCE, span, other)

    def _pieces(self) -> Iterator[_Piece]:
        """What can go: a key, or an item with all of its keys."""
        for index, line in enumerate(self._lines):
            path, last = line.path, index + 1
            if self._written[line.number - 1].lstrip().startswith("- "):
                path = path[: _item(path)]
                while last < len(self._lines) and self._lines[last].path[: len(path)] == path:
                    if self._lines[last].path == line.path:
                        break  # the same item in another branch
                    last += 1
            else:
                while last < len(self._lines) and self._lines[last].number <= line.end:
                    last += 1
            lines = self._lines[index:last]
            end = max(one.end for one in lines)
            while end < len(self._written) and _FILLS.fullmatch(self._written[end].strip()):
                end += 1
            yield _Piece(line.document, path, line.number, end, lines)

    def _drop(self, piece: _Piece) -> Iterator[Edit]:
        if piece.path in IDENTITY or self._children[piece.document, piece.path[:-1]] == 1:
            return
        gone = "\n".join(self._written[piece.number - 1 : piece.end])
        if len(_OPENS.findall(gone)) != len(_CLOSES.findall(gone)):
            return
        leaves = tuple(text for one in piece.lines if (text := _literal(one)))
        resource = _SEMANTICS.is_resource(piece.path, None)
        if not resource and len(piece.lines) > MAX_LEAVES:
            return
        lost = leaves if resource else (*words_of(piece.path[-1], leaves), *leaves)
        yield Edit(
            kind=Kind.DROP_RESOURCE if resource else Kind.DROP_ATTRIBUTE,
            line=piece.number,
            path=dotted(piece.path),
            before=gone.strip(),
            after="",
            text="\n".join(self._written[: piece.number - 1] + self._written[piece.end :]),
            lost=lost,
            vital=any(map(switch, leaves)),
        )

    def _of_literal(self, line: Line) -> Iterator[Edit]:
        match = _LITERAL.match(line.value)
        value = _literal(line)
        if match is None or not value:
            return
        start, end = match.span(match.lastindex or 0)
        span = (line.at + start, line.at + end)
        for other in _SEMANTICS.broken(line.path, value, [self._defined], 0):
            yield self._edit(Kind.BREAK_REFERENCE, span, other)
        if _SEMANTICS.refers(line.path, value, [self._defined], 0):
            for other in islice(_SEMANTICS.alike(line.path, value, [self._defined], 0), 1):
                yield self._edit(Kind.OTHER_REFERENCE, span, other)
            return
        for wider in _SEMANTICS.weakened(line.path, value):
            if isinstance(wider, str):
                yield self._edit(Kind.WEAKEN_POLICY, span, wider)
        key = next((part for part in reversed(line.path) if isinstance(part, str)), "")
        port = bool(PORT_KEY.search(key))
        for change in changes(value, image=key in IMAGE_KEYS, port=port):
            yield self._edit(change.kind, span, change.after, change.lost)

    def _edit(
        self, kind: Kind, span: tuple[int, int], after: str, lost: tuple[str, ...] = ()
    ) -> Edit:
        start, end = span
        number = self._text.count("\n", 0, start) + 1
        return Edit(
            kind=kind,
            line=number,
            path=self._paths.get(number, ""),
            before=self._text[start:end],
            after=after,
            text=self._text[:start] + after + self._text[end:],
            lost=lost,
        )


def _parent(value: str) -> str:
    """Where a value stands: ``.Values.image`` of ``.Values.image.tag``."""
    return value.rpartition(".")[0]


def _item(path: Path) -> int:
    """How much of a path leads to the item that a line begins."""
    return max(at for at, part in enumerate(path, start=1) if isinstance(part, int))


def _literal(line: Line) -> str:
    """The scalar on a line, "" where there is none or it has actions in it."""
    match = _LITERAL.match(line.value)
    if match is None or match.lastindex is None or "{{" in match[0]:
        return ""
    return match[match.lastindex]


MUTATIONS = Mutations(edits=_edits, projection=_projection, costly=True)
