"""Which side a row is on: train, validation or test.

Rows that must stay together are a group, and a group is on one side. Every stratum (category,
format, and the topic where groups are specifications) gives each side its share, as near as its
groups allow; what one is too small for, the next ones make up for. Which groups are held out
follows from the seed and from what the groups are, not from the order of rows. What is marked with
``HELD_OUT`` has its side already.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from enum import StrEnum
from hashlib import blake2b

from datagen.curation.settings import Grouping, Splitting
from datagen.errors import WrongUsage
from rewardsvc.tasks import TaskRow

HELD_OUT = "held_out"
"""In the provenance of rows whose source as a whole is for tests (true), or as a whole is not."""
FAMILY = "family"
"""What a row's provenance calls the first of those that it comes from, one after the other."""
PARENTS = "parents"
"""What it calls all rows that it was made of, where these are several: their groups are one."""


class Side(StrEnum):
    """As rows have it in ``split``."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def sides_of(rows: Iterable[TaskRow], settings: Splitting) -> dict[str, Side]:
    """The side of each row, by its id. A group with a row that is held out is for tests alone; one
    with a row that is not is never for tests. Shares are those of the other rows.

    Raises:
        WrongUsage: the provenance of a row does not say what groups it; names the row.
    """
    group_of: dict[str, bytes] = {}
    stratum_of: dict[bytes, str] = {}
    sizes: Counter[tuple[bytes, str]] = Counter()
    marks: dict[bytes, bool] = {}
    joined: list[tuple[bytes, Sequence[str]]] = []
    for row in rows:
        group = _group(row, settings.by)
        group_of[row.id] = group
        stratum = stratum_of.setdefault(group, _stratum(row, settings.by))
        sizes[group, stratum] += 1
        if isinstance(mark := row.provenance.get(HELD_OUT), bool):
            marks[group] = mark or marks.get(group, False)
        if isinstance(parents := row.provenance.get(PARENTS), list):
            joined.append((group, [each for each in parents if isinstance(each, str)]))
    if joined:
        one_of = _united(group_of, joined)
        group_of = {id: one_of(group) for id, group in group_of.items()}
        # A group over several strata counts in that of its first row.
        strata_of = {one_of(group): stratum for group, stratum in reversed(stratum_of.items())}
        united: Counter[tuple[bytes, str]] = Counter()
        for (group, _), size in sizes.items():
            united[one_of(group), strata_of[one_of(group)]] += size
        marked: dict[bytes, bool] = {}
        for group, mark in marks.items():
            marked[one_of(group)] = mark or marked.get(one_of(group), False)
        stratum_of, sizes, marks = strata_of, united, marked
    strata: defaultdict[str, Counter[bytes]] = defaultdict(Counter)
    for (group, stratum), size in sizes.items():
        strata[stratum][group] += size
    for group, mark in marks.items():
        if mark:
            del strata[stratum_of[group]][group]
    untested = {group for group, mark in marks.items() if not mark}
    side_of = dict.fromkeys(marks.keys() - untested, Side.TEST)
    side_of |= _shared_out(strata, untested, settings)
    return {id: side_of[group] for id, group in group_of.items()}


def _united(
    group_of: Mapping[str, bytes], joined: Iterable[tuple[bytes, Sequence[str]]]
) -> Callable[[bytes], bytes]:
    """Which group stands for each: those of a row and of all its parents are one."""
    leader: dict[bytes, bytes] = {}

    def one_of(group: bytes) -> bytes:
        while (next_one := leader.get(group, group)) != group:
            leader[group] = group = leader.get(next_one, next_one)
        return group

    for group, parents in joined:
        for parent in parents:
            other = one_of(group_of.get(parent, _digest(["row", parent])))
            if other != (own := one_of(group)):
                leader[max(other, own)] = min(other, own)
    return one_of


def _shared_out(
    strata: Mapping[str, Mapping[bytes, int]], untested: Set[bytes], settings: Splitting
) -> dict[bytes, Side]:
    """The side of each group of all strata, by their sizes; ``untested`` are never for tests.

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
            barred = untested if side is Side.TEST else frozenset()
            able = [group for group in left if group not in barred]
            owed[side] += share * sum(size for group, size in sizes.items() if group not in barred)
            for group in able:
                if len(left) == 1 or owed[side] <= 0:
                    break
                if sizes[group] / 2 <= owed[side]:  # as near to the share as can be
                    sides[group] = side
                    owed[side] -= sizes[group]
                    left.remove(group)
        sides |= dict.fromkeys(left, Side.TRAIN)
    for side, share in shares.items():
        if share and side not in sides.values():
            barred = untested if side is Side.TEST else frozenset()
            _give_one(side, sides, strata, barred)
    return sides


def _give_one(
    side: Side,
    sides: dict[bytes, Side],
    strata: Mapping[str, Mapping[bytes, int]],
    barred: Set[bytes],
) -> None:
    """Move the smallest group that can be spared, and may, to a side that has none."""
    spared = [
        (size, group)
        for sizes in strata.values()
        if sum(sides[group] is Side.TRAIN for group in sizes) > 1
        for group, size in sizes.items()
        if sides[group] is Side.TRAIN and group not in barred
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
    parent = row.provenance.get(FAMILY) or row.provenance.get("parent")
    return _digest(["row", parent if isinstance(parent, str) else row.id])


def _stratum(row: TaskRow, by: Grouping) -> str:
    topic = row.provenance.get("topic") if by is Grouping.VALUES else None
    return json.dumps([row.category, row.format, topic])


def _digest(key: object) -> bytes:
    text = json.dumps(key, sort_keys=True, default=str)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
