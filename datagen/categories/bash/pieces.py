"""Bash: the cases that a script is run on, and checks of what comes of each.

A task shows the first case. It is run on others too, which nobody is shown: a script that prints
what the first one takes does not hold there.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from datagen.brief import Need, need
from datagen.pins import documents
from rewardsvc.types import Check, Fixture

Spec = TypeVar("Spec")

HIDDEN = 2
"""Cases of a task beside the one that it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCase:
    """One run: ``files`` that a script finds, by their paths, and what there is when it has ended.

    ``stdout``: all that it prints, None where that is left open. ``written``: files that it makes
    or changes; ``gone``: those that are no longer there.
    """

    files: Mapping[str, str]
    stdout: str | None = None
    exit_code: int = 0
    written: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    @property
    def kept(self) -> Mapping[str, str]:
        """What it found and leaves as it is."""
        return {
            path: text
            for path, text in self.files.items()
            if path not in self.written and path not in self.gone
        }


def prints(case: ScriptCase) -> Check:
    """All that the script prints."""
    return documents("[0].stdout", case.stdout)


def exits(case: ScriptCase) -> Check:
    """The exit code."""
    return documents("[0].exit_code", case.exit_code)


def writes(case: ScriptCase, *paths: str) -> list[Check]:
    """Files that are there with exactly their text, all that are written without ``paths``."""
    return [documents(at(path), case.written[path]) for path in paths or case.written]


def removes(case: ScriptCase) -> Check:
    """What is to be gone is not there."""
    there = "".join(f", contains(keys([0].files), '{path}')" for path in case.gone)
    return documents(f"[[0].exit_code == null{there}]", [False] * (len(case.gone) + 1))


def keeps(case: ScriptCase) -> Check:
    """The files that the script has no business with are as they were."""
    return documents(f"[{', '.join(map(at, case.kept))}]", list(case.kept.values()))


def mode_of(path: str, mode: str) -> Check:
    """The permissions of a file, in octal digits."""
    return documents(f"[0].modes.{json.dumps(path)}", mode)


def alone(case: ScriptCase) -> Check:
    """No files are there but those that are kept or written."""
    return documents("sort(keys([0].files))", sorted({*case.kept, *case.written}))


def at(path: str) -> str:
    """Expression: the text of a file, null where it is not there."""
    return f"[0].files.{json.dumps(path)}"


def checks_of(case: ScriptCase) -> tuple[Check, ...]:
    """All that must come of a case."""
    found = {"exits as asked": [exits(case)]}
    if case.stdout is not None:
        found["prints what is asked for"] = [prints(case)]
    for path in case.written:
        found[f"leaves {path} as asked"] = writes(case, path)
    if case.gone:
        found["removes what is to go"] = [removes(case)]
    if case.kept:
        found["leaves other files alone"] = [keeps(case)]
    return tuple(
        replace(check, description=what) for what, checks in found.items() for check in checks
    )


def hidden(case_of: Callable[[Spec, int], ScriptCase]) -> Callable[[Spec], tuple[Fixture, ...]]:
    """The fixtures of a specification: its cases but the first, which the task shows."""

    def fixtures(spec: Spec) -> tuple[Fixture, ...]:
        cases = [case_of(spec, number) for number in range(1, HIDDEN + 1)]
        return tuple(Fixture(files=case.files, checks=checks_of(case)) for case in cases)

    return fixtures


def shown(case_of: Callable[[Spec, int], ScriptCase]) -> Callable[[Spec], Mapping[str, str]]:
    """The files of a specification's first case."""
    return lambda spec: case_of(spec, 0).files


def exits_with(case: ScriptCase, note: str, *sentences: str) -> Need:
    """How the script is to end."""
    return need(note, *sentences, pins=[exits(case)])


def leaves_input(case: ScriptCase) -> Need:
    """What is given stays as it is."""
    return need(
        "input files stay as they are",
        "Leave the files that are there as they are",
        "It must not change the files that it reads",
        pins=[keeps(case)],
    )


def lines(values: Sequence[object]) -> str:
    """Values as lines of a file; "" for none."""
    return "".join(f"{value}\n" for value in values)
