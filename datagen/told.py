"""Tells from a folder's journal what became of a candidate."""

import json
from collections.abc import Iterator
from pathlib import Path

from datagen.errors import WrongUsage
from datagen.fate import FATE, CandidateEnd, CandidateFate
from datagen.journal import Journal
from rewardsvc.nearest import nearest

_MOST = 20
"""Candidates that are told of where a beginning fits many."""


def told(folder: Path, candidate: str, *, as_json: bool = False) -> Iterator[str]:
    """Lines about each candidate whose name begins so.

    Raises:
        WrongUsage: no run has worked in the folder, or it has no such candidate.
        OutputUnusable: the journal cannot be read.
    """
    with Journal.to_read(folder) as journal:
        fates = [FATE.validate_json(text) for text in journal.fates(candidate)]
        exact = [fate for fate in fates if fate.id == candidate]
        if not fates:
            others = (FATE.validate_json(text).id for text in journal.fates())
            near = nearest(candidate, others)
            raise WrongUsage(f"{folder}: there is no candidate {candidate!r}{near}")
        for fate in (exact or fates)[:_MOST]:
            trail = journal.trail(fate.id)
            yield from [_json(fate, trail)] if as_json else _words(fate, trail)
        if not exact and len(fates) > _MOST:
            yield f"and {len(fates) - _MOST} others that begin so"


def _json(fate: CandidateFate, trail: list[tuple[str, str]]) -> str:
    found = [{"stage": stage, "result": json.loads(result)} for stage, result in trail]
    return json.dumps({**FATE.dump_python(fate, mode="json"), "trail": found}, ensure_ascii=False)


def _words(fate: CandidateFate, trail: list[tuple[str, str]]) -> Iterator[str]:
    yield f"{fate.id}: {_end(fate)}"
    yield f"  {fate.category}, {fate.format}, of {fate.source}, by {fate.teacher}"
    yield from (f"  {line}" for line in fate.diagnostics)
    if fate.reward is not None:
        yield f"  reward {fate.reward:.4f}"
    if fate.input_tokens or fate.output_tokens:
        dollars = "price unknown" if fate.dollars is None else f"${fate.dollars:.6f}"
        yield f"  {fate.input_tokens} tokens read, {fate.output_tokens} written, {dollars}"
    else:
        yield "  no tokens"
    if trail:
        yield f"  in the journal: {', '.join(stage for stage, _ in trail)} (all of it: --json)"


def _end(fate: CandidateFate) -> str:
    match fate.end:
        case CandidateEnd.ROW:
            return f"a row of the split {fate.split}"
        case CandidateEnd.SPARE:
            return "accepted, and no row (yet): its source gave enough without it"
        case CandidateEnd.REJECTED:
            return f"rejected by {fate.stage}: {fate.reason}"
        case CandidateEnd.UNDECIDED:
            return f"undecided, for {fate.stage} failed: {fate.reason}; the next run tries again"
        case CandidateEnd.DUPLICATE:
            return f"left out: it repeats {fate.other} ({fate.reason})"
        case CandidateEnd.CONTAMINATED:
            return f"left out: it stands in {fate.other} ({fate.reason})"
