"""What is done with the rows of all portions together: de-duplicate, decontaminate, split. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from datagen.curation import (
    Decontamination,
    Deduplication,
    References,
    Splitting,
    leaks_in,
    repetitions_in,
    sides_of,
)
from datagen.curation.contamination import Leak
from datagen.curation.duplicates import Repetition
from datagen.curation.splitting import Side
from datagen.fate import CandidateEnd
from datagen.outputs.curated import CurationStep
from datagen.rows import JoinedRows, KeptRows, TaskRows
from rewardsvc.types import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Curation:
    """What of it is wanted; None is not done. Without ``split`` rows keep the sides that their
    positions give them."""

    deduplicate: Deduplication | None = None
    decontaminate: Decontamination | None = None
    split: Splitting | None = None


NO_CURATION = Curation()

_NO_SIDES: Mapping[str, Side] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that does not stay. ``other``: the row that it repeats, or the place that it stands
    in. ``told``: the same, as files tell it."""

    id: str
    end: CandidateEnd
    reason: str
    other: str
    told: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class CuratedRows:
    """``parts``: what stays of each portion. ``steps``: what was done, as files tell it."""

    parts: Sequence[TaskRows]
    left_out: Sequence[LeftOut]
    steps: Sequence[CurationStep]

    @property
    def rows(self) -> TaskRows:
        """All that stay, in order."""
        return JoinedRows(self.parts)


def curated(
    parts: Sequence[TaskRows],
    counts: Sequence[int],
    curation: Curation,
    references: References | None,
) -> CuratedRows:
    """What stays of each portion's rows: at most ``counts`` of them, each with its side.

    ``references``: what must not be trained on, where that is asked for.
    """
    left_out: list[LeftOut] = []
    steps: list[CurationStep] = []
    ids: Sequence[Sequence[str]] = [[row.id for row in part] for part in parts]

    def without(found: Iterable[LeftOut], name: str, settings: BaseModel) -> None:
        nonlocal ids
        gone = {each.id: each for each in found}
        before = sum(map(len, ids))
        ids = [[id for id in part if id not in gone] for part in ids]
        left_out.extend(gone.values())
        dropped: dict[str, dict[str, JsonValue]] = {
            each.id: dict(each.told) for each in gone.values()
        }
        steps.append(_step(name, settings, before, dropped))

    wanted = curation.decontaminate
    leaks: list[Leak] = []
    if wanted is not None and references is not None:
        leaks = list(leaks_in(JoinedRows(parts), references))
    leaked = {each.id for each in leaks} if wanted is not None and wanted.drop else set()
    ids, repeated = _looked_at(parts, ids, counts, leaked, curation.deduplicate)
    if curation.deduplicate is not None:
        without(map(_repeating, repeated), "dedupe", curation.deduplicate)
    if wanted is not None and references is not None:
        there = {id for part in ids for id in part}
        found = [_leaking(each) for each in leaks if each.id in there]
        without(found if wanted.drop else (), "decontaminate", wanted)
        kinds = Counter(str(each.told["by"]) for each in found)
        steps[-1] = replace(steps[-1], found=dict(kinds))
    if curation.split is None:
        return CuratedRows(_kept(parts, ids), left_out, steps)
    sides = sides_of(JoinedRows(_kept(parts, ids)), curation.split)
    step = _step("split", curation.split, len(sides), {})
    steps.append(replace(step, found=dict(Counter(side.value for side in sides.values()))))
    return CuratedRows(_kept(parts, ids, sides), left_out, steps)


def _repeating(found: Repetition) -> LeftOut:
    told = {"by": found.by.value, "repeats": found.repeats, "similarity": found.similarity}
    reason = f"{found.by.value}, similarity {found.similarity:.2f}"
    return LeftOut(found.id, CandidateEnd.DUPLICATE, reason, found.repeats, told)


def _leaking(found: Leak) -> LeftOut:
    place = Path(found.place).name
    told = {"by": found.by.value, "place": place, "overlap": found.overlap}
    reason = f"{found.by.value}, overlap {found.overlap:.2f}"
    return LeftOut(found.id, CandidateEnd.CONTAMINATED, reason, place, told)


def _looked_at(
    parts: Sequence[TaskRows],
    ids: Sequence[Sequence[str]],
    counts: Sequence[int],
    leaked: Set[str],
    settings: Deduplication | None,
) -> tuple[Sequence[Sequence[str]], list[Repetition]]:
    """The rows of each portion down to the last one that is wanted, and which of these repeat
    others. What is beyond is not there for others to repeat."""
    while True:
        rows = JoinedRows(_kept(parts, ids))
        repeated = repetitions_in(rows, settings) if settings is not None else []
        gone = leaked | {each.id for each in repeated}
        former, ids = ids, [_down_to(*each, gone) for each in zip(ids, counts, strict=True)]
        beyond = {id for part, kept in zip(former, ids, strict=True) for id in part[len(kept) :]}
        if not any(each.repeats in beyond for each in repeated if each.id not in beyond):
            return ids, [each for each in repeated if each.id not in beyond]


def _down_to(ids: Sequence[str], count: int, gone: Set[str]) -> Sequence[str]:
    """The rows down to that with which so many stay; all where fewer do."""
    staying = [place for place, id in enumerate(ids) if id not in gone]
    return ids if len(staying) < count else ids[: staying[count - 1] + 1 if count else 0]


def _kept(
    parts: Sequence[TaskRows], ids: Sequence[Sequence[str]], sides: Mapping[str, Side] = _NO_SIDES
) -> list[TaskRows]:
    return [
        KeptRows(part, {id: sides.get(id) for id in kept})
        for part, kept in zip(parts, ids, strict=True)
    ]


def _step(
    name: str, settings: BaseModel, rows: int, dropped: dict[str, dict[str, JsonValue]]
) -> CurationStep:
    chosen: dict[str, JsonValue] = settings.model_dump(mode="json")
    if isinstance(against := chosen.get("against"), list):  # a data set holds no paths
        chosen["against"] = [Path(str(each)).name for each in against]
    return CurationStep(
        name=name,
        settings=chosen,
        rows=rows,
        kept=rows - len(dropped),
        dropped=dropped,
        found=dict(Counter(str(why["by"]) for why in dropped.values())),
    )
