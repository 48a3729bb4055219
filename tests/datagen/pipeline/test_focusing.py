"""``--focus`` as it is used: a file says of what there is to be more."""

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from datagen.balance import EQUAL, Precedence, quotas
from datagen.cli import main
from datagen.diversity import Taxonomy
from datagen.pipeline.planning import Aim, sources_of
from datagen.portion import Portion
from datagen.recipe import portions_of, read_recipe
from rewardsvc.focus import Focus, FocusWeight, focus_to_json
from rewardsvc.tasks import read_tasks

LIMITS = st.lists(st.one_of(st.none(), st.integers(0, 40)), min_size=1, max_size=8)
SHARES = st.builds(Precedence, st.sampled_from([0.0, 0.5, 1.0, 3.0]), st.integers(0, 30))


def focus_of(*weights: FocusWeight) -> Focus:
    return Focus(version=1, weights=weights)


@given(count=st.integers(0, 200), limits=LIMITS, data=st.data())
def test_shares_by_precedence_add_up_and_grow_with_the_count(
    count: int, limits: list[int | None], data: st.DataObject
) -> None:
    given_ = data.draw(st.lists(SHARES, min_size=len(limits), max_size=len(limits)))
    shares = quotas(count, limits, given_)
    able = [
        limit if each.weight or all(one == EQUAL for one in given_) else 0
        for limit, each in zip(limits, given_, strict=True)
    ]
    most = sum(limit for limit in able if limit is not None)
    assert sum(shares) == (count if None in able else min(count, most))
    more = quotas(count + 7, limits, given_)
    assert all(few <= many for few, many in zip(shares, more, strict=True))


def test_shares_are_by_weight_and_what_was_had_counts() -> None:
    assert quotas(8, [None, None], [Precedence(3.0), EQUAL]) == [6, 2]
    assert quotas(6, [None, None], [Precedence(had=4), EQUAL]) == [1, 5]


def test_a_category_has_its_share_times_its_weight(tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text("count: 40\ncategories: {docker: 1, kubernetes: 1, cicd: {count: 10}}\n")
    focus = focus_of(
        FocusWeight(category="docker", weight=2), FocusWeight(category="cicd", weight=9)
    )
    counts = {each.category: each.count for each in portions_of(read_recipe(recipe), focus)}
    assert counts == {"docker": 20, "kubernetes": 10, "cicd": 10}


def test_a_level_of_difficulty_has_its_share_times_its_weight() -> None:
    focus = focus_of(
        FocusWeight(category="docker", difficulty="easy", weight=0),
        FocusWeight(category="docker", difficulty="hard", weight=2),
    )
    portion = Portion(category="docker", topics=("go-static",), teacher="openai:m", count=8)
    ((source,),) = sources_of([portion], 0, Path(), Aim(Taxonomy(), focus))
    records = [source.record(index) for index in range(24)]
    levels = Counter(each.provenance["cell"]["difficulty"] for each in records if each)
    assert levels == {"medium": 12, "hard": 12}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "r.yaml"
    path.write_text(
        "count: 4\ncategories: {docker: {topics: [go-static, node-multi-stage, "
        "static-site-image]}}\n"
    )
    return path


def run(recipe: Path, out: Path, *weights: FocusWeight) -> Result:
    focus = recipe.parent / "focus.json"
    focus.write_text(focus_to_json(weights))
    command = ["run", str(recipe), "--focus", str(focus), "--out", str(out)]
    return CliRunner().invoke(main, command)


def test_a_run_makes_more_of_what_the_file_names_and_belongs_to_it(
    recipe: Path, tmp_path: Path
) -> None:
    weights = (
        FocusWeight(category="docker", topic="go-static", weight=3),
        FocusWeight(category="docker", topic="static-site-image", weight=0),
        FocusWeight(category="docker", topic="java-multi-stage", weight=5),  # the benchmark's
        FocusWeight(category="helm", topic="anything", weight=5),  # not in this recipe
    )
    out = tmp_path / "out"
    result = run(recipe, out, *weights)
    assert result.exit_code == 0, result.stderr
    assert Counter(row.topic for row in read_tasks(out / "tasks.jsonl")) == {
        "go-static": 3,
        "node-multi-stage": 1,
    }
    assert "focus: nothing is made of docker/java-multi-stage" in result.stderr
    assert "helm" not in result.stderr
    other = run(recipe, out, weights[0])
    assert other.exit_code == 2
    assert "focus was " in other.stderr


def test_a_focus_that_leaves_nothing_is_refused(recipe: Path, tmp_path: Path) -> None:
    for weight, said in [
        (FocusWeight(category="docker", weight=0), "all have the weight 0"),
        (FocusWeight(category="docker", format="dockerfile", weight=0), "every topic of docker"),
    ]:
        result = run(recipe, tmp_path / "out", weight)
        assert result.exit_code == 2
        assert said in " ".join(result.stderr.split())
        assert not (tmp_path / "out").exists()


def test_synth_takes_one_too(tmp_path: Path) -> None:
    focus = tmp_path / "focus.yaml"
    said = {"category": "docker", "topic": "go-static", "weight": 3}
    focus.write_text(json.dumps({"version": 1, "weights": [said]}))
    out = tmp_path / "out"
    command = ["synth", "--category", "docker", "--topics", "go-static,node-multi-stage"]
    command += ["--count", "4", "--focus", str(focus), "--out", str(out)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    assert Counter(row.topic for row in read_tasks(out / "tasks.jsonl"))["go-static"] == 3
