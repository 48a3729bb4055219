"""A suite says what is asked before anything is sampled."""

import json
from dataclasses import replace

import pytest

from rewardsvc.types import Components, Verdict
from rl.configs.loading import load_config
from rl.data import Split
from rl.evaluation.suite import Decoding, Suite, suites_of
from rl.reward.verdicts import fully_right
from rl.rollout.base import Sampling
from tests.rl.samples import faulty, row, scored

SPLIT = Split(train=(row(0),), test=tuple(row(number) for number in range(1, 20)), made_here=False)
SETS = ["eval.tasks=4", "eval.samples_per_task=2", "eval.temperature=0.5", "seed=11"]


def sampled() -> Suite:
    _, suite = suites_of(SPLIT, load_config("nano", SETS))
    return suite


def test_models_are_asked_greedily_and_where_there_is_a_temperature_sampled_too() -> None:
    greedy, suite = suites_of(SPLIT, load_config("nano", SETS))
    assert (greedy.decoding, suite.decoding) == (Decoding.GREEDY, Decoding.SAMPLED)
    assert greedy.held_out == suite.held_out
    assert (len(greedy.samples), len(suite.samples)) == (4, 8)
    alone = ["eval.temperature=0", "eval.samples_per_task=1"]
    assert [each.decoding for each in suites_of(SPLIT, load_config("nano", [*SETS, *alone]))] == [
        Decoding.GREEDY
    ]


def test_each_held_out_task_that_is_taken_is_asked_as_often_as_is_declared() -> None:
    suite = sampled()
    assert len({task.id for task in suite.held_out}) == 4
    assert all(task in SPLIT.test for task in suite.held_out)
    assert [(task.id, number) for task, number in suite.samples] == [
        (task.id, number) for task in suite.held_out for number in (0, 1)
    ]


def test_each_batch_has_a_seed_of_its_own() -> None:
    suite = sampled()
    assert suite.sampling(0) == Sampling(temperature=0.5, max_new_tokens=200, seed=11)
    assert suite.sampling(60).seed == 71


def test_the_same_configuration_and_tasks_are_the_same_suite() -> None:
    config = load_config("nano", SETS)
    assert suites_of(replace(SPLIT, test=SPLIT.test[::-1]), config) == suites_of(SPLIT, config)
    assert suites_of(SPLIT, load_config("nano", [*SETS, "seed=12"])) != suites_of(SPLIT, config)


def test_it_is_declared_for_who_reads_the_run() -> None:
    suite = sampled()
    declared = json.loads(suite.to_json())
    assert declared["held_out"] == [task.id for task in suite.held_out]
    assert (declared["samples_per_task"], declared["seed"]) == (2, 11)
    assert declared["fully_right"] == {"status": "SCORED", "syntax": 1, "correctness": 1}


@pytest.mark.parametrize(
    ("verdict", "right"),
    [
        (scored(1.0), True),
        (replace(scored(0.7), components=Components(1.0, 1.0, 0.0)), True),
        (replace(scored(0.7), components=Components(1.0, 0.99, 1.0)), False),
        (replace(scored(0.7), components=Components(0.99, 1.0, 1.0)), False),
        (replace(scored(float("nan")), components=Components(1.0, 1.0, 1.0)), False),
        (faulty(), False),
    ],
)
def test_fully_right_is_scored_with_syntax_and_correctness(verdict: Verdict, right: bool) -> None:
    assert fully_right(verdict) is right
