"""Records are a function of seed and position, and no two are near-duplicates."""

from dataclasses import dataclass

from datagen.brief import Brief, lit, need
from datagen.categories import CATEGORIES
from datagen.sources import TopicSource
from datagen.topic import Topic

RAY = next(topic for topic in CATEGORIES["mlops"].topics if topic.name == "ray-cluster")


@dataclass(frozen=True, slots=True)
class Small:
    a: int
    b: int
    c: int


SMALL = Topic(
    name="small",
    format="dockerfile",
    sample=lambda rng: Small(rng.randint(0, 2), rng.randint(0, 2), rng.randint(0, 2)),
    brief=lambda s: Brief(need(f"image {lit(str(s))}"), ()),
    answer=lambda s: f"FROM x{s.a}{s.b}{s.c}\n",
)


def test_a_record_does_not_depend_on_the_order_of_questions() -> None:
    forwards, backwards = TopicSource("mlops", RAY, 7), TopicSource("mlops", RAY, 7)
    expected = [forwards.record(index) for index in range(5)]
    assert [backwards.record(index) for index in (4, 3, 2, 1, 0)][::-1] == expected


def test_other_seeds_give_other_records() -> None:
    first, second = (TopicSource("mlops", RAY, seed).record(0) for seed in (1, 2))
    assert first is not None and second is not None
    assert first.provenance["spec"] != second.provenance["spec"]


def test_two_specifications_differ_in_two_fields_at_least() -> None:
    source = TopicSource("docker", SMALL, 0)
    specs: list[tuple[object, ...]] = []
    while (record := source.record(len(specs))) is not None:
        specs.append(tuple(record.provenance["spec"].values()))
    assert 3 <= len(specs) <= 9  # of 27; no more than 9 are pairwise two apart
    for index, one in enumerate(specs):
        for other in specs[:index]:
            assert sum(a != b for a, b in zip(one, other, strict=True)) >= 2


def test_a_space_that_is_used_up_ends() -> None:
    source = TopicSource("docker", SMALL, 0)
    assert source.record(100) is None
