"""Evaluation keeps every answer, goes on where it stopped, and tries again what was not scored."""

from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.types import ScoreRequest, Verdict
from rl import models
from rl.configs.loading import load_config
from rl.configs.sections import Config
from rl.data import Split
from rl.errors import TooManyUnscored
from rl.evaluation.answers import Evaluated, read
from rl.evaluation.sampler import evaluate
from rl.evaluation.suite import suites_of
from rl.models.policy import Policy
from rl.reward.scoring import ScoringThread
from rl.rollout.transformers import TransformersSampler
from tests.rl.samples import FaultyScorer, faulty, row, scored

ROWS = [row(n) for n in range(6)]
SPLIT = Split(train=(), test=tuple(ROWS), made_here=False)
CONFIG = load_config(
    "nano",
    [
        *("model.layers=1", "model.hidden=32", "model.heads=2", "model.min_chunk_count=2"),
        *("eval.max_completion_length=5", "eval.batch_size=4"),
        *("eval.samples_per_task=1", "eval.temperature=0"),
    ],
)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return models.base(CONFIG, ROWS)


def evaluated(
    policy: Policy, file: Path, faults: set[str], asked: list[str], config: Config
) -> list[Evaluated]:
    def answer(request: ScoreRequest) -> Verdict:
        asked.append(request.id)
        return faulty() if request.id in faults else scored(0.5, request.id)

    with ScoringThread(FaultyScorer(answer)) as scoring:
        return evaluate(
            TransformersSampler(policy),
            replace(suites_of(SPLIT, config)[-1], held_out=tuple(ROWS)),
            scoring,
            file,
            deadline_seconds=config.reward.deadline_seconds,
        )


def test_only_what_has_no_reward_is_tried_again(policy: Policy, tmp_path: Path) -> None:
    file, asked = tmp_path / "eval.jsonl", list[str]()
    first = evaluated(policy, file, {"task-1", "task-4"}, asked, CONFIG)
    assert [result.task for result in first if result.reward is None] == ["task-1", "task-4"]
    assert read(file) == first
    asked.clear()
    second = evaluated(policy, file, set(), asked, CONFIG)
    assert sorted(asked) == ["task-1", "task-4"]
    assert sorted(result.task for result in second) == [one.id for one in ROWS]
    assert {result.reward for result in second} == {0.5}


def test_a_line_cut_short_is_sampled_again(policy: Policy, tmp_path: Path) -> None:
    file, asked = tmp_path / "eval.jsonl", list[str]()
    evaluated(policy, file, set(), asked, CONFIG)
    whole = file.read_text()
    file.write_text(whole[:-40])
    asked.clear()
    evaluated(policy, file, set(), asked, CONFIG)
    assert asked == ["task-5"]
    assert file.read_text() == whole


def test_nothing_scored_is_an_error_and_not_a_mean_of_zero(policy: Policy, tmp_path: Path) -> None:
    everything = {one.id for one in ROWS}
    with pytest.raises(TooManyUnscored, match=r"all 6 answers.*TOOL_CRASHED: it crashed"):
        evaluated(policy, tmp_path / "eval.jsonl", everything, [], CONFIG)


def test_several_samples_of_a_task_differ(policy: Policy, tmp_path: Path) -> None:
    config = CONFIG.model_copy(
        update={"eval": CONFIG.eval.model_copy(update={"samples_per_task": 3, "temperature": 1.0})}
    )
    results = evaluated(policy, tmp_path / "eval.jsonl", set(), [], config)
    assert len(results) == 18
    texts = [line.split('"completion"')[1] for line in (tmp_path / "eval.jsonl").open()]
    assert len({text.split('"verdict"')[0] for text in texts}) > 6
