"""Cards name the licences of all whose rows there are."""

import pytest

from datagen.outputs.licences import licence_of, licences_in_words


@pytest.mark.parametrize(
    ("teachers", "name", "said"),
    [
        (["builtin"], "apache-2.0", ""),
        (["builtin", "docs"], "other", "MPL-2.0"),
        (["docs", "openai:gpt-5-mini"], "other", "MPL-2.0"),
        (["unknown"], "other", "terms of the providers"),
        (["collected"], "other", "the licences of the repositories"),
        (["builtin", "collected"], "other", "Apache-2.0, and the licences of the repositories"),
    ],
)
def test_a_licence_is_that_of_all_teachers(teachers: list[str], name: str, said: str) -> None:
    licence, words = licence_of(teachers)
    assert licence == name
    assert said in words
    assert ("pulumi-aws" in licences_in_words(teachers)) == ("docs" in teachers)
    assert ("licence of their repository" in licences_in_words(teachers)) == (
        "collected" in teachers
    )
