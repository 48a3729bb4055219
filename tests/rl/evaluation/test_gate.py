"""Comparing two evaluations, and holding one against limits."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rewardsvc.types import Verdict
from rl.cli import main
from rl.evaluation.answers import AnswerCost, Evaluated, answer_to_json
from rl.evaluation.asked import asked_of, asked_to_json
from tests.rl.samples import faulty, row, scored

RIGHT, WRONG = scored(1.0), scored(0.5)
COUNT = 24


def evaluation(folder: Path, **models: list[Verdict]) -> Path:
    """A folder as `rl eval` leaves it; half of the tasks are about terraform."""
    (folder / "eval").mkdir(parents=True)
    rows = [replace(row(n), category="terraform" if n % 2 else "docker") for n in range(COUNT)]
    asked = "".join(f"{asked_to_json(asked_of(each))}\n" for each in rows)
    (folder / "asked.jsonl").write_text(asked)
    for name, verdicts in models.items():
        lines = [
            answer_to_json(
                Evaluated(
                    f"task-{n}",
                    "dockerfile",
                    f"topic-{n % 4}",
                    0,
                    verdict,
                    f"{name} {n}",
                    AnswerCost(0.5 + n / 10, 10, 20),
                )
            )
            for n, verdict in enumerate(verdicts)
        ]
        (folder / "eval" / f"{name}.greedy.jsonl").write_text("".join(f"{x}\n" for x in lines))
    return folder


def rl(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_what_got_better_for_sure_is_told_with_the_tasks(tmp_path: Path) -> None:
    before = [RIGHT if n < 6 else WRONG for n in range(COUNT)]
    after = [WRONG if n == 0 else RIGHT for n in range(COUNT - 1)] + [faulty()]
    folder = evaluation(tmp_path / "both", sft=before, grpo=after)
    page = tmp_path / "page.html"
    done = rl("compare", f"{folder}:sft", f"{folder}:grpo", "--out", page)
    assert done.exit_code == 0, done.output
    assert "paired over 23 tasks: +69.6 points" in done.output
    # Of 18 tasks that differ one or fewer fell, or rose: 2 (1 + 18) / 2^18.
    assert "better (sign test p = 0.000145; 17 better, 1 worse)" in done.output
    assert "worse: task-0" in done.output
    html = page.read_text()
    assert "What got worse" in html
    assert "-sft 0" in html
    assert "+grpo 0" in html
    back = rl("compare", folder / "eval" / "grpo.greedy.jsonl", f"{folder}:sft")
    assert "-69.6 points" in back.output
    assert ": worse (" in back.output


def test_a_difference_of_chance_is_none(tmp_path: Path) -> None:
    first = [RIGHT if n % 2 else WRONG for n in range(COUNT)]
    second = [RIGHT if n % 2 == 0 or n == 1 else WRONG for n in range(COUNT)]
    one, other = evaluation(tmp_path / "a", m=first), evaluation(tmp_path / "b", m=second)
    assert "not measurably different" in rl("compare", one, other).output


def test_what_cannot_be_compared_is_named(tmp_path: Path) -> None:
    folder = evaluation(tmp_path / "both", sft=[RIGHT], grpo=[RIGHT])
    several = rl("compare", folder, folder)
    assert several.exit_code == 2
    assert f"name one: {folder}:grpo, {folder}:sft" in several.output
    assert rl("compare", tmp_path, folder).exit_code == 2
    missing = rl("compare", f"{folder}:dpo", folder)
    assert "no answers of 'dpo', only of grpo, sft" in missing.output


LIMITS = """
limits:
  - {figure: fully_right, at_least: 0.5}
  - {figure: fully_right, at_least: 0.9, bound: low}
  - {figure: fully_right, at_least: 0.9, where: {category: terraform}}
  - {figure: unscored, at_most: 0.02}
  - {figure: slowest_seconds, at_most: 3}
  - {figure: fully_right, against: "AGAINST", at_least: -0.02, bound: low}
  - {figure: right_at_k, decoding: sampled, at_least: 0.1}
"""


def test_a_gate_names_what_fails_and_keeps_all_results(tmp_path: Path) -> None:
    verdicts = [RIGHT if n % 2 else WRONG for n in range(COUNT)]
    last = evaluation(tmp_path / "last", m=verdicts)
    folder = evaluation(tmp_path / "now", m=[faulty(), *verdicts[1:]])
    limits = tmp_path / "limits.yaml"
    limits.write_text(LIMITS.replace("AGAINST", str(last)))
    done = rl("gate", folder, "--limits", limits)
    assert done.exit_code == 1, done.output
    failed = [line for line in done.output.splitlines() if line.startswith("not kept: ")]
    assert [line.split(": ")[2].split(",")[0] for line in failed] == [
        "fully_right (low)",
        "unscored",
        "right_at_k",
    ]
    assert failed[-1].endswith("nothing to measure")
    kept = json.loads((folder / "gate.json").read_text())
    assert kept["passed"] is False
    assert len(kept["results"]) == 7
    limits.write_text("limits: [{figure: fully_right, at_least: 0.5}]")
    assert rl("gate", folder, "--limits", limits).exit_code == 0
    assert json.loads((folder / "gate.json").read_text())["passed"] is True


def test_an_evaluation_that_is_not_whole_keeps_no_limit(tmp_path: Path) -> None:
    folder = evaluation(tmp_path / "now", m=[RIGHT] * (COUNT - 1))  # the last is of terraform
    limits = tmp_path / "limits.yaml"
    limits.write_text("limits: [{figure: fully_right, at_least: 0.5}]")
    done = rl("gate", folder, "--limits", limits)
    assert done.exit_code == 1, done.output
    assert "1 answers are missing" in done.output
    assert json.loads((folder / "gate.json").read_text())["results"][0]["missing"] == 1
    docker = "limits: [{figure: fully_right, at_least: 0.5, where: {category: docker}}]"
    limits.write_text(docker)
    assert rl("gate", folder, "--limits", limits).exit_code == 0
    whole = evaluation(tmp_path / "whole", m=[RIGHT] * COUNT)
    limits.write_text(f"limits: [{{figure: reward, at_least: 0, against: {folder}}}]")
    assert "1 answers are missing" in rl("gate", whole, "--limits", limits).output


def test_a_run_wants_as_many_samples_as_its_suite_declares(tmp_path: Path) -> None:
    folder = evaluation(tmp_path / "run", m=[RIGHT] * COUNT)
    (folder / "asked.jsonl").unlink()  # a run keeps none
    answers = folder / "eval" / "m.greedy.jsonl"
    answers.rename(folder / "eval" / "m.sampled.jsonl")
    suite = {"held_out": ["task-0"], "samples_per_task": 3, "temperature": 1.0, "seed": 0}
    (folder / "eval" / "suite.sampled.json").write_text(json.dumps(suite))
    limits = tmp_path / "limits.yaml"
    limits.write_text("limits: [{figure: right_at_k, decoding: sampled, at_least: 0.1}]")
    assert "2 answers are missing" in rl("gate", folder, "--limits", limits).output


@pytest.mark.parametrize(
    ("bound", "measured"), [("low", 0.0074), ("value", 1 / COUNT), ("high", 0.2024)]
)
def test_a_share_is_held_by_the_end_of_its_interval(
    bound: str, measured: float, tmp_path: Path
) -> None:
    """Wilson's, of 1 in 24."""
    folder = evaluation(tmp_path / "now", m=[faulty(), *[RIGHT] * (COUNT - 1)])
    limits = tmp_path / "limits.yaml"
    limits.write_text(f"limits: [{{figure: unscored, at_most: 0.1, bound: {bound}}}]")
    done = rl("gate", folder, "--limits", limits)
    (result,) = json.loads((folder / "gate.json").read_text())["results"]
    assert result["measured"] == pytest.approx(measured, abs=1e-4)
    assert done.exit_code == (1 if bound == "high" else 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("limits: []", "limits.yaml"),
        ("limits: [{figure: fully_right}]", "give at_least or at_most"),
        ("limits: [{figure: fullyright, at_least: 1}]", "limits.0.figure"),
        ("limits: [{figure: unscored, at_most: 1, against: x}]", "only fully_right and reward"),
        (
            "limits: [{figure: slowest_seconds, at_most: 1, bound: high}]",
            "slowest_seconds has no interval",
        ),
    ],
)
def test_limits_that_say_nothing_are_refused(text: str, words: str, tmp_path: Path) -> None:
    folder = evaluation(tmp_path / "now", m=[RIGHT])
    limits = tmp_path / "limits.yaml"
    limits.write_text(text)
    done = rl("gate", folder, "--limits", limits)
    assert done.exit_code == 2
    assert words in done.output
