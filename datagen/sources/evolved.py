"""Records that a model makes of verified rows: each row with each operator that it has parents for,
once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from datagen.brief import Brief
from datagen.curation.splitting import FAMILY, PARENTS
from datagen.evolution import Evolution, EvolveOperator, ParentPair
from datagen.record import Record
from datagen.sources.verified import kept_of
from datagen.topic import Topic
from datagen.variants import spec_of
from rewardsvc.formats import FORMATS
from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue, Means

EVOLVED = "evolve"
"""What a row's provenance calls the operator that made it."""


class EvolvedSource:
    """The rows of one topic with every operator; a :class:`RecordSource`. Pure over the rows."""

    def __init__(
        self,
        name: str,
        format: str,
        rows: Sequence[TaskRow],
        *,
        operators: Sequence[EvolveOperator],
        beside: Mapping[str, Sequence[TaskRow]],
        topic: Topic[object] | None,
        seed: int,
    ) -> None:
        """``rows``: those that :func:`usable` names. ``beside``: rows of the format by their side,
        of which further parents come: what is made of rows of one side is on that side. ``topic``:
        tells what an instruction must say, where there is one."""
        self.name = name
        self.format = format
        order = Random(f"{seed}/{name}")
        shuffled = order.sample(list(rows), len(rows))
        self._beside = beside
        ids = {side: {each.id for each in fit} for side, fit in beside.items()}
        self._pairs = [
            (row, operator)
            for turn in range(len(operators))
            for place, row in enumerate(shuffled)
            for operator in (operators[(place + turn) % len(operators)],)
            if operator.parents <= len(ids.get(row.split, set()) | {row.id})
        ]
        self._topic = topic
        self._seed = seed

    def record(self, index: int) -> Record | None:
        """See :class:`RecordSource`: None behind the last row with its last operator. A row
        is left out of an operator that takes more parents than there are on its side."""
        if index >= len(self._pairs):
            return None
        row, operator = self._pairs[index]
        parents = (row, *self._others(row, operator))
        kept: dict[str, JsonValue] = {FAMILY: row.id, "topic": row.topic or row.category}
        kept |= kept_of(row)
        kept[EVOLVED] = operator.name
        if len(parents) > 1:
            kept[PARENTS] = [each.id for each in parents]
        return Record(
            id=f"{EVOLVED}-{operator.name}-{row.id}",
            source=self.name,
            task=replace(
                row.task,
                checks=row.checks if operator.keeps else (),
                means=_means([each.means for each in parents]),
            ),
            brief=self._brief(row) if operator.keeps else None,
            evolution=Evolution(
                operator,
                tuple(ParentPair(each.id, each.instruction, each.output) for each in parents),
            ),
            split=row.split,
            provenance=kept,
        )

    def _others(self, row: TaskRow, operator: EvolveOperator) -> Sequence[TaskRow]:
        """Further parents: on the row's side, of other topics before others of its own."""
        if operator.parents == 1:
            return ()
        rng = Random(f"{self._seed}/{operator.name}/{row.id}")
        fit = [each for each in self._beside.get(row.split, ()) if each.id != row.id]
        foreign = [each for each in fit if each.topic != row.topic]
        own = [each for each in fit if each.topic == row.topic]
        wanted = operator.parents - 1
        chosen = rng.sample(foreign, min(wanted, len(foreign)))
        return chosen + rng.sample(own, min(wanted - len(chosen), len(own)))

    def _brief(self, row: TaskRow) -> Brief | None:
        if self._topic is None or row.provenance.get(EVOLVED):
            return None
        spec = spec_of(self._topic, row.provenance.get("spec"))
        return None if spec is None else self._topic.brief(spec)


def usable(row: TaskRow) -> bool:
    """Whether something can be made of a row: a pair whose format has named checks, of which no
    model would have to be told what it must not know."""
    derived = row.provenance.get("parent") and not row.provenance.get(EVOLVED)
    given = row.input or row.before or row.fixtures or row.truth is not None
    known = row.format in FORMATS and bool(FORMATS[row.format].named)
    return bool(row.output) and known and not derived and not given


def _means(of: Sequence[Means | None]) -> Means:
    """What any of them needs."""
    known = [each for each in of if each is not None]
    return Means(
        providers={name: versions for each in known for name, versions in each.providers.items()},
        crds=tuple(dict.fromkeys(name for each in known for name in each.crds)),
        libraries=tuple(dict.fromkeys(name for each in known for name in each.libraries)),
        modules=tuple(dict.fromkeys(name for each in known for name in each.modules)),
    )
