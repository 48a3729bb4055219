"""Which side a row is on: train, validation or test.

Rows that must stay together are a group, and a group is on one side. Every stratum (category,
format, and the topic where groups are specifications) gives each side its share, as near as its
groups allow. Which groups are held out follows from the seed and from what the groups are, not from
the order of rows.
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
    side_of: dict[bytes, Side] = {}
    for sizes in strata.values():
        side_of |= _shared_out(sizes, settings)
    return {id: side_of[group] for id, group in group_of.items()}


def _shared_out(sizes: Mapping[bytes, int], settings: Splitting) -> dict[bytes, Side]:
    """The side of each group of a stratum."""
    ranked = sorted(sizes, key=lambda group: _digest([settings.seed, group.hex()]))
    rows = sum(sizes.values())
    sides = dict.fromkeys(ranked, Side.TRAIN)
    left = list(ranked)
    for side, share in ((Side.TEST, settings.test), (Side.VALIDATION, settings.validation)):
        wanted, got = share * rows, 0
        if not share or not left:
            continue
        most = max(2 * wanted, min(sizes[each] for each in left))
        for group in tuple(left):
            if len(left) == 1:
                break  # the last one is to be trained on
            # As near to the share as can be; a stratum with few rows holds one group out, too.
            if got and got + sizes[group] / 2 > wanted:
                continue
            if not got and sizes[group] > most:
                continue
            sides[group] = side
            left.remove(group)
            got += sizes[group]
            if got >= wanted:
                break
    return sides


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
