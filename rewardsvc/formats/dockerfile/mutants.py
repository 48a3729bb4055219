"""Mutants of Dockerfiles: an instruction is gone, or a word of it is another."""

import re
from collections.abc import Iterator, Mapping

from rewardsvc.artifact import Artifact, File
from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.mutations import Mutations
from rewardsvc.audit.mutation.values import changes, distinct, parts
from rewardsvc.formats.dockerfile.build import build_of, tree_of
from rewardsvc.formats.dockerfile.syntax import DockerfileError, Instruction, parse
from rewardsvc.types import JsonValue, Target

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|[^\s"\'\\\[\],]+')
_SHELL = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"})
_WORK = frozenset({"RUN", "COPY", "ADD"})
_NAME = re.compile(r"\s*[A-Za-z]+\s+")
_ROOT = frozenset({"root", "0", "root:root", "0:0"})


def _edits(file: File) -> Iterator[Edit]:
    text = file.text
    try:
        instructions = parse(text)
    except DockerfileError:
        return
    lines = text.split("\n")
    stages = frozenset(
        instruction.rest.split()[-1].lower()
        for instruction in instructions
        if instruction.name == "FROM" and re.search(r"\sas\s", instruction.rest, re.IGNORECASE)
    )
    seen = 0
    for instruction in instructions:
        seen += instruction.name == "FROM"
        path = f"{instruction.name}" if not seen else f"stage {seen - 1}: {instruction.name}"
        first, last = instruction.line - 1, instruction.end
        whole = "\n".join(lines[first:last])
        offset = len("\n".join(lines[:first])) + (first > 0)
        if instruction.name != "FROM":
            yield Edit(
                kind=Kind.DROP_ATTRIBUTE,
                line=instruction.line,
                path=path,
                before=whole,
                after="",
                text="\n".join(lines[:first] + lines[last:]),
                lost=tuple(_said(instruction, whole)),
                vital=instruction.name in _WORK,
            )
        if instruction.name == "USER" and instruction.rest not in _ROOT:
            after = text[:offset] + "USER root" + text[offset + len(whole) :]
            line = instruction.line
            yield Edit(Kind.WEAKEN_POLICY, line, path, whole, "USER root", after, ())
        for start, end, kind, after, lost in _words(instruction, whole, stages):
            begin = offset + start
            yield Edit(
                kind=kind,
                line=instruction.line + whole.count("\n", 0, start),
                path=path,
                before=whole[start:end],
                after=after,
                text=text[:begin] + after + text[offset + end :],
                lost=lost,
            )


def _words(
    instruction: Instruction, whole: str, stages: frozenset[str]
) -> Iterator[tuple[int, int, Kind, str, tuple[str, ...]]]:
    """The changes of an instruction's words: begin and end in it, kind, new text, what is lost."""
    name = _NAME.match(whole)
    position = name.end() if name else 0
    first = True
    for match in _WORD.finditer(whole, position):
        word, start = match[0], match.start()
        if word[0] in "\"'":
            word, start = word[1:-1], start + 1
        end = start + len(word)
        if word.lower() in ("as", "cmd", "none") or not word:
            continue
        if word.startswith("--from="):
            target = word.removeprefix("--from=")
            if target.lower() in stages:
                yield start, end, Kind.BREAK_REFERENCE, f"{word}-missing", ()
                continue
        if instruction.name == "FROM" and word.startswith("--"):
            continue
        if instruction.name == "FROM" and not first and word.lower() in stages:
            yield start, end, Kind.CHANGE_NAME, f"{word}-other", (word,)
            continue
        if word.startswith("-") and "=" not in word and instruction.name in _SHELL:
            gap = len(whole) - len(whole[end:].lstrip()) - end if match[0][0] not in "\"'" else 0
            if match[0][0] not in "\"'" and gap:
                yield start, end + gap, Kind.DROP_ATTRIBUTE, "", (word,)
            continue
        plain = instruction.name in _SHELL and not distinct(word) and not word.isdigit()
        if plain and instruction.words is None:
            continue  # a word of the shell's language
        prefix = ""
        if instruction.name in ("ENV", "ARG", "LABEL") or word.startswith("--"):
            key, equals, value = word.partition("=")
            if equals:
                prefix, word = key + equals, value.strip("\"'")
        elif instruction.name in ("ENV", "LABEL"):
            continue
        image = instruction.name == "FROM" and first
        for change in changes(word, image=image, port=instruction.name == "EXPOSE"):
            lost = (*change.lost, *((prefix + word,) if prefix else ()))
            if image and word.lower() in stages:
                yield start, end, Kind.BREAK_REFERENCE, change.after, ()
                break
            quoted = prefix and whole[start + len(prefix) : start + len(prefix) + 1] in ('"', "'")
            after = f'{prefix}"{change.after}"' if quoted else prefix + change.after
            yield start, end, change.kind, after, lost
        first = False


def _said(instruction: Instruction, whole: str) -> Iterator[str]:
    """What an instruction of the file says: its words that are literals, and all of them."""
    text = " ".join(instruction.words) if instruction.words else instruction.rest
    yield text
    for match in _WORD.finditer(whole):
        word = match[0].strip("\"'")
        if word.upper() == instruction.name:
            if instruction.name in ("HEALTHCHECK", "EXPOSE"):
                yield {"HEALTHCHECK": "health check", "EXPOSE": "expose"}[instruction.name]
            continue
        if distinct(word) or (instruction.name not in _SHELL and len(word) > 1) or word.isdigit():
            yield word
            yield from parts(word)


def _trees(artifact: Artifact) -> JsonValue:
    return {file.path: _without_lines(_tree(file.text)) for file in artifact.files}


def _shown(text: str) -> Mapping[Target, JsonValue] | None:
    try:
        return {Target.AST: _tree(text)}
    except DockerfileError:
        return None


def _tree(text: str) -> JsonValue:
    instructions = parse(text)
    return tree_of(build_of(instructions), instructions)


def _without_lines(tree: JsonValue) -> JsonValue:
    """Without the line numbers, which every edit above a line changes."""
    if isinstance(tree, Mapping):
        return {key: _without_lines(inner) for key, inner in tree.items() if key != "line"}
    return [_without_lines(inner) for inner in tree] if isinstance(tree, list) else tree


MUTATIONS = Mutations(edits=_edits, projection=_trees, shown=_shown)
