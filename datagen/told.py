"""Tells from a folder's journal what became of a candidate."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from datagen.errors import WrongUsage
from datagen.fate import FATE, CandidateEnd, CandidateFate
from datagen.journal import Journal
from datagen.ledger import CallCosts, CallSpending
from rewardsvc.llm import PriceList
from rewardsvc.nearest import nearest

_MOST = 20
"""Candidates that are told of where a beginning fits many."""


def told(
    folder: Path, candidate: str, prices: PriceList, *, as_json: bool = False
) -> Iterator[str]:
    """Lines about each candidate whose name begins so. ``prices``: of the models that were asked.

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
            spent = CallSpending.in_journal(journal, prices, fate.id).whole
            yield from [_json(fate, trail, spent)] if as_json else _words(fate, trail, spent)
        if not exact and len(fates) > _MOST:
            yield f"and {len(fates) - _MOST} others that begin so"


def _json(fate: CandidateFate, trail: list[tuple[str, str]], spent: CallCosts) -> str:
    found = [{"stage": stage, "result": json.loads(result)} for stage, result in trail]
    said = FATE.dump_python(fate, mode="json")
    return json.dumps({**said, "spent": asdict(spent), "trail": found}, ensure_ascii=False)


def _words(fate: CandidateFate, trail: list[tuple[str, str]], spent: CallCosts) -> Iterator[str]:
    yield f"{fate.id}: {_end(fate)}"
    yield f"  {fate.category}, {fate.format}, of {fate.source}, by {fate.teacher}"
    yield from (f"  {line}" for line in fate.diagnostics)
    if fate.reward is not None:
        yield f"  reward {fate.reward:.4f}"
    if fate.attempts:
        yield f"  after {fate.attempts} answers that were rejected"
    unknown = "" if spent.dollars is not None else ", price unknown"
    yield f"  took {spent.in_words or 'no tokens'}{unknown}"
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
