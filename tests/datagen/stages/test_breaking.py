"""A repair begins with a file that the tools find wrong, and ends with the one that was right."""

from dataclasses import replace
from random import Random

import pytest

from datagen.mistakes import mistakes_in
from datagen.stages.breaking import BrokenAnswer, worded
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from tests.datagen.curation.rows import topic_rows


@pytest.mark.parametrize(
    ("category", "topic"),
    [("docker", "go-static"), ("kubernetes", "rbac"), ("terraform", "s3-bucket")],
)
def test_each_mistake_changes_one_line_or_place_and_kinds_take_turns(
    category: str, topic: str
) -> None:
    (row,) = topic_rows(category, topic, count=1)
    found = list(mistakes_in(row.task, row.output, "7"))
    assert found == list(mistakes_in(row.task, row.output, "7"))
    assert found != list(mistakes_in(row.task, row.output, "8"))
    artifact = extract(row.output, row.task, FORMATS[row.format].verifier).artifact
    assert artifact is not None
    right = {file.path: file.text for file in artifact.files}
    assert all(dict(each.files) != right and set(dict(each.files)) == set(right) for each in found)
    assert len({each.files for each in found}) == len(found)
    kinds = {each.kind for each in found}
    assert {each.kind for each in found[: len(kinds)]} == kinds
    assert {"misspelled", "unclosed"} <= kinds


def test_a_request_quotes_the_first_one_and_what_was_seen() -> None:
    broken = BrokenAnswer(None, 0.2, ("line 3: no such key",), ("it listens on 8080",))
    for seed in range(20):
        words = worded("Make it listen on 8080.\n", broken, Random(seed))
        assert "Make it listen on 8080." in words
        assert "- line 3: no such key\n- not so: it listens on 8080" in words
    unsaid = replace(broken, said=())
    seen = [worded("Ask", unsaid, Random(seed)) for seed in range(60)]
    assert 10 < sum("- not so: it listens on 8080" in words for words in seen) < 55
    assert all("8080" not in words for words in seen if "not so" not in words)
