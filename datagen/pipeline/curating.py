"""What is done with the rows of all portions together: de-duplicate, decontaminate, split. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

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
from datagen.fate import CandidateEnd
from datagen.outputs.curated import CurationStep
from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Curation:
    """What of it is wanted; None is not done. Without ``split`` rows keep the sides that their
    positions give them."""

    deduplicate: Deduplication | None = None
    decontaminate: Decontamination | None = None
    split: Splitting | None = None


NO_CURATION = Curation()


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

    parts: Sequence[Sequence[TaskRow]]
    left_out: Sequence[LeftOut]
    steps: Sequence[CurationStep]

    @property
    def rows(self) -> list[TaskRow]:
        """All that stay, in order."""
        return [row for part in self.parts for row in part]


def curated(
    parts: Sequence[Sequence[TaskRow]],
    counts: Sequence[int],
    curation: Curation,
    references: References | None,
) -> CuratedRows:
    """What stays of each portion's rows: at most ``counts`` of them, each with its side.

    ``references``: what must not be trained on, where that is asked for.
    """
    left_out: list[LeftOut] = []
    steps: list[CurationStep] = []

    def without(found: Iterable[LeftOut], name: str, settings: BaseModel) -> None:
        nonlocal parts
        gone = {each.id: each for each in found}
        before = sum(map(len, parts))
        parts = [[row for row in part if row.id not in gone] for part in parts]
        left_out.extend(gone.values())
        dropped: dict[str, dict[str, JsonValue]] = {
            each.id: dict(each.told) for each in gone.values()
        }
        steps.append(_step(name, settings, before, dropped))

    wanted = curation.decontaminate
    leaks: list[Leak] = []
    if wanted is not None and references is not None:
        leaks = list(leaks_in((row for part in parts for row in part), references))
    leaked = {each.id for each in leaks} if wanted is not None and wanted.drop else set()
    parts, repeated = _looked_at(parts, counts, leaked, curation.deduplicate)
    if curation.deduplicate is not None:
        without(
            (
                LeftOut(
                    each.id,
                    CandidateEnd.DUPLICATE,
                    f"{each.by.value}, similarity {each.similarity:.2f}",
                    each.repeats,
                    {
                        "by": each.by.value,
                        "repeats": each.repeats,
                        "similarity": each.similarity,
                    },
                )
                for each in repeated
            ),
            "dedupe",
            curation.deduplicate,
        )
    if wanted is not None and references is not None:
        there = {row.id for part in parts for row in part}
        found = [
            LeftOut(
                each.id,
                CandidateEnd.CONTAMINATED,
                f"{each.by.value}, overlap {each.overlap:.2f}",
                Path(each.place).name,
                {"by": each.by.value, "place": Path(each.place).name, "overlap": each.overlap},
            )
            for each in leaks
            if each.id in there
        ]
        without(found if wanted.drop else (), "decontaminate", wanted)
        kinds = Counter(str(each.told["by"]) for each in found)
        steps[-1] = replace(steps[-1], found=dict(kinds))
    if curation.split is not None:
        sides = sides_of((row for part in parts for row in part), curation.split)
        parts = [[replace(row, split=sides[row.id].value) for row in part] for part in parts]
        step = _step("split", curation.split, len(sides), {})
        steps.append(replace(step, found=dict(Counter(side.value for side in sides.values()))))
    return CuratedRows(parts, left_out, steps)


def _looked_at(
    parts: Sequence[Sequence[TaskRow]],
    counts: Sequence[int],
    leaked: Set[str],
    settings: Deduplication | None,
) -> tuple[Sequence[Sequence[TaskRow]], list[Repetition]]:
    """The rows of each portion down to the last one that is wanted, and which of these repeat
    others. What is beyond is not there for others to repeat."""
    while True:
        rows = (row for part in parts for row in part)
        repeated = repetitions_in(rows, settings) if settings is not None else []
        gone = leaked | {each.id for each in repeated}
        former, parts = parts, [_down_to(*each, gone) for each in zip(parts, counts, strict=True)]
        beyond = {
            row.id for part, kept in zip(former, parts, strict=True) for row in part[len(kept) :]
        }
        if not any(each.repeats in beyond for each in repeated if each.id not in beyond):
            return parts, [each for each in repeated if each.id not in beyond]


def _down_to(part: Sequence[TaskRow], count: int, gone: Set[str]) -> Sequence[TaskRow]:
    """The rows down to that with which so many stay; all where fewer do."""
    staying = [place for place, row in enumerate(part) if row.id not in gone]
    return part if len(staying) < count else part[: staying[count - 1] + 1 if count else 0]


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
