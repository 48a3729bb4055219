"""An edit asks in words for what two specifications of a topic differ in, and for nothing else."""

from dataclasses import astuple
from random import Random

import pytest

from datagen.brief import Brief, lit, need
from datagen.categories import CATEGORIES
from datagen.topic import as_json
from datagen.variants import Wish, request, spec_of, variants, wishes

TOPICS = [
    pytest.param(topic, id=f"{category.name}-{topic.name}")
    for category in CATEGORIES.values()
    for topic in category.topics
]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_variant_differs_in_a_value_or_two(topic) -> None:  # type: ignore[no-untyped-def]
    spec = topic.sample(Random("a"))
    found = list(variants(topic, spec, "7"))
    assert found == list(variants(topic, spec, "7")) and found
    for each in found:
        changed = [a != b for a, b in zip(astuple(spec), astuple(each.spec), strict=True)]
        assert sum(changed) == len(each.fields) <= 2


@pytest.mark.parametrize("topic", TOPICS)
def test_a_specification_comes_back_from_its_row(topic) -> None:  # type: ignore[no-untyped-def]
    spec = topic.sample(Random("b"))
    assert spec_of(topic, as_json(spec)) == spec
    assert spec_of(topic, {"of": "another topic"}) is None


GOAL = need("queue", "a queue")
SLOW, FAST = (need(f"waits {n} s", f"It waits {lit(str(n))} s") for n in (30, 5))
SAFE = need("encrypted", "Encrypt it")


@pytest.mark.parametrize(
    ("before", "after", "wished"),
    [
        ((SLOW, SAFE), (FAST, SAFE), (Wish(FAST.sentences, SLOW.note),)),
        ((SLOW,), (SLOW, SAFE), (Wish(SAFE.sentences, ""),)),
        ((SLOW, SAFE), (SLOW,), (Wish((), SAFE.note),)),
        ((SLOW, SAFE), (SLOW, SAFE), ()),
    ],
    ids=["another", "more", "less", "the same"],
)
def test_what_is_asked_is_the_difference(
    before: tuple[object, ...], after: tuple[object, ...], wished: tuple[Wish, ...]
) -> None:
    assert wishes(Brief(GOAL, before), Brief(GOAL, after)) == wished  # type: ignore[arg-type]


def test_what_differs_in_much_is_not_asked_for() -> None:
    many = tuple(need(f"value {n}") for n in range(5))
    assert wishes(Brief(GOAL, ()), Brief(GOAL, many)) == ()


def test_requests_say_every_wish_in_many_voices() -> None:
    wished = (Wish(FAST.sentences, SLOW.note), Wish((), SAFE.note))
    said = {request(wished, Random(seed)) for seed in range(60)}
    assert len(said) > 20
    for text in said:
        assert "waits" in text and "5" in text and "Drop this: encrypted" in text
