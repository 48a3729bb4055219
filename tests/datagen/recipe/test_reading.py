"""A recipe is read whole or refused with the place that is wrong; its shares come out as said."""

from collections import Counter
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from datagen.balance import round_robin, shared_out
from datagen.categories import CATEGORIES
from datagen.cli import main
from datagen.errors import WrongUsage
from datagen.journal import Journal
from datagen.pipeline.wanted import wanted_of
from datagen.recipe import Recipe, fingerprint, portions_of, read_recipe, write_starter
from datagen.sources import DealtSource, RecordSource, TopicSource
from rewardsvc.errors import InvalidFile
from rewardsvc.types import JsonValue

MODEL = "openai:m@http://127.0.0.1:9/v1"


def read(text: str, folder: Path) -> Recipe:
    path = folder / "r.yaml"
    path.write_text(text)
    return read_recipe(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("count: 3\ncategories: {docker: 1}\nrepair_turn: 1\n",
         "unknown key 'repair_turn'; did you mean 'repair_turns'? (at line 3)"),
        ("count: 3\ncategories:\n  dokcer: 1\n",
         "categories.dokcer: there is no such category; did you mean 'docker'? (at line 3)"),
        ("count: 3\ncategories:\n  docker:\n    topics: [go-statik]\n",
         "docker has no topic 'go-statik'; did you mean 'go-static'? (at line 4)"),
        ("count: 3\ncategories:\n  docker: {shar: 1}\n",
         "unknown key 'categories.docker.shar'; did you mean 'share'? (at line 3)"),
        ("count: 3\ncategories: {docker: 1}\nteachers:\n  gemini:x: 1\n",
         "'gemini:x' names no model"),
        ("categories: {docker: 1}\n", "how many pairs are wanted?"),
        ("count: 3\ncategories: {docker: {count: 4}}\n", "is 3, but categories ask for 4"),
        ("count: 3\ncategories: {docker: 0}\n", "greater than 0 (at line 2)"),
        ("count: 3\ncategories: {docker: 1}\ndecontaminate: {drop: true}\n",
         "nothing to compare with (at line 3)"),
        ("count: 3\ncategories: {docker: 1}\nexport:\n  shapes: [rl]\n  pass_rate: [0.1, 0.9]\n",
         "export.pass_rate: the rows of a run say none: measure them with `datagen difficulty`"),
        ("- a\n", "must be a mapping"),
        ("a: [\n", "is not YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(text, tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "r.yaml"))
    assert said in str(caught.value)


def test_shares_and_counts_add_up(tmp_path: Path) -> None:
    recipe = read(
        "count: 20\n"
        "categories: {docker: 2, cicd: 1, helm: {count: 5}}\n"
        f"teachers: {{builtin: 3, '{MODEL}': 1}}\n",
        tmp_path,
    )
    counts = {(each.category, each.teacher): each.count for each in portions_of(recipe)}
    assert counts == {
        ("docker", "builtin"): 8, ("docker", MODEL): 2,
        ("cicd", "builtin"): 4, ("cicd", MODEL): 1,
        ("helm", "builtin"): 4, ("helm", MODEL): 1,
    }  # fmt: skip


def test_the_documentation_teacher_has_its_part_where_it_knows_the_category(tmp_path: Path) -> None:
    recipe = read(
        "count: 20\ncategories: {docker: 1, terraform: 1}\nteachers: {builtin: 1, docs: 3}\n",
        tmp_path,
    )
    docker, builtin, docs = portions_of(recipe)
    assert (docker.category, docker.count, docker.weights) == ("docker", 10, (1.0,))
    assert (builtin.teacher, builtin.weights) == ("builtin", (1.0,))
    assert (docs.teacher, docs.topics) == ("docs", ())
    assert (builtin.count, docs.count) == (3, 7) or (builtin.count, docs.count) == (2, 8)
    with pytest.raises(InvalidFile, match="nobody is there for docker"):
        read("count: 2\ncategories: {docker: 1}\nteachers: {docs: 1}\n", tmp_path)
    with pytest.raises(InvalidFile, match="docs among the teachers has topics of its own"):
        read(
            "count: 2\ncategories: {terraform: {topics: [s3-bucket]}}\nteachers: {docs: 1}\n",
            tmp_path,
        )


def test_teachers_are_dealt_every_record_once() -> None:
    topic = next(topic for topic in CATEGORIES["docker"].topics if topic.name == "go-static")
    whole = TopicSource("docker", topic, 7)
    first, second = (DealtSource(whole, (2.0, 1.0), place) for place in range(2))
    dealt = [_id(first, index) for index in range(8)] + [_id(second, index) for index in range(4)]
    assert sorted(dealt) == sorted(_id(whole, index) for index in range(12))


def _id(source: RecordSource, index: int) -> str:
    record = source.record(index)
    assert record is not None
    return record.id


def test_weights_are_kept_at_every_moment() -> None:
    weights = (5.0, 3.0, 1.0)
    assert shared_out(10, weights) == [6, 3, 1]
    dealt = list(islice(round_robin(weights), 900))
    for number in range(1, 900):
        had = Counter(dealt[:number])
        assert all(abs(had[place] - number * each / 9) <= 1 for place, each in enumerate(weights))


def test_a_folder_depends_on_what_makes_rows_and_not_on_how_many(tmp_path: Path) -> None:
    first = read("count: 3\ncategories: {docker: 1}\n", tmp_path)
    more = read("count: 9\nbudget: 2\nconcurrency: 8\ncategories: {docker: 1}\n", tmp_path)
    other = read(f"count: 3\ncategories: {{docker: 1}}\nteachers: {{'{MODEL}': 1}}\n", tmp_path)
    assert fingerprint(first) == fingerprint(more)
    assert fingerprint(other)["teachers"] == {MODEL: 1.0}
    assert "system prompt" in fingerprint(other)


@pytest.mark.parametrize(
    ("had", "goes_on"),
    [({}, True), ({"taxonomy": None}, True), ({"taxonomy": {"persona": {}}}, False)],
)
def test_a_folder_that_drew_nothing_goes_on_where_nothing_is_drawn(
    had: dict[str, JsonValue], goes_on: bool, tmp_path: Path
) -> None:
    text = f"count: 3\ncategories: {{docker: 1}}\nteachers: {{'{MODEL}': 1}}\ntaxonomy: null\n"
    wanted = wanted_of(read(text, tmp_path), tmp_path)
    with Journal(tmp_path, {**wanted.belongs, **had}):
        pass
    refused = pytest.raises(WrongUsage, match=r"taxonomy was .* now null")
    for _ in range(2):
        with nullcontext() if goes_on else refused:
            Journal(tmp_path, wanted.belongs, formerly=wanted.formerly).__exit__(None, None, None)


def test_the_starter_is_a_recipe_and_never_written_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "recipe.yaml"
    write_starter(path)
    assert read_recipe(path).count == 24
    path.write_text("mine")
    result = CliRunner().invoke(main, ["init", str(path)])
    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert path.read_text() == "mine"
