"""Means, intervals and the report that they go into."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.types import Components, Verdict
from rl import report
from rl.evaluation import Evaluated
from rl.statistics import mean_interval, paired_difference, task_means
from tests.rl.samples import faulty, scored

unit = st.floats(0, 1)


def answer(task: int, verdict: Verdict, number: int = 0, format: str = "compose") -> Evaluated:
    return Evaluated(f"t{task}", format, f"topic-{task % 2}", number, verdict)


@given(st.lists(unit, min_size=1, max_size=40))
def test_an_interval_holds_its_mean_and_stays_between_the_extremes(values: list[float]) -> None:
    interval = mean_interval(values)
    slack = 1e-9
    assert min(values) - slack <= interval.low <= interval.mean + slack
    assert interval.mean - slack <= interval.high <= max(values) + slack


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    import numpy as np

    draws = np.random.default_rng(3).uniform(size=(200, 60))
    covered = sum(
        interval.low <= 0.5 <= interval.high
        for interval in (mean_interval(list(draw), seed=1) for draw in draws)
    )
    assert 180 <= covered <= 199


def test_more_samples_of_one_task_do_not_narrow_the_interval() -> None:
    once = [("a", 0.0), ("b", 1.0), ("c", 0.5)]
    assert task_means(once) == task_means(once * 50)


def test_unscored_samples_count_nowhere() -> None:
    assert task_means([("a", None), ("a", 1.0), ("b", None)]) == {"a": 1.0}


@given(st.lists(unit, min_size=2, max_size=30), st.floats(0.1, 0.5))
def test_a_constant_gain_is_seen_however_much_tasks_differ(
    values: list[float], gain: float
) -> None:
    before = {str(n): value for n, value in enumerate(values)}
    after = {task: value + gain for task, value in before.items()}
    change = paired_difference(before, after)
    assert change.low == pytest.approx(gain)
    assert report.verdict_on(change) == "better"


def test_only_tasks_scored_both_times_are_compared() -> None:
    change = paired_difference({"a": 0.0, "b": 1.0}, {"a": 0.5, "c": 0.0})
    assert change.mean == 0.5


@pytest.mark.parametrize(
    ("components", "valid"),
    [
        (Components(1.0, 1.0, 0.2), True),
        (Components(1.0, 0.9, 1.0), False),
        (Components(0.5, 1.0, 1.0), False),
    ],
)
def test_fully_valid_is_syntax_and_correctness(components: Components, valid: bool) -> None:
    assert answer(1, replace(scored(0.5), components=components)).valid is valid


def test_a_report_compares_models_and_lists_unscored_apart(tmp_path: Path) -> None:
    sft = [answer(n, scored(0.5 if n % 2 else 1.0)) for n in range(10)]
    grpo = [answer(n, scored(1.0) if n else faulty()) for n in range(10)]
    rewards = tmp_path / "rewards.jsonl"
    steps = [{"step": n, "reward": n / 10, "unscored_share": 0.0} for n in (1, 2, 2, 3)]
    rewards.write_text("".join(json.dumps(step) + "\n" for step in steps) + '{"step": 4, "rew')
    written = report.write(tmp_path, {"sft": sft, "grpo": grpo}, {"Tasks": "10"}, rewards)
    lines = {line.split("|")[1].strip(): line for line in written.table.splitlines() if "|" in line}
    assert "0.750 [" in lines["after SFT"] and "50%" in lines["after SFT"]
    assert "1.000 [" in lines["after GRPO"] and "TOOL_CRASHED x1" in lines["after GRPO"]
    assert "better" in written.table
    assert written.curve is not None and written.curve.read_bytes().startswith(b"\x89PNG")
    assert "topic-1" in written.markdown.read_text()
    assert "<td>after GRPO</td>" in written.html.read_text()
    assert [point["step"] for point in report.curve_points(rewards)] == [1, 2, 3]


def test_a_report_of_answers_without_any_reward_has_no_mean(tmp_path: Path) -> None:
    written = report.write(tmp_path, {"base": [answer(1, faulty())]}, {}, tmp_path / "none.jsonl")
    assert written.curve is None
    assert "| - " in written.table


def test_html_is_escaped(tmp_path: Path) -> None:
    written = report.write(
        tmp_path, {"<b>": [answer(1, scored(1.0), format="<i>")]}, {"a": "<u>"}, tmp_path / "none"
    )
    assert not {"<b>", "<i>", "<u>"} & set(written.html.read_text().replace(">", "> ").split())
