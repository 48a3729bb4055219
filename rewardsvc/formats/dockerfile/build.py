"""Instructions → what the build makes: its stages, how they depend, the final image's settings."""

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from rewardsvc.formats.dockerfile.shell import argv_does_something, does_something
from rewardsvc.formats.dockerfile.syntax import Instruction, split_words
from rewardsvc.types import JsonValue

_INDEX = re.compile(r"[0-9]{1,9}")
VARIABLE = re.compile(
    r"\\\$|\$(?:\{(?P<braced>\w+)(?::(?P<sign>[-+])(?P<word>[^{}]*))?\}|(?P<bare>\w+))"
)
MAX_VALUE_CHARACTERS = 16384
"""Of one substituted value; variables that repeat each other must not grow without bound."""
MAX_SETTINGS = 1000
"""Variables, labels, ports and volumes, of each kind, that a stage has: the next one begins with a
copy. Further ones are left out."""
MAX_PATH_CHARACTERS = 4096
"""Of a work directory; Linux takes no longer ones."""


@dataclass(slots=True)
class Settings:
    """What an image's configuration says; a stage begins with those of its base."""

    user: str | None = None
    workdir: str | None = None
    cmd: JsonValue = None
    entrypoint: JsonValue = None
    healthcheck: JsonValue = None
    stopsignal: str | None = None
    shell: JsonValue = None
    expose: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def copy(self) -> "Settings":
        """Settings that change apart from these."""
        return Settings(
            self.user, self.workdir, self.cmd, self.entrypoint, self.healthcheck, self.stopsignal,
            self.shell, list(self.expose), list(self.volumes), dict(self.env), dict(self.labels),
        )  # fmt: skip


@dataclass(slots=True)
class BuildStage:
    """One stage. ``parent``: the stage that it builds on, None where that is an image."""

    index: int
    name: str
    base: str
    platform: str
    line: int
    parent: int | None
    settings: Settings
    args: dict[str, str] = field(default_factory=dict)
    instructions: list[Instruction] = field(default_factory=list)
    copies_from: list[tuple[str, Instruction]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Build:
    """A whole Dockerfile. ``global_args``: those before the first FROM."""

    stages: tuple[BuildStage, ...]
    global_args: Mapping[str, str]
    named: Mapping[str, Sequence[int]]
    """The stages of each name, in order."""
    misplaced: tuple[Instruction, ...]
    """Instructions before the first FROM that may not stand there."""


def build_of(instructions: Sequence[Instruction]) -> Build:
    """Follow the instructions."""
    stages: list[BuildStage] = []
    arguments: dict[str, str] = {}
    named: dict[str, list[int]] = {}
    misplaced = []
    for instruction in instructions:
        if instruction.name == "FROM":
            stage = _stage(instruction, stages, named, arguments)
            stages.append(stage)
            if stage.name:
                named.setdefault(stage.name, []).append(stage.index)
        elif stages:
            _apply(instruction, stages[-1], arguments)
        elif instruction.name == "ARG":
            arguments.update(_arguments(instruction, {}, arguments))
        else:
            misplaced.append(instruction)
    return Build(tuple(stages), arguments, named, tuple(misplaced))


def find_stage(build: Build, reference: str, before: int) -> int | None:
    """The stage that a ``--from`` means, among those before a stage; None if there is none."""
    named = build.named.get(reference.lower())
    if named and named[0] < before:
        return named[0]
    if _INDEX.fullmatch(reference) and int(reference) < before:
        return int(reference)
    return None


def substantial(build: Build) -> bool:
    """Whether the final image gets anything that is not in its base: a RUN, COPY or ADD."""
    return any(
        _adds(instruction)
        for index in reached_stages(build)
        for instruction in build.stages[index].instructions
    )


def reached_stages(build: Build) -> frozenset[int]:
    """The stages that the last one is made from, itself among them; others are never built."""
    wanted, reached = [len(build.stages) - 1] if build.stages else [], set()
    while wanted:
        index = wanted.pop()
        if index in reached:
            continue
        reached.add(index)
        stage = build.stages[index]
        wanted += [stage.parent] if stage.parent is not None else []
        sources = (find_stage(build, name, index) for name, _ in stage.copies_from)
        wanted += [source for source in sources if source is not None]
    return frozenset(reached)


def tree_of(build: Build, instructions: Sequence[Instruction]) -> dict[str, Any]:
    """The ``ast`` that checks see; docs/writing-checks.md describes it."""
    final: dict[str, Any] = {}
    reached = reached_stages(build)
    if build.stages:
        last = build.stages[-1]
        settings = last.settings
        root = last
        while root.parent is not None:
            root = build.stages[root.parent]
        final = {
            "name": last.name,
            "base": last.base,
            "image": root.base,
            "user": settings.user,
            "workdir": settings.workdir,
            "cmd": settings.cmd,
            "entrypoint": settings.entrypoint,
            "healthcheck": settings.healthcheck,
            "stopsignal": settings.stopsignal,
            "shell": settings.shell,
            "expose": list(settings.expose),
            "volumes": list(settings.volumes),
            "env": dict(settings.env),
            "labels": dict(settings.labels),
        }
    return {
        "args": dict(build.global_args),
        "stages": [
            {
                "name": stage.name,
                "base": stage.base,
                "platform": stage.platform,
                "line": stage.line,
                "built": stage.index in reached,
                "args": dict(stage.args),
                "instructions": [_node(instruction) for instruction in stage.instructions],
            }
            for stage in build.stages
        ],
        "instructions": [_node(instruction) for instruction in instructions],
        "final": final,
    }


def _node(instruction: Instruction) -> dict[str, JsonValue]:
    flags: dict[str, list[str]] = {}
    for name, value in instruction.flags:
        flags.setdefault(name, []).append(value or "")
    return {
        "instruction": instruction.name,
        "value": instruction.value,
        "flags": flags,
        "words": list(instruction.words) if instruction.words is not None else None,
        "line": instruction.line,
    }


def _stage(
    instruction: Instruction,
    stages: Sequence[BuildStage],
    named: Mapping[str, Sequence[int]],
    arguments: Mapping[str, str],
) -> BuildStage:
    words = split_words(substitute(instruction.rest, arguments))
    base = words[0] if words else ""
    has_name = len(words) == 3 and words[1].lower() == "as"
    of_name = named.get(base.lower())
    parent = stages[of_name[-1]] if of_name else None
    platform = instruction.flag("platform")
    return BuildStage(
        index=len(stages),
        name=words[2].lower() if has_name else "",
        base=base,
        platform=substitute(platform[-1], arguments) if platform else "",
        line=instruction.line,
        parent=parent.index if parent else None,
        settings=parent.settings.copy() if parent else Settings(),
    )


def _apply(instruction: Instruction, stage: BuildStage, global_args: Mapping[str, str]) -> None:
    stage.instructions.append(instruction)
    settings = stage.settings
    known = ChainMap(settings.env, stage.args)
    rest = instruction.rest
    value = substitute(rest, known)
    words: JsonValue = list(instruction.words) if instruction.words is not None else rest
    match instruction.name:
        case "ARG":
            _extend(stage.args, _arguments(instruction, known, global_args))
        case "ENV":
            _extend(settings.env, _pairs(rest, known))
        case "LABEL":
            _extend(settings.labels, _pairs(rest, known))
        case "USER":
            settings.user = value.strip("\"'")
        case "WORKDIR":
            settings.workdir = _folder(settings.workdir or "/", value.strip("\"'"))
        case "CMD":
            settings.cmd = words
        case "ENTRYPOINT":
            settings.entrypoint = words
        case "HEALTHCHECK":
            settings.healthcheck = instruction.value
        case "STOPSIGNAL":
            settings.stopsignal = value
        case "SHELL":
            settings.shell = words
        case "EXPOSE":
            settings.expose = [*settings.expose, *split_words(value)][:MAX_SETTINGS]
        case "VOLUME":
            volumes = instruction.words or split_words(value)
            settings.volumes = [*settings.volumes, *volumes][:MAX_SETTINGS]
        case "COPY":
            stage.copies_from += [(name, instruction) for name in instruction.flag("from")]
        case "RUN":
            stage.copies_from += [(name, instruction) for name in _mounted(instruction)]


def _folder(before: str, path: str) -> str:
    """The work directory of a path from another one on, which it is not taken apart for again."""
    named = str(PurePosixPath(path))
    if not named.startswith("/"):
        named = before if named == "." else f"{before.rstrip('/')}/{named}"
    return named[:MAX_PATH_CHARACTERS]


def _extend(known: dict[str, str], pairs: Iterator[tuple[str, str]]) -> None:
    """Take as many pairs as there is room for."""
    known.update(islice(dict(pairs).items(), max(0, MAX_SETTINGS - len(known))))


def _mounted(instruction: Instruction) -> Iterator[str]:
    for mount in instruction.flag("mount"):
        for part in mount.split(","):
            key, _, value = part.partition("=")
            if key == "from" and value:
                yield value


def _arguments(
    instruction: Instruction, known: Mapping[str, str], global_args: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for word in split_words(substitute(instruction.rest, known)):
        name, equals, value = word.partition("=")
        yield name, value if equals else global_args.get(name, "")


def _pairs(rest: str, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """``k=v k2="v 2"``, or the old form ``k v and more``."""
    words = split_words(substitute(rest, known))
    if words and "=" in words[0]:
        for word in words:
            name, _, value = word.partition("=")
            yield name, value
    elif words:
        yield words[0], " ".join(words[1:])


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Replace the variables that are known, as Docker does; leave the others as they are."""
    parts: list[str] = []
    size = end = 0
    for match in VARIABLE.finditer(text):
        parts += [text[end : match.start()], _value(match, variables)]
        size += len(parts[-1]) + len(parts[-2])
        end = match.end()
        if size > MAX_VALUE_CHARACTERS:
            break
    parts.append(text[end:])
    return "".join(parts)[:MAX_VALUE_CHARACTERS]


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    name = match["braced"] or match["bare"]
    if name is None:
        return match[0]
    known = variables.get(name, "")
    if match["sign"] == "-":
        return known or match["word"]
    if match["sign"] == "+":
        return match["word"] if known else ""
    return variables.get(name, match[0])


def _adds(instruction: Instruction) -> bool:
    """Whether an instruction puts something into the image that is built here."""
    heredocs = instruction.value.partition("\n")[2]
    if instruction.name == "RUN":
        if instruction.words is not None:
            return argv_does_something(instruction.words)
        return does_something(instruction.rest, heredocs)
    if instruction.name in {"COPY", "ADD"}:
        # Files that are written here must say something; whether others are there is not known.
        written = instruction.heredocs < instruction.end
        return not written or any(
            line.strip() and not line.lstrip().startswith("#") for line in heredocs.split("\n")
        )
    return False  # ONBUILD is for the builds of others
