"""The verdicts of one run beside those of an earlier one: what a change of the code altered.

Like ruff's ecosystem check, which runs a change on real projects and shows what it says otherwise.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fidelity.hostile import Answered
from benchmarks.fidelity.scored import ScoredFile
from rewardsvc.errors import InvalidRequest
from rewardsvc.replay import differences
from rewardsvc.types import Verdict
from rewardsvc.wire.json import verdict_from_json, verdict_to_json


class UnusableBaseline(Exception):
    """A file that no earlier run has written; says where and why."""


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """A verdict and what it is of. ``text`` is a digest of the completion."""

    name: str
    text: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Altered:
    """What is otherwise than before.

    ``lines``: of each verdict that differs what differs, and why it is so now.
    ``same``: how many do not. ``absent``: how many there were of what is not here now, or is
    another text; ``new``: the other way round.
    """

    lines: tuple[str, ...]
    same: int
    absent: int
    new: int


def kept_of(files: Sequence[ScoredFile], catalogue: Sequence[Answered]) -> list[BaselineEntry]:
    """The verdicts of a run, on real files and on the gaming catalogue."""
    return [
        *(
            BaselineEntry(f"{each.file.format}: {each.file.source}: {each.file.name}",
                 _digest(each.file.text), each.verdict)
            for each in files
        ),
        *(BaselineEntry(each.verdict.id, "", each.verdict) for each in catalogue),
    ]  # fmt: skip


def write_baseline(path: Path, kept: Sequence[BaselineEntry]) -> None:
    """One line for each verdict."""
    lines = (
        {"name": each.name, "text": each.text, "verdict": verdict_to_json(each.verdict)}
        for each in kept
    )
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def read_baseline(path: Path) -> list[BaselineEntry]:
    """The inverse of :func:`write_baseline`.

    Raises:
        UnusableBaseline: it is not there, or a line is not one of these.
    """
    kept = []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            verdict = verdict_from_json(json.dumps(row["verdict"]))
            kept.append(BaselineEntry(row["name"], row["text"], verdict))
    except OSError as error:
        raise UnusableBaseline(
            f"{path}: {error.strerror}; `make fidelity` writes runs/fidelity/verdicts.jsonl"
        ) from error
    except (ValueError, KeyError, TypeError, InvalidRequest) as error:
        raise UnusableBaseline(f"{path}:{len(kept) + 1}: no verdict of a run: {error}") from error
    return kept


def altered(before: Sequence[BaselineEntry], now: Sequence[BaselineEntry]) -> Altered:
    """What differs in the verdicts on the same texts. Pure."""
    old = {(each.name, each.text): each.verdict for each in before}
    new = {(each.name, each.text): each.verdict for each in now}
    common = [key for key in new if key in old]
    lines = tuple(line for key in common for line in _lines(key[0], old[key], new[key]))
    differing = sum(bool(differences(old[key], new[key])) for key in common)
    return Altered(lines, len(common) - differing, len(old) - len(common), len(new) - len(common))


def _lines(name: str, old: Verdict, new: Verdict) -> Iterator[str]:
    found = differences(old, new)
    if found:
        yield f"{name}: {'; '.join(found)}"
        before, after = _messages(old), _messages(new)
        yield from (f"  - {each}" for each in before if each not in after)
        yield from (f"  + {each}" for each in after if each not in before)


def _messages(verdict: Verdict) -> Mapping[str, None]:
    """What a verdict says against an answer, in order."""
    return dict.fromkeys(
        f"{stage.name}: {found.message}"
        for stage in verdict.stages
        for found in stage.diagnostics
        if found.severity != "info"
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
