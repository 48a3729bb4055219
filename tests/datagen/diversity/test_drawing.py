"""Which cell of the taxonomy each position has: by weight, empty ones first, the same each time."""

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen.categories import CATEGORIES
from datagen.diversity import Taxonomy, TaxonomyCell, cells_of, drawn_cells
from datagen.sources import TaxonomySource, TopicSource
from datagen.teachers.prompt import commission

TABLE = Taxonomy()
TOPIC = next(topic for topic in CATEGORIES["docker"].topics if topic.name == "go-static")
COUNTS = st.dictionaries(st.sampled_from(sorted(cells_of(TABLE))), st.integers(0, 20))


def drawn(
    count: int, had: dict[TaxonomyCell, int] | None = None, place: str = "0"
) -> list[TaxonomyCell]:
    return list(islice(drawn_cells(cells_of(TABLE), had or {}, place), count))


def test_every_cell_has_its_share_by_weight() -> None:
    weights = cells_of(TABLE)
    assert len(weights) == len(TABLE.difficulty) * len(TABLE.persona)
    found = Counter(drawn(int(sum(weights.values())) * 5))
    assert found == {cell: weight * 5 for cell, weight in weights.items()}


def test_equal_places_draw_equally_and_others_begin_elsewhere() -> None:
    assert drawn(40, place="7/a/x") == drawn(40, place="7/a/x")
    assert len({drawn(1, place=f"7/a/{topic}")[0] for topic in range(40)}) > 3


@given(had=COUNTS)
def test_a_cell_without_rows_comes_before_any_that_has_some(had: dict[TaxonomyCell, int]) -> None:
    empty = {cell for cell in cells_of(TABLE) if not had.get(cell)}
    first = drawn(len(empty), had)
    # Weights are 2 at most, and a cell with a row is due at three times its first turn.
    assert set(first) == empty or Counter(first).most_common(1)[0][1] == 1


def test_a_level_without_weight_is_left_out() -> None:
    cells = cells_of(TABLE, lambda level: 0.0 if level == "easy" else 3.0)
    assert {cell.difficulty for cell in cells} == {"medium", "hard"}


def test_a_model_is_told_the_words_of_the_cell_that_the_row_names() -> None:
    source = TaxonomySource(TopicSource("docker", TOPIC, 0), TABLE, cells_of(TABLE), {}, "0/m/x")
    for index in (3, 0, 3):
        record = source.record(index)
        assert record is not None
        cell = record.provenance["cell"]
        said = commission(record)
        assert TABLE.difficulty[cell["difficulty"]].words in said
        assert TABLE.persona[cell["persona"]].words in said
        others = [each for name, each in TABLE.persona.items() if name != cell["persona"]]
        assert not any(each.words in said for each in others)


def test_a_source_that_is_used_up_stays_so() -> None:
    class Empty:
        name, format = "none", "bash"

        def record(self, index: int) -> None:
            return None

    assert TaxonomySource(Empty(), TABLE, cells_of(TABLE), {}, "0").record(0) is None


@pytest.mark.parametrize(
    "said", [{"persona": {}}, {"persona": {"": "x"}}, {"difficulty": {"easy": ""}}]
)
def test_an_axis_has_values_with_names_and_words(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        Taxonomy.model_validate(said)
