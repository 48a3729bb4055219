"""What a folder's journal knows of its candidates: how far they got, what they cost. Reads only."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from datagen.errors import WrongUsage
from datagen.fate import FATE, CandidateEnd, CandidateFate
from datagen.journal import Journal
from datagen.ledger import CallCosts, CallKind, CallSpending
from rewardsvc.errors import InvalidRequest
from rewardsvc.llm import PriceList
from rewardsvc.types import Verdict
from rewardsvc.wire.json import verdict_from_json

STAGES = ("ask", "novelty", "verify", "strength", "rating")
"""In the order in which candidates go through them."""

_VERIFY = "verify"
_SURVIVOR = "survives"
"""How the mutation gate's diagnostics begin."""


@dataclass(slots=True)
class Candidates:
    """What became of all candidates.

    ``ends``: how many ended how. ``rejected``: at which stage. ``reasons``: diagnostics of the
    rejected, by their first words. ``examples``: a candidate for each of these. ``turned_down``:
    some of the rejected, to look into. ``costs``: of each model that was asked. ``prices``: where
    they come from.
    """

    ends: Counter[CandidateEnd] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    costs: Mapping[CallKind, CallCosts] = field(default_factory=dict)
    prices: str = ""
    turned_down: list[CandidateFate] = field(default_factory=list)

    @property
    def spent(self) -> float | None:
        """US dollars of all calls; None where a price is not known."""
        known = [each.dollars for each in self.costs.values() if each.dollars is not None]
        return sum(known) if len(known) == len(self.costs) else None

    @property
    def all(self) -> int:
        """How many there were."""
        return sum(self.ends.values())


MOST_SHOWN = 100
"""Rejected candidates that a page shows."""


def candidates_of(folder: Path, prices: PriceList) -> Candidates | None:
    """What a folder's journal tells; None where no run has worked there.

    Raises:
        OutputUnusable: the journal cannot be read.
    """
    try:
        journal = Journal.to_read(folder)
    except WrongUsage:
        return None
    found = Candidates()
    with journal:
        found.costs = CallSpending.in_journal(journal, prices).by_kind
        found.prices = prices.sources(kind.model for kind in found.costs)
        for fate in _fates(journal):
            found.ends[fate.end] += 1
            if fate.end is not CandidateEnd.REJECTED:
                continue
            found.rejected[fate.stage] += 1
            for kind in {_kind(each) for each in fate.diagnostics} or {fate.reason}:
                found.reasons[kind] += 1
                found.examples.setdefault(kind, fate.id)
            if len(found.turned_down) < MOST_SHOWN:
                found.turned_down.append(fate)
    return found


def verdicts_of(folder: Path, ids: Mapping[str, object]) -> dict[str, Verdict]:
    """The last verdict of each of these candidates, as far as the journal has it."""
    try:
        journal = Journal.to_read(folder)
    except WrongUsage:
        return {}
    found = {}
    with journal:
        for id in ids:
            for stage, text in journal.trail(id):
                if stage == _VERIFY and (verdict := _verdict(text)) is not None:
                    found[id] = verdict
    return found


def _fates(journal: Journal) -> Iterator[CandidateFate]:
    for text in journal.fates():
        try:
            yield FATE.validate_json(text)
        except ValidationError:  # of another version
            continue


def _verdict(text: str) -> Verdict | None:
    try:
        return verdict_from_json(text)
    except InvalidRequest:
        return None


def _kind(diagnostic: str) -> str:
    """What a diagnostic has in common with others: stage and code of ``stage: code: message``, the
    kind of a mutant that survived, or the beginning."""
    stage, *rest = diagnostic.split(": ", 2)
    if stage == _SURVIVOR and rest:
        return f"{stage}: {rest[0].split(' ', 1)[0]}"
    code = rest[0] if len(rest) == 2 else ""
    if code.startswith("checks["):
        return "checks: one does not hold"
    return f"{stage}: {code}" if code else diagnostic[:60]
