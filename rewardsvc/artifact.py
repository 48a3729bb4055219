"""The files that a completion contains."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """One extracted file. ``language`` is the fence's label as written, "" where none."""

    path: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """The files extracted from one completion, in the order of their fences; at least one."""

    files: tuple[File, ...]
