"""The benchmark: apart from whatever is trained on, and the same each time it is made."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from datagen.categories import CATEGORIES
from datagen.cli import main
from datagen.pipeline.benching import sizes_of
from datagen.pipeline.planning import chosen_topics, sources_of
from datagen.portion import Portion
from datagen.sources import BenchSource, TopicSource
from datagen.sources.topics import BENCH_SIZES, RESERVED
from datagen.topic import Topic
from rewardsvc.tasks import read_tasks

GO = next(topic for topic in CATEGORIES["docker"].topics if topic.name == "go-static")


def specs(source: BenchSource | TopicSource, count: int) -> list[tuple[Any, ...]]:
    records = [source.record(index) for index in range(count)]
    return [tuple(each.provenance["spec"].values()) for each in records if each is not None]


def differing(one: Sequence[object], other: Sequence[object]) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("seed", [0, 7])
def test_no_seed_trains_on_what_is_nearly_a_task_of_the_benchmark(seed: int) -> None:
    benched, trained = (
        specs(BenchSource("docker", GO), 999),
        specs(TopicSource("docker", GO, seed), 150),
    )
    assert (len(benched), len(trained)) == (RESERVED, 150)
    assert min(differing(one, other) for one in benched for other in trained) >= 2


def test_a_topic_for_the_benchmark_alone_has_no_end_there() -> None:
    assert len(specs(BenchSource("docker", replace(GO, bench_only=True)), 50)) == 50


def alone(monkeypatch: pytest.MonkeyPatch, topic: Topic[Any]) -> None:
    docker = CATEGORIES["docker"]
    topics = tuple(replace(each, bench_only=each.name == topic.name) for each in docker.topics)
    monkeypatch.setitem(CATEGORIES, "docker", replace(docker, topics=topics))


def test_training_is_refused_a_topic_for_the_benchmark_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alone(monkeypatch, GO)
    (sources,) = sources_of([Portion(category="docker", count=9)], 7, tmp_path)
    assert GO.name not in {source.name for source in sources}
    assert GO.name not in chosen_topics("docker", None, tools=tmp_path)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("count: 3\ncategories: {docker: {topics: [go-static]}}\n")
    synth = ["synth", "--category", "docker", "--topics", "go-static"]
    for arguments in (synth, ["run", str(recipe)]):
        refused = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "out")])
        assert refused.exit_code == 2
        assert "go-static" in refused.stderr and "for the benchmark alone" in refused.stderr


@pytest.mark.parametrize("category", sorted(BENCH_SIZES.keys() & CATEGORIES.keys()))
def test_a_fifth_of_a_categorys_topics_is_for_the_benchmark_alone(category: str) -> None:
    topics = CATEGORIES[category].topics
    assert 5 * sum(topic.bench_only for topic in topics) >= len(topics)


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["bench", *arguments])


def test_it_is_made_verified_and_the_same_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(BENCH_SIZES, "docker", 16)
    first, again = tmp_path / "first", tmp_path / "again"
    for folder in (first, again):
        made = bench("--category", "docker", "--out", str(folder))
        assert made.exit_code == 0, made.stderr
    rows = list(read_tasks(first / "tasks.jsonl"))
    assert len(rows) == 16
    assert {row.split for row in rows} == {"test"}
    assert not (first / "rejected.jsonl").read_text()
    said = json.loads((first / "bench.json").read_text())
    assert said["tasks"] == sum(said["categories"]["docker"]["topics"].values()) == len(rows)
    for file in ("tasks.jsonl", "bench.json", "README.md"):
        assert (first / file).read_bytes() == (again / file).read_bytes()


def test_a_category_without_topics_is_named() -> None:
    sizes, lacking = sizes_of(())
    assert sizes.keys() | set(lacking) == BENCH_SIZES.keys()
    for name in lacking:
        assert name in bench("--category", name).stderr
    assert "cooking" in bench("--category", "cooking").stderr
