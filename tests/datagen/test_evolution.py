"""New tasks of verified rows: each pair meets each operator once, and what must change did."""

from dataclasses import replace
from typing import Any

import pytest

from datagen.curation import Side, Splitting, sides_of
from datagen.evolution import (
    OPERATORS,
    AnswerLength,
    Evolution,
    EvolveOperator,
    ParentPair,
    operators_named,
    unchanged,
)
from datagen.outputs import rows_of
from datagen.record import Record
from datagen.sources import EvolvedSource
from datagen.sources.evolved import usable
from datagen.teachers.prompt import commission, system_of
from rewardsvc.tasks import TaskRow
from rewardsvc.types import Check, Fixture

CHECK = Check(on=None, expr="true")
FILE = "```dockerfile\nFROM scratch\nCOPY a /a\n```\n"


def row(number: int, topic: str = "a", split: str = "train", **more: Any) -> TaskRow:
    said: dict[str, Any] = {
        "category": "docker",
        "format": "dockerfile",
        "instruction": f"Write image number {number} of {topic}.",
        "output": FILE.replace("/a", f"/{number}"),
        "checks": (CHECK,),
        "provenance": {"topic": topic},
    }
    return TaskRow(id=f"{topic}-{number}", split=split, **(said | more))


def source(
    rows: list[TaskRow], beside: list[TaskRow] | None = None, operators: str = ""
) -> EvolvedSource:
    by_side: dict[str, list[TaskRow]] = {}
    for each in [*rows, *(beside or [])]:
        by_side.setdefault(each.split, []).append(each)
    return EvolvedSource(
        "a",
        "dockerfile",
        rows,
        operators=operators_named(operators.split(",") if operators else ()),
        beside=by_side,
        topic=None,
        seed=0,
    )


def records(of: EvolvedSource) -> list[Record]:
    found: list[Record] = []
    while (record := of.record(len(found))) is not None:
        found.append(record)
    return found


def test_each_pair_meets_each_operator_once_and_every_pair_before_any_a_second_time() -> None:
    rows = [row(number) for number in range(5)]
    found = records(source(rows))
    pairs = [(each.provenance["parent"], each.provenance["evolve"]) for each in found]
    assert len(set(pairs)) == len(pairs) == len(rows) * len(OPERATORS)
    assert {parent for parent, _ in pairs[:5]} == {each.id for each in rows}
    assert [each.id for each in records(source(rows))] == [each.id for each in found]


def test_further_parents_are_on_the_side_of_the_first_and_of_other_topics() -> None:
    rows = [row(number, split="test" if number == 0 else "train") for number in range(4)]
    others = [row(number, "b", split) for number, split in enumerate(("test", "train", "train"))]
    side_of = {each.id: each.split for each in [*rows, *others]}
    for record in records(source(rows, others, "combine,invent")):
        evolution = record.evolution
        assert evolution is not None
        first, *further = (each.id for each in evolution.parents)
        assert {side_of[each] for each in further} == {side_of[first]} == {record.split}
        assert len({first, *further}) == len(evolution.parents)
        assert further[0].startswith("b-")
        assert record.provenance["parents"] == [first, *further]


def test_an_operator_is_left_out_where_too_few_pairs_are_on_a_side() -> None:
    sizes = {"train": 3, "validation": 2, "test": 1}
    rows = [row(number, split=side, topic=side) for side, n in sizes.items() for number in range(n)]
    found = records(source(rows))
    met = {(each.split, each.evolution.operator.name) for each in found if each.evolution}
    assert met == {
        (side, operator.name)
        for side, size in sizes.items()
        for operator in OPERATORS
        if operator.parents <= size
    }
    for record in found:
        assert record.evolution is not None
        assert len(record.evolution.parents) == record.evolution.operator.parents
    assert not records(source([row(1)], operators="combine,invent"))


@pytest.mark.parametrize("side", ["train", "validation", "test", ""])
def test_a_new_row_is_on_its_parents_side_wherever_it_comes_in_its_source(side: str) -> None:
    made = records(source([row(number, split=side) for number in range(4)]))
    rows = rows_of(((record, place) for place, record in enumerate(made)), teacher="m", seed=0)
    assert {each.split for each in rows} == {side}


def test_checks_stay_where_the_request_stays() -> None:
    for record in records(source([row(1), row(2)])):
        operator = record.evolution.operator if record.evolution else OPERATORS[0]
        assert record.task.checks == ((CHECK,) if operator.keeps else ())
        assert not record.reference


def test_a_model_is_shown_all_parents_and_told_what_to_do() -> None:
    for record in records(source([row(number) for number in range(3)])):
        said = commission(record)
        assert record.evolution is not None
        assert record.evolution.operator.prompt in said
        for parent in record.evolution.parents:
            assert parent.instruction in said and parent.output in said
        assert "a new one" in system_of(record)


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ({}, True),
        ({"output": ""}, False),
        ({"input": "```dockerfile\nFROM a\n```"}, False),
        ({"fixtures": (Fixture(files={"a": "b"}),)}, False),
        ({"truth": {"a": 1}}, False),
        ({"format": "nowhere"}, False),
        ({"provenance": {"topic": "a", "parent": "b"}}, False),
        ({"provenance": {"topic": "a", "parent": "b", "evolve": "deepen"}}, True),
    ],
)
def test_what_nothing_can_be_made_of_is_left_out(more: dict[str, Any], fits: bool) -> None:
    assert usable(row(1, **more)) is fits


SHORT, LONG = FILE, FILE.replace("COPY a /a", "COPY a /a\nUSER 1000")


@pytest.mark.parametrize(
    ("length", "answer", "checks", "said"),
    [
        (AnswerLength.LONGER, LONG, 1, ""),
        (AnswerLength.LONGER, LONG, 0, "at least 1 are needed"),
        (AnswerLength.LONGER, SHORT, 1, "the answer is a parent's"),
        (AnswerLength.ANY, SHORT.replace("\n", "\n\n"), 1, "the answer is a parent's"),
        (AnswerLength.LONGER, SHORT.replace("/a", "/b"), 1, "no more than the parent's 4"),
        (AnswerLength.SHORTER, LONG, 1, "no fewer than the parent's 4"),
        (AnswerLength.ANY, SHORT.replace("/a", "/b"), 1, ""),
    ],
)
def test_what_must_change_did(length: AnswerLength, answer: str, checks: int, said: str) -> None:
    operator = EvolveOperator(name="x", prompt="Do.", length=length)
    found = unchanged(Evolution(operator, (ParentPair("a", "Do.", SHORT),)), answer, checks)
    assert said in found if said else found == ""


def test_an_operator_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="depen"):
        operators_named(["depen"])


def test_a_row_and_all_that_it_was_made_of_are_on_one_side() -> None:
    rows = [row(number, f"t{number % 5}") for number in range(60)]
    joined = ["t0-0", "t1-1", "t2-2"]
    made = row(100, "t0", provenance={"topic": "t0", "family": "t0-0", "parents": joined})
    grandchild = row(101, "t0", provenance={"topic": "t0", "family": "t0-0", "parent": made.id})
    for seed in range(12):
        sides = sides_of([grandchild, *rows, made], Splitting(seed=seed, test=0.3))
        assert len({sides[id] for id in (*joined, made.id, grandchild.id)}) == 1
        assert Side.TEST in sides.values()
    # Parents that are not among the rows hold their children together, too.
    two = replace(
        made, id="t0-102", provenance={**made.provenance, "family": "x", "parents": ["t2-2"]}
    )
    for seed in range(12):
        sides = sides_of([made, two, *(row(n) for n in range(20))], Splitting(seed=seed, test=0.4))
        assert sides[made.id] is sides[two.id]
