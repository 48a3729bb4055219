"""The report of a run: what it says of models, and what it leaves open."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.report.statistics import Estimate
from rewardsvc.types import Components, Verdict
from rl.evaluation.answers import Evaluated
from rl.evaluation.curve import curve_points
from rl.evaluation.figures import difference, verdict_on
from rl.evaluation.report import write
from tests.rl.samples import faulty, scored


def answer(task: int, verdict: Verdict, number: int = 0, format: str = "compose") -> Evaluated:
    return Evaluated(f"t{task}", format, f"topic-{task % 2}", number, verdict)


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
    written = write(tmp_path, {"sft": sft, "grpo": grpo}, {"Tasks": "10"}, rewards)
    lines = {line.split("|")[1].strip(): line for line in written.table.splitlines() if "|" in line}
    assert "0.750 [" in lines["after SFT"] and "50%" in lines["after SFT"]
    assert "1.000 [" in lines["after GRPO"] and "TOOL_CRASHED x1" in lines["after GRPO"]
    assert "better" in written.table
    assert written.curve is not None and written.curve.read_bytes().startswith(b"\x89PNG")
    assert "topic-1" in written.markdown.read_text()
    assert "<td>after GRPO</td>" in written.html.read_text()
    assert [point["step"] for point in curve_points(rewards)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Estimate(0.2, 0.1, 0.3, 9), "better"),
        (Estimate(-0.2, -0.3, -0.1, 9), "worse"),
        (Estimate(0.2, -0.1, 0.5, 9), "not measurably different"),
        (Estimate(0.2, None, None, 1), "not measurably different"),
    ],
)
def test_a_difference_in_words(change: Estimate, words: str) -> None:
    assert verdict_on(change) == words


def test_models_that_share_no_scored_task_are_not_compared(tmp_path: Path) -> None:
    results = {"sft": [answer(1, scored(1.0))], "grpo": [answer(2, scored(0.5))]}
    assert difference(results["sft"], results["grpo"]).n == 0
    assert "paired" not in write(tmp_path, results, {}, tmp_path / "none").table


def test_a_report_of_answers_without_any_reward_has_no_mean(tmp_path: Path) -> None:
    written = write(tmp_path, {"base": [answer(1, faulty())]}, {}, tmp_path / "none.jsonl")
    assert written.curve is None
    assert "| - " in written.table


def test_html_is_escaped(tmp_path: Path) -> None:
    written = write(
        tmp_path, {"<b>": [answer(1, scored(1.0), format="<i>")]}, {"a": "<u>"}, tmp_path / "none"
    )
    assert not {"<b>", "<i>", "<u>"} & set(written.html.read_text().replace(">", "> ").split())
