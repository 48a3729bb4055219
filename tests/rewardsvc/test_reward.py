"""The reward rule: bounds, caps, and that doing better never earns less."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.reward import (
    DEFAULT_WEIGHTS,
    EMPTY_CAP,
    RULE_VERSION,
    UNPARSED_SYNTAX_CAP,
    components_of,
    lint_credit,
    partial_credit,
    reward_of,
    rule_of,
)
from rewardsvc.types import Component, Components, Stage, StageStatus

SYNTAX, CORRECTNESS, FORMAT = Component.SYNTAX, Component.CORRECTNESS, Component.FORMAT


def _stage(component: Component, score: float, skipped: bool = False) -> Stage:
    passed = StageStatus.PASSED if score == 1.0 else StageStatus.FAILED
    return Stage("stage", component, StageStatus.SKIPPED if skipped else passed, score)


def _components(
    *stages: Stage, parsed: bool = True, vacuous: bool = False, off: bool = False
) -> Components:
    return components_of(stages, parsed=parsed, vacuous=vacuous, off_task=off)


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([], (1.0, 1.0, 1.0)),
        ([(SYNTAX, 1.0), (CORRECTNESS, 1.0), (FORMAT, 1.0)], (1.0, 1.0, 1.0)),
        ([(SYNTAX, 0.5), (SYNTAX, 0.5)], (0.25, 0.0, 1.0)),
        ([(CORRECTNESS, 0.5), (CORRECTNESS, 0.5)], (1.0, 0.25, 1.0)),
        ([(FORMAT, 1.0), (FORMAT, 0.5)], (1.0, 1.0, 0.75)),
        ([(SYNTAX, 0.5)], (0.5, 0.0, 1.0)),
        ([(SYNTAX, 0.5), (CORRECTNESS, 1.0)], (0.5, 1.0, 1.0)),
    ],
)
def test_gates_multiply_and_habits_average(
    stages: list[tuple[Component, float]], expected: tuple[float, float, float]
) -> None:
    found = _components(*itertools.starmap(_stage, stages))
    assert (found.syntax, found.correctness, found.format) == pytest.approx(expected)


def test_a_skipped_stage_does_not_count() -> None:
    stages = [_stage(component, 0.0, skipped=True) for component in Component]
    assert _components(*stages) == Components(1.0, 1.0, 1.0)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -0.1, 1.1])
def test_a_score_that_is_none_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match=r"not in \[0, 1\]"):
        _components(_stage(FORMAT, score))


def test_valid_nonsense_earns_at_most_035() -> None:
    stages = [_stage(component, 1.0) for component in Component]
    for flags in ({"vacuous": True}, {"off": True}):
        reward = reward_of(_components(*stages, **flags), DEFAULT_WEIGHTS)
        assert reward == pytest.approx(0.35)


def test_what_does_not_parse_earns_little() -> None:
    found = _components(_stage(SYNTAX, 0.5), _stage(FORMAT, 1.0), parsed=False)
    assert found == Components(UNPARSED_SYNTAX_CAP, 0.0, EMPTY_CAP)


def test_weights_that_weigh_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to 0"):
        reward_of(Components(1.0, 1.0, 1.0), Components(0.0, 0.0, 0.0))


def test_the_rule_names_its_version_and_weights() -> None:
    rule = rule_of(DEFAULT_WEIGHTS)
    assert rule.version == RULE_VERSION
    assert rule.weights == Components(syntax=0.4, correctness=0.3, format=0.3)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_fewer_problems_never_score_lower(errors: int, warnings: int) -> None:
    assert partial_credit(0) == lint_credit(0, 0) == 1.0
    assert 0.0 < partial_credit(errors + 1) < partial_credit(errors) <= 1.0
    assert 0.0 < lint_credit(errors + 1, warnings) < lint_credit(errors, warnings + 1)
    assert lint_credit(errors, warnings + 1) < lint_credit(errors, warnings)


_STAGES = st.lists(
    st.builds(_stage, st.sampled_from(list(Component)), st.floats(0, 1), st.booleans()), max_size=8
)
_WEIGHTS = st.builds(Components, st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.01, 1))


@given(_STAGES, st.booleans(), st.booleans(), st.booleans(), _WEIGHTS)
def test_a_reward_is_a_share(
    stages: list[Stage], parsed: bool, vacuous: bool, off: bool, weights: Components
) -> None:
    components = _components(*stages, parsed=parsed, vacuous=vacuous, off=off)
    assert 0.0 <= reward_of(components, weights) <= 1.0 + 1e-9
    assert (
        reward_of(components, weights) <= reward_of(_components(*stages), weights) + 1e-9
    )  # a cap never raises


@given(_STAGES, st.integers(0, 7), st.floats(0, 1))
def test_a_better_stage_never_earns_less(stages: list[Stage], place: int, better: float) -> None:
    if place >= len(stages) or better < stages[place].score:
        return
    old = stages[place]
    new = Stage(old.name, old.component, old.status, better)
    improved = [*stages[:place], new, *stages[place + 1 :]]
    assert (
        reward_of(_components(*improved), DEFAULT_WEIGHTS)
        >= reward_of(_components(*stages), DEFAULT_WEIGHTS) - 1e-9
    )
