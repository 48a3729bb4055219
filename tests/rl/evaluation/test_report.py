"""The report of a run: what it says of models, and what it leaves open."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.report.page import SideBySide
from rewardsvc.report.statistics import Estimate
from rewardsvc.types import Components, Verdict
from rl.evaluation.answers import Evaluated
from rl.evaluation.curve import curve_points
from rl.evaluation.figures import Evaluations, difference, rewarded, right, verdict_on
from rl.evaluation.report import write
from rl.evaluation.shown import tasks_to_read
from rl.evaluation.suite import Decoding
from tests.rl.samples import faulty, row, scored

RIGHT, WRONG = scored(1.0), scored(0.5)


def answer(
    task: int, verdict: Verdict, number: int = 0, format: str = "compose", text: str = ""
) -> Evaluated:
    return Evaluated(f"task-{task}", format, f"topic-{task % 2}", number, verdict, text)


def greedy(**models: Sequence[Evaluated]) -> Evaluations:
    return {model: {Decoding.GREEDY: answers} for model, answers in models.items()}


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        (Components(1.0, 1.0, 0.2), True),
        (Components(1.0, 0.9, 1.0), False),
        (Components(0.5, 1.0, 1.0), False),
    ],
)
def test_fully_right_is_syntax_and_correctness(components: Components, expected: bool) -> None:
    assert answer(1, replace(WRONG, components=components)).right is expected


def test_a_report_compares_models_and_lists_unscored_apart(tmp_path: Path) -> None:
    sft = [answer(n, WRONG if n % 2 else RIGHT, text=f"from {n}") for n in range(20)]
    grpo = [answer(n, RIGHT if n else faulty(), text=f"`{n}` <b>") for n in range(20)]
    sampled = [answer(n, WRONG, number=k) for n in range(20) for k in range(2)]
    rewards = tmp_path / "rewards.jsonl"
    steps = [
        {"step": n, "reward": n / 10, "fully_right": 0.1, "unscored_share": 0.0} for n in (1, 2, 2)
    ]
    rewards.write_text("".join(json.dumps(step) + "\n" for step in steps) + '{"step": 4, "rew')
    evaluations: Evaluations = {
        "sft": {Decoding.GREEDY: sft, Decoding.SAMPLED: sampled},
        "grpo": {Decoding.GREEDY: grpo, Decoding.SAMPLED: sampled},
    }
    held_out = [row(n) for n in range(20)]
    written = write(tmp_path, evaluations, held_out, {"Tasks": "20"}, rewards)
    lines = {line.split("|")[1].strip(): line for line in written.table.splitlines() if "|" in line}
    assert "50% [" in lines["after SFT"] and "| 0.750 " in lines["after SFT"]
    assert "100% [" in lines["after GRPO"] and "TOOL_CRASHED x1" in lines["after GRPO"]
    assert "| 0% [0, 0]" in lines["after GRPO"]
    assert "greedy, fully right, paired over 19 tasks: +52.6 points [" in written.table
    assert "better" in written.table
    assert "sampled, fully right, paired over 20 tasks: +0.0 points" in written.table
    assert "not measurably different" in written.table
    assert written.curve is not None and written.curve.read_bytes().startswith(b"\x89PNG")
    markdown, html = written.markdown.read_text(), written.html.read_text()
    assert "topic-1" in markdown and "<td>after GRPO</td>" in html
    assert "from 1" in markdown and "`1` <b>" in markdown and "`1` &lt;b&gt;" in html
    assert held_out[1].instruction in markdown
    assert [point["step"] for point in curve_points(rewards)] == [1, 2]


def test_what_training_brought_is_shown_before_what_it_left() -> None:
    texts = {0: "learnt", 1: "never right", 2: "always right"}
    evaluations = greedy(
        base=[answer(n, RIGHT if n == 2 else WRONG, text=texts[n]) for n in range(3)],
        sft=[answer(n, WRONG if n == 1 else RIGHT, text=texts[n]) for n in range(3)],
        nearest=[answer(n, WRONG) for n in range(3)],
    )
    shown = tasks_to_read(evaluations, [row(n) for n in range(3)])
    assert [task.id for task, _ in shown] == ["task-0", "task-1", "task-2"]
    sides = shown[0][1]
    assert isinstance(sides, SideBySide)
    assert [(side.caption, side.text) for side in sides.sides] == [
        ("base", "learnt"),
        ("after SFT", "learnt"),
    ]
    assert [side.notes[0] for side in sides.sides] == ["reward 0.500", "reward 1.000, fully right"]


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
    results = greedy(sft=[answer(1, RIGHT)], grpo=[answer(2, WRONG)])
    before, after = (results[name][Decoding.GREEDY] for name in ("sft", "grpo"))
    assert difference(before, after, right).n == difference(before, after, rewarded).n == 0
    assert "paired" not in write(tmp_path, results, [], {}, tmp_path / "none").table


def test_a_report_of_answers_without_any_reward_has_no_mean(tmp_path: Path) -> None:
    written = write(tmp_path, greedy(base=[answer(1, faulty())]), [], {}, tmp_path / "none.jsonl")
    assert written.curve is None
    assert "| - " in written.table


def test_html_is_escaped(tmp_path: Path) -> None:
    odd = {"<b>": {Decoding.GREEDY: [answer(1, RIGHT, format="<i>")]}}
    written = write(tmp_path, odd, [], {"a": "<u>"}, tmp_path / "none")
    assert not {"<b>", "<i>", "<u>"} & set(written.html.read_text().replace(">", "> ").split())
