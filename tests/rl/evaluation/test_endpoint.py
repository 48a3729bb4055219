"""`rl eval` of models behind an API: paid once, killed and gone on with, faults told apart."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rewardsvc.tasks import TaskRow, row_to_json
from rl.cli import main
from rl.evaluation.answers import read
from rl.evaluation.quality import read_ratings
from tests.rl.evaluation.answer_service import AnswerService, served
from tests.rl.samples import row

COUNT = 16
ROWS = [row(number, split="test") for number in range(COUNT)]
TRAINED = [replace(row(number + 100), split="train") for number in range(6)]


def question(task: TaskRow) -> str:
    return task.instruction


@pytest.fixture(autouse=True)
def nothing_of_terraform_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """No task here needs it, and each evaluation opens a scorer of its own."""
    monkeypatch.setenv("ASSAY_TERRAFORM", "cold")


RIGHT = {question(each): each.output for each in [*ROWS, *TRAINED]}


def written(folder: Path, rows: Sequence[TaskRow]) -> Path:
    file = folder / "tasks.jsonl"
    file.write_text("".join(f"{row_to_json(each)}\n" for each in rows))
    return file


def arguments(tasks: Path, out: Path, service: AnswerService, *more: str) -> list[str]:
    asked = ["--tasks", str(tasks), "--out", str(out), "--model", service.name]
    return ["eval", *asked, "--concurrency", "2", *more]


def rl(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_killed_in_the_middle_it_pays_nothing_twice_but_what_was_under_way(tmp_path: Path) -> None:
    tasks, out = written(tmp_path, ROWS), tmp_path / "out"
    with served(AnswerService(RIGHT, seconds=0.2)) as service:
        words = arguments(tasks, out, service)
        command = [sys.executable, "-c", "from rl.cli import main; main()", *words]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        with subprocess.Popen(
            command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as first:
            until = time.monotonic() + 120
            while len(service.ledger) < COUNT // 2 and time.monotonic() < until:
                assert first.poll() is None
                time.sleep(0.01)
            first.send_signal(signal.SIGKILL)
        before = list(service.ledger)
        assert COUNT // 2 <= len(before) < COUNT
        service.seconds = 0.0
        again = rl(*words)
        assert again.exit_code == 0, again.output
        times = Counter(service.ledger)
        assert times.keys() == {question(each) for each in ROWS}
        twice = [asked for asked, count in times.items() if count > 1]
        assert max(times.values()) <= 2
        assert set(twice) <= set(before[-2:]), "only what was under way is asked again"

        paid = len(service.ledger)
        third = rl(*words)
        assert third.exit_code == 0, third.output
        assert len(service.ledger) == paid
    answers = read(out / "eval" / "tiny.greedy.jsonl")
    assert sorted(each.task for each in answers) == sorted(each.id for each in ROWS)
    assert all(each.right for each in answers)
    assert {each.cost.output_tokens for each in answers if each.cost is not None} == {7}
    page = (out / "eval.html").read_text()
    assert "100%" in page
    assert "http" not in page.replace(service.address, "").replace("http-equiv", "")


def test_what_a_service_did_not_answer_is_missing_and_asked_again(tmp_path: Path) -> None:
    tasks, out = written(tmp_path, ROWS[:6]), tmp_path / "out"
    lost = question(ROWS[3])
    with served(AnswerService(RIGHT, refuses={lost: 400})) as service:
        words = arguments(tasks, out, service, "--concurrency", "1")
        first = rl(*words)
        assert first.exit_code == 1, first.output
        assert "1 questions have no answer" in first.output
        assert len(read(out / "eval" / "tiny.greedy.jsonl")) == 5
        service.refuses = {}
        service.ledger.clear()
        second = rl(*words)
        assert second.exit_code == 0, second.output
        assert service.ledger == [lost]


def test_a_service_that_refuses_everything_ends_it_at_once(tmp_path: Path) -> None:
    tasks = written(tmp_path, ROWS)
    with served(AnswerService(RIGHT, refuses={each: 401 for each in RIGHT})) as service:
        done = rl(*arguments(tasks, tmp_path / "out", service))
        assert done.exit_code == 1, done.output
        assert "401" in done.output
        assert len(service.ledger) <= 4, "two at a time, of 16"


def test_examples_are_the_nearest_training_answers_and_a_column_of_their_own(
    tmp_path: Path,
) -> None:
    tasks, out = written(tmp_path, [*ROWS[:3], *TRAINED]), tmp_path / "out"
    with served(AnswerService(RIGHT)) as service:
        more = ("--examples", "2", "--samples", "3", "--temperature", "0.5")
        done = rl(*arguments(tasks, out, service, *more))
        assert done.exit_code == 0, done.output
    shots = Counter(
        (len(body["messages"]), body.get("temperature"), body["max_completion_tokens"])
        for body in service.bodies
    )
    assert shots == {(2, 0.0, 2048): 3, (2, 0.5, 2048): 9, (6, 0.0, 2048): 3, (6, 0.5, 2048): 9}
    shown = {each["content"] for body in service.bodies for each in body["messages"][1:-1]}
    assert shown <= {text for each in TRAINED for text in (question(each), each.output)}
    assert "tiny+2-shot" in done.output
    assert "right at 3, sampled [95%]" in done.output


def test_another_question_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with served(AnswerService(RIGHT)) as service:
        assert rl(*arguments(written(tmp_path, ROWS[:2]), out, service)).exit_code == 0
        other = rl(*arguments(written(tmp_path, ROWS[:3]), out, service))
    assert other.exit_code == 2
    assert "holds an evaluation with other tasks" in other.output


def test_another_model_that_is_called_the_same_is_refused(tmp_path: Path) -> None:
    out, tasks = tmp_path / "out", written(tmp_path, ROWS[:2])
    with served(AnswerService(RIGHT)) as service, served(AnswerService(RIGHT)) as other:
        # Nothing is here of who could not be asked: its name is free.
        nobody = replace(service, address="http://127.0.0.1:9")
        assert rl(*arguments(tasks, out, nobody)).exit_code == 1
        assert rl(*arguments(tasks, out, service)).exit_code == 0
        elsewhere = rl(*arguments(tasks, out, other))
        without = rl(*arguments(tasks, out, service, "--no-temperature"))
        assert other.ledger == []
        assert len(service.ledger) == 2
        assert rl(*arguments(tasks, out, service)).exit_code == 0
    for done in (elsewhere, without):
        assert done.exit_code == 2, done.output
        assert f"the answers of 'tiny' are of {service.name}" in done.output


def test_missing_answers_are_counted_over_greedy_and_sampled(tmp_path: Path) -> None:
    tasks, out = written(tmp_path, ROWS[:3]), tmp_path / "out"
    lost = question(ROWS[2])
    with served(AnswerService(RIGHT, refuses={lost: 400})) as service:
        done = rl(*arguments(tasks, out, service, "--concurrency", "1", "--samples", "2"))
    assert done.exit_code == 1
    assert "3 questions have no answer" in done.output


def test_an_answer_that_nobody_can_read_is_asked_for_again(tmp_path: Path) -> None:
    tasks, out = written(tmp_path, ROWS[:3]), tmp_path / "out"
    with served(AnswerService(RIGHT, garbled={question(ROWS[1])})) as service:
        words = arguments(tasks, out, service)
        first = rl(*words)
        assert first.exit_code == 1
        assert "1 questions have no answer" in first.output
        service.ledger.clear()
        service.garbled.clear()
        again = rl(*words)
        assert again.exit_code == 0, again.output
        assert service.ledger == [question(ROWS[1])]


def test_nothing_scored_of_a_service_is_an_error_and_not_an_empty_page(tmp_path: Path) -> None:
    tasks, out = written(tmp_path, ROWS[:2]), tmp_path / "out"
    broken = ("--set", "reward.deadline_seconds=0.001")
    with served(AnswerService(RIGHT)) as service:
        words = arguments(tasks, out, service)
        done = rl(*words, *broken)
        assert done.exit_code == 1, done.output
        assert "all 2 answers are UNSCORED" in done.output
        assert rl(*words).exit_code == 0
        assert len(service.ledger) == 2, "what was paid for is scored later"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--model", "openai:"], "names no model"),
        (["--model", "openai:tiny@http://elsewhere"], "would both be called 'tiny'"),
        (["--examples", "2"], "no training answers"),
        (["--temperature", "0.5"], "give --samples as well"),
        (["--samples", "2", "--quick"], "leave --samples out"),
        (["--examples-from", "{matrix}"], "no model is shown examples"),
        (["--matrix", "{matrix}"], "unknown key 'models.0.quantisations'"),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is(
    more: list[str], words: str, tmp_path: Path
) -> None:
    matrix = tmp_path / "matrix.yaml"
    matrix.write_text("models:\n  - model: base\n    quantisations: [int8]\n")
    with served(AnswerService(RIGHT)) as service:
        tasks = written(tmp_path, ROWS[:2])
        done = rl(
            *arguments(tasks, tmp_path / "out", service),
            *(each.format(matrix=matrix) for each in more),
        )
        assert done.exit_code == 2, done.output
        assert words in done.output
        assert service.ledger == []


def test_what_is_asked_stands_in_the_journal_as_it_came(tmp_path: Path) -> None:
    import sqlite3

    out = tmp_path / "out"
    with served(AnswerService(RIGHT)) as service:
        assert rl(*arguments(written(tmp_path, ROWS[:2]), out, service)).exit_code == 0
    with sqlite3.connect(out / "eval" / "journal.sqlite") as database:
        found = database.execute("SELECT task, times, raw FROM answers ORDER BY task").fetchall()
    assert [(task, times) for task, times, _ in found] == [("task-0", 1), ("task-1", 1)]
    assert json.loads(found[0][2])["choices"][0]["message"]["content"] == ROWS[0].output


class JudgeService(AnswerService):
    """Rates whatever it is shown: clear, plausible, and nearly what was asked."""

    def text(self, asked: str) -> str:
        levels = {"intent_fit": "nearly", "clarity": "clear", "realism": "plausible"}
        return json.dumps(
            {name: {"reasoning": "so", "level": each} for name, each in levels.items()}
        )


def test_a_judge_rates_beside_the_tools_and_is_paid_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_CACHE_FILE", str(tmp_path / "verdicts.sqlite"))
    tasks, out = written(tmp_path, ROWS[:2]), tmp_path / "out"
    wrong = {**RIGHT, question(ROWS[1]): "I cannot."}
    with served(AnswerService(wrong)) as service, served(JudgeService({})) as judge:
        words = arguments(tasks, out, service, "--judge", judge.name.replace("tiny", "judge"))
        for _ in range(2):
            done = rl(*words)
            assert done.exit_code == 0, done.output
        assert len(judge.ledger) == 1, "of the answer that has a file, once"
    rated = {one.task: one for one in read_ratings(out / "eval" / "tiny.quality.json")}
    assert rated["task-0"].scores == {"intent_fit": 0.75, "clarity": 1.0, "realism": 0.5}
    assert rated["task-1"].missing == "there is no file in the answer"
    assert "What a judge says of the answers" in (out / "eval.html").read_text()
    assert [each.right for each in read(out / "eval" / "tiny.greedy.jsonl")].count(True) == 1
