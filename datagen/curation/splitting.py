"""Which side a row is on: train, validation or test.

Rows that must stay together are a group, and a group is on one side. Every stratum (category,
format, and the topic where groups are specifications) gives each side its share, as near as its
groups allow; what one is too small for, the next ones make up for. Which groups are held out
follows from the seed and from what the groups are, not from the order of rows.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import blake2b

from datagen.curation.settings import Grouping, Splitting
from datagen.errors import WrongUsage
from rewardsvc.tasks import TaskRow


class Side(StrEnum):
    """As rows have it in ``split``."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def sides_of(rows: Iterable[TaskRow], settings: Splitting) -> dict[str, Side]:
    """The side of each row, by its id.

    Raises:
        WrongUsage: the provenance of a row does not say what groups it; names the row.
    """
    group_of: dict[str, bytes] = {}
    stratum_of: dict[bytes, str] = {}
    strata: defaultdict[str, Counter[bytes]] = defaultdict(Counter)
    for row in rows:
        group = _group(row, settings.by)
        group_of[row.id] = group
        # A group over several strata counts in that of its first row.
        stratum = stratum_of.setdefault(group, _stratum(row, settings.by))
        strata[stratum][group] += 1
    side_of = _shared_out(strata, settings)
    return {id: side_of[group] for id, group in group_of.items()}


def _shared_out(
    strata: Mapping[str, Mapping[bytes, int]], settings: Splitting
) -> dict[bytes, Side]:
    """The side of each group of all strata, by their sizes.

    What a stratum is too small to give is carried to the next one, so that many small ones give
    each side its share, too. One group of each stratum at least is to be trained on.
    """
    shares = {Side.TEST: settings.test, Side.VALIDATION: settings.validation}
    owed = dict.fromkeys(shares, 0.0)
    sides: dict[bytes, Side] = {}
    for stratum in sorted(strata, key=lambda name: _digest([settings.seed, name])):
        sizes = strata[stratum]
        left = sorted(sizes, key=lambda group: _digest([settings.seed, group.hex()]))
        for side, share in shares.items():
            owed[side] += share * sum(sizes.values())
            for group in tuple(left):
                if len(left) == 1 or owed[side] <= 0:
                    break
                if sizes[group] / 2 <= owed[side]:  # as near to the share as can be
                    sides[group] = side
                    owed[side] -= sizes[group]
                    left.remove(group)
        sides |= dict.fromkeys(left, Side.TRAIN)
    for side, share in shares.items():
        if share and side not in sides.values():
            _give_one(side, sides, strata)
    return sides


def _give_one(
    side: Side, sides: dict[bytes, Side], strata: Mapping[str, Mapping[bytes, int]]
) -> None:
    """Move the smallest group that can be spared to a side that has none."""
    spared = [
        (size, group)
        for sizes in strata.values()
        if sum(sides[group] is Side.TRAIN for group in sizes) > 1
        for group, size in sizes.items()
        if sides[group] is Side.TRAIN
    ]
    if spared:
        sides[min(spared)[1]] = side


def _group(row: TaskRow, by: Grouping) -> bytes:
    if by is not Grouping.VALUES:
        name = row.provenance.get(by.value)
        if not isinstance(name, str) or not name:
            raise WrongUsage(
                f"{row.id}: its provenance names no {by.value}, so rows cannot be kept together by "
                f"it: choose another grouping ({', '.join(Grouping)})"
            )
        return _digest([by.value, name])
    spec = row.provenance.get("spec")
    if spec is not None:
        return _digest([row.provenance.get("topic"), spec])
    parent = row.provenance.get("parent")
    return _digest(["row", parent if isinstance(parent, str) else row.id])


def _stratum(row: TaskRow, by: Grouping) -> str:
    topic = row.provenance.get("topic") if by is Grouping.VALUES else None
    return json.dumps([row.category, row.format, topic])


def _digest(key: object) -> bytes:
    text = json.dumps(key, sort_keys=True, default=str)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
