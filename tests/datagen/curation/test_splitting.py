"""Siblings are on one side, and every stratum has its share of each."""

from collections import Counter, defaultdict
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen.curation import Grouping, Side, Splitting, sides_of
from datagen.errors import WrongUsage
from rewardsvc.tasks import TaskRow
from tests.datagen.curation.rows import topic_rows


def _row(id: str, **provenance: str) -> TaskRow:
    return TaskRow(id=id, format="terraform", instruction=id, provenance=provenance)


def test_a_specification_is_on_one_side_with_all_that_is_made_of_it() -> None:
    rows = list(topic_rows("terraform", "s3-bucket", "iam-role-policy", count=30))
    repairs = [replace(row, id=f"repair-{row.id}", input="broken") for row in rows]
    data = [*rows, *repairs]
    sides = sides_of(data, Splitting(validation=0.1, test=0.2, seed=3))
    assert all(sides[row.id] == sides[f"repair-{row.id}"] for row in rows)
    by_topic = Counter((row.provenance["topic"], sides[row.id].value) for row in rows)
    for topic in ("s3-bucket", "iam-role-policy"):
        assert [by_topic[topic, side] for side in ("train", "validation", "test")] == [21, 3, 6]

    shuffled = list(data)
    Random(1).shuffle(shuffled)
    assert sides_of(shuffled, Splitting(validation=0.1, test=0.2, seed=3)) == sides
    assert sides_of(data, Splitting(validation=0.1, test=0.2, seed=4)) != sides


@given(sizes=st.lists(st.integers(1, 9), min_size=3, max_size=40), seed=st.integers(0, 9))
def test_a_group_is_never_apart_and_each_side_has_one(sizes: list[int], seed: int) -> None:
    rows = [
        _row(f"{group}/{number}", service=f"s{group}")
        for group, size in enumerate(sizes)
        for number in range(size)
    ]
    sides = sides_of(rows, Splitting(by=Grouping.SERVICE, seed=seed))
    sides_by_group = defaultdict(set)
    for row in rows:
        sides_by_group[row.provenance["service"]].add(sides[row.id])
    assert all(len(each) == 1 for each in sides_by_group.values())
    counts = Counter(sides.values())
    assert len(counts) == 3
    assert counts[Side.TEST] <= 0.1 * len(rows) + max(sizes)


def test_many_topics_of_few_rows_give_each_side_its_share_together() -> None:
    rows = [
        TaskRow(
            id=f"{topic}/{number}",
            format="terraform",
            instruction="x",
            provenance={"topic": f"t{topic}", "spec": {"number": number}},
        )
        for topic in range(40)
        for number in range(1 + topic % 2)
    ]
    counts = Counter(sides_of(rows, Splitting(validation=0.1, test=0.2)).values())
    assert abs(counts[Side.TEST] - 12) <= 1
    assert abs(counts[Side.VALIDATION] - 6) <= 1


@pytest.mark.parametrize("by", [Grouping.VALUES, Grouping.SERVICE])
def test_what_is_marked_has_its_side_and_leaves_the_others_their_shares(by: Grouping) -> None:
    marks = {"held": True, "never": False, "free": None}
    rows = [
        TaskRow(
            id=f"{service}/{number}",
            format="terraform",
            instruction="x",
            provenance={
                "service": f"{service}{number % 9}",
                "spec": {"of": service, "n": number},
                "held_out": mark,
            },
        )
        for service, mark in marks.items()
        for number in range(90)
    ]
    repair = replace(rows[0], id="repair", provenance={**rows[0].provenance, "held_out": None})
    sides = sides_of([*rows, repair], Splitting(by=by, validation=0.1, test=0.2))
    counts = Counter((id.partition("/")[0], side.value) for id, side in sides.items())
    assert {side for name, side in counts if name == "held"} == {"test"}
    assert sides["repair"] is Side.TEST  # its mark is lost, but not what it was made of
    assert {side for name, side in counts if name == "never"} == {"train", "validation"}
    assert 15 <= counts["free", "test"] <= 21


def test_a_row_without_its_group_is_named() -> None:
    rows = [_row("a", service="s3"), _row("b")]
    with pytest.raises(WrongUsage, match="b: its provenance names no service"):
        sides_of(rows, Splitting(by=Grouping.SERVICE))
