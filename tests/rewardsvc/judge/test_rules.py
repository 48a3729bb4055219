"""The judge's pure parts: rubric, votes, pairs."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.judge.base import MISSING, judgement_missing
from rewardsvc.judge.panelist import read_winner
from rewardsvc.judge.rubric import RUBRIC, Criterion, rating_schema, read_rating
from rewardsvc.judge.votes import (
    Preference,
    Vote,
    combined,
    median_level,
    preference_of,
    preference_of_panel,
    stage_of,
)
from rewardsvc.llm import ModelName, Price, TokenUsage, Unusable
from rewardsvc.types import StageStatus
from tests.rewardsvc.judge.judge_api import BEST, rating

FIT = RUBRIC[Criterion.INTENT_FIT]
WORDS = [level.word for level in FIT.levels]


def vote(word: str | None, judge: str = "openai:m", usage: TokenUsage | None = None) -> Vote:
    if word is None:
        return Vote(judge, None, "it hung", usage or TokenUsage())
    return Vote(judge, read_rating(rating(intent_fit=word)), usage=usage or TokenUsage())


# --- rubric -------------------------------------------------------------------------------------


def test_reasons_come_before_an_enumerated_level_with_descriptions() -> None:
    schema = rating_schema()
    assert list(schema["properties"]) == ["intent_fit", "clarity", "realism"]
    for name, rated in schema["properties"].items():
        assert list(rated["properties"]) == ["reasoning", "level"]
        assert rated["required"] == ["reasoning", "level"]
        level = rated["properties"]["level"]
        for each in RUBRIC[Criterion(name)].levels:
            assert each.word in level["enum"]
            assert f"{each.word}: {each.description}" in level["description"]


def test_levels_go_from_1_to_0() -> None:
    for scale in RUBRIC.values():
        scores = [level.score for level in scale.levels]
        assert scores == sorted(scores, reverse=True)
        assert (scores[0], scores[-1]) == (1.0, 0.0)


def test_an_answer_is_read() -> None:
    read = read_rating(rating(intent_fit="partly"))
    assert read[Criterion.INTENT_FIT].level.score == 0.5
    assert read[Criterion.CLARITY].reasoning == "because of clarity"


def changed(**changes: Any) -> str:
    return json.dumps({**json.loads(rating()), **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "full",
        "I would say 5/5",
        rating()[:40],
        f"```json\n{rating()}\n```",
        rating() + rating(),
        changed(intent_fit="full"),
        changed(intent_fit={"level": "full"}),
        changed(intent_fit={"reasoning": "x", "level": 5}),
        changed(intent_fit={"reasoning": "x", "level": "Full"}),
        changed(intent_fit={"reasoning": "x", "level": "excellent"}),
        changed(intent_fit={"reasoning": "x", "level": "production"}),
        changed(intent_fit={"reasoning": "x", "level": "full", "score": 1}),
        changed(overall="full"),
        json.dumps(
            {name: level for name, level in json.loads(rating()).items() if name != "realism"}
        ),
        "null",
        "[]",
        '{"intent_fit": NaN}',
    ],
)
def test_what_is_not_exactly_an_answer_is_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        read_rating(text)


@pytest.mark.parametrize("text", ["first", '{"winner": "first"}', '{"reasoning": "", "winner": 1}'])
def test_a_comparison_that_is_none_is_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        read_winner(text)
    with pytest.raises(Unusable, match="no winner 'A'"):
        read_winner('{"reasoning": "", "winner": "A"}')


# --- votes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "panel"),
    [
        (["full"], "full"),
        (["full", "none"], "none"),
        (["full", "full", "none"], "full"),
        (["none", "partly", "full"], "partly"),
        (["full", "nearly", "barely", "none"], "barely"),
        (["full", "full", None], "full"),
        (["full", None], None),
        (["full", None, None], None),
        ([None], None),
    ],
)
def test_the_panel_speaks_where_more_than_half_voted(
    words: list[str | None], panel: str | None
) -> None:
    levels = combined([vote(word) for word in words])
    assert (levels[Criterion.INTENT_FIT].word if levels else None) == panel


@given(st.lists(st.sampled_from(FIT.levels), min_size=1, max_size=9), st.randoms())
def test_the_median_is_a_level_that_somebody_named_whatever_the_order(
    levels: list[Any], random: Any
) -> None:
    found = median_level(levels)
    assert found in levels
    random.shuffle(levels)
    assert median_level(levels) == found
    better = sum(level.score > found.score for level in levels)
    assert better <= len(levels) / 2


@given(
    st.lists(st.sampled_from([*WORDS, None]), min_size=1, max_size=7),
    st.integers(0, 6),
    st.sampled_from(WORDS),
)
def test_a_better_vote_never_lowers_the_score(
    words: list[str | None], place: int, word: str
) -> None:
    place %= len(words)
    if words[place] is None or WORDS.index(word) > WORDS.index(str(words[place])):
        return
    before = stage_of([vote(each) for each in words], 0.0)
    after = stage_of([vote(each) for each in [*words[:place], word, *words[place + 1 :]]], 0.0)
    assert after.score >= before.score


@pytest.mark.parametrize("word", WORDS)
def test_the_stage_is_worth_what_the_level_is(word: str) -> None:
    stage = stage_of([vote(word)], 1.5)
    assert stage.score == FIT.level(word).score
    assert stage.status is (StageStatus.PASSED if word == "full" else StageStatus.FAILED)
    assert stage.seconds == 1.5
    assert not judgement_missing([stage])


def test_votes_and_costs_are_told_and_only_a_known_price_is_a_sum() -> None:
    priced = TokenUsage.of((1_000_000, 200_000), Price(2.0, 10.0), paid=True)
    stage = stage_of(
        [
            vote("full", "openai:a", priced),
            vote("partly", "anthropic:b", TokenUsage.of((7, 3), None, paid=True)),
            vote("full", "openai:c", TokenUsage.of((7, 3), Price(1.0, 1.0), paid=False)),
            vote(None, "openai:d"),
        ],
        0.0,
    )
    told = {(found.code, found.message) for found in stage.diagnostics}
    words = "clarity clear, realism production: because of intent_fit"
    assert ("vote", f"openai:a: intent_fit full, {words}") in told
    assert ("vote", f"anthropic:b: intent_fit partly, {words}") in told
    assert ("vote", "openai:d: no vote: it hung") in told
    assert ("cost", "openai:a: 1000000 input and 200000 output tokens, $4.000000") in told
    assert ("cost", "anthropic:b: 7 input and 3 output tokens") in told
    assert ("cost", "openai:c: 7 input and 3 output tokens, $0.000010, paid before") in told


def test_a_missing_judgement_is_skipped_and_says_why() -> None:
    stage = stage_of([vote(None), vote("full")], 0.0)
    assert (stage.status, stage.score) == (StageStatus.SKIPPED, 0.0)
    assert judgement_missing([stage])
    (why,) = (found.message for found in stage.diagnostics if found.code == MISSING)
    assert why.startswith("1 of 2 judges voted, more than half must: it hung")


def test_clarity_and_realism_cost_nothing() -> None:
    poor = read_rating(rating(clarity="confusing", realism="toy"))
    assert stage_of([Vote("openai:m", poor)], 0.0).score == 1.0
    assert set(BEST) == {criterion.value for criterion in Criterion}


# --- pairs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forward", "backward", "preference"),
    [
        ("first", "second", Preference.FIRST),
        ("second", "first", Preference.SECOND),
        ("tie", "tie", Preference.TIE),
        ("first", "first", Preference.INCONSISTENT),
        ("second", "second", Preference.INCONSISTENT),
        ("first", "tie", Preference.INCONSISTENT),
        ("tie", "second", Preference.INCONSISTENT),
        (None, "second", Preference.MISSING),
        ("first", None, Preference.MISSING),
    ],
)
def test_only_a_win_in_both_orders_counts(
    forward: str | None, backward: str | None, preference: Preference
) -> None:
    assert preference_of(forward, backward) is preference


def test_exchanging_the_two_exchanges_the_winner() -> None:
    mirrored = {Preference.FIRST: Preference.SECOND, Preference.SECOND: Preference.FIRST}
    for there, back in itertools.product(("first", "second", "tie", None), repeat=2):
        found = preference_of(there, back)
        assert preference_of(back, there) is mirrored.get(found, found)


@pytest.mark.parametrize(
    ("said", "panel"),
    [
        (["first"], Preference.FIRST),
        (["first", "first", "second"], Preference.FIRST),
        (["first", "second"], Preference.INCONSISTENT),
        (["first", "inconsistent", "tie"], Preference.INCONSISTENT),
        (["first", "first", "missing"], Preference.FIRST),
        (["first", "missing"], Preference.MISSING),
    ],
)
def test_a_panel_prefers_what_more_than_half_prefer(said: list[str], panel: Preference) -> None:
    assert preference_of_panel([Preference(each) for each in said]) is panel


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("openai:gpt-x", ModelName("openai", "gpt-x")),
        ("openai:ft:a:b", ModelName("openai", "ft:a:b")),
        ("openai:q@http://h:1/v1", ModelName("openai", "q", "http://h:1/v1")),
        ("anthropic:c@20250101", ModelName("anthropic", "c@20250101")),
    ],
)
def test_a_name_has_its_parts(name: str, parts: ModelName) -> None:
    assert ModelName.parse(name) == parts


@pytest.mark.parametrize("name", ["", "gpt-x", "openai:", "gemini:x", "builtin"])
def test_a_name_that_names_nobody_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="use openai:MODEL"):
        ModelName.parse(name)
