"""The command `rl`: the loop on a handful of tasks, interrupted and gone on with; bad input."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.preferences import WorseAnswer, with_worse
from rewardsvc.tasks import read_tasks, row_to_json
from tests.rl.samples import row

TINY = [
    *("model.layers=1", "model.hidden=64", "model.heads=2", "model.min_chunk_count=3"),
    *("sft.steps=60", "sft.batch_size=8", "sft.save_steps=500", "eval.tasks=6"),
    *("sft.validation.every=200", "sft.validation.tasks=4"),
    *("eval.max_completion_length=48", "eval.samples_per_task=1"),
    *("grpo.steps=2", "grpo.prompts_per_step=2"),
    *("grpo.generations=2", "grpo.micro_batch=4", "grpo.max_completion_length=48"),
]


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from rl.cli import main; main()", *arguments]


def rl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tasks") / "tasks.jsonl"
    rows = [row(n, split="test" if n % 4 == 0 else "train") for n in range(32)]
    file.write_text("".join(row_to_json(one) + "\n" for one in rows))
    return file


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real reward server on loopback."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from rewardsvc.cli import main; main()"),
                *("serve", "--listen", address),
            ],
            env=environment(),
            stdout=out,
            stderr=out,
        )
        try:
            host, port = address.split(":")
            for _ in range(300):
                assert process.poll() is None, log.read_text()
                with socket.socket() as probe:
                    if probe.connect_ex((host, int(port))) == 0:
                        break
                time.sleep(0.2)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def test_the_loop_runs_is_interrupted_and_goes_on(tasks: Path, server: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    long_enough = ("sft.steps=400", "sft.save_steps=5")
    sets = [word for key in (*TINY, *long_enough) for word in ("--set", key)]
    arguments = ["run", "--tasks", str(tasks), "--out", str(out), "--server", server, *sets]

    with subprocess.Popen(
        command(*arguments), env=environment(), stderr=subprocess.PIPE, text=True
    ) as first:
        assert first.stderr is not None
        while first.poll() is None and not any((out / "sft").glob("checkpoint-*")):
            time.sleep(0.01)
        first.send_signal(signal.SIGINT)
        told = first.stderr.read()
    assert first.returncode == 130, told
    assert "stopping after this step" in told
    assert "the same command again goes on" in told
    assert not (out / "sft" / "model").exists()

    second = rl(*arguments)
    assert second.returncode == 0, second.stderr
    assert "going on from" in second.stderr
    assert "evaluating base" not in second.stderr
    assert "minutes for training and evaluation" in told
    assert len((out / "sft" / "validation.jsonl").read_text().splitlines()) == 2
    for title in ("nearest", "base", "after SFT", "after GRPO", "GRPO - SFT, greedy"):
        assert title in second.stdout
    assert str(out / "reward.png") in second.stdout
    assert (out / "reward.png").read_bytes().startswith(b"\x89PNG")
    for decoding in ("greedy", "sampled"):
        assert len((out / "eval" / f"grpo.{decoding}.jsonl").read_text().splitlines()) == 6
    assert len((out / "grpo" / "rewards.jsonl").read_text().splitlines()) == 2

    third = rl(*arguments)
    assert third.returncode == 0
    assert third.stdout == second.stdout
    assert "training" not in third.stderr

    other = rl(*arguments, "--set", "sft.steps=401")
    assert other.returncode == 2
    assert "another config (sft)" in other.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--config", "none.yaml"], 2, "none.yaml: cannot be read"),
        (["--set", "grpo.stepz=1"], 2, "unknown key 'grpo.stepz'"),
        (["--tasks", "{empty}"], 2, "holds no tasks"),
        (["--tasks", "{missing}"], 2, "cannot be read"),
        ([], 2, "no tasks: name a file"),
        (["--tasks", "{tasks}", "--out", "{full}"], 2, "is neither empty nor a run"),
        (["--tasks", "{tasks}", "--out", "{new}", "--server", "127.0.0.1:1"], 1, "127.0.0.1:1"),
        (["--wrong"], 2, "No such option"),
    ],
)
def test_bad_input_is_told_in_a_line_with_its_exit_code(
    *,
    tasks: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.setenv("ASSAY_CONNECT_TIMEOUT_SECONDS", "0.5")
    full = tmp_path / "full"
    full.mkdir()
    (full / "file").write_text("precious")
    (tmp_path / "empty.jsonl").write_text("\n")
    places = {
        "tasks": tasks,
        "empty": tmp_path / "empty.jsonl",
        "missing": tmp_path / "missing.jsonl",
        "full": full,
        "new": tmp_path / "new",
    }
    done = rl("run", *(argument.format(**places) for argument in arguments))
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert (full / "file").read_text() == "precious"


def test_a_model_that_was_not_fetched_is_told(tasks: Path, tmp_path: Path) -> None:
    done = rl(
        *("sft", "--config", "smollm2-135m", "--tasks", str(tasks), "--out", str(tmp_path / "o")),
        *("--set", f"model.cache={tmp_path}"),
    )
    assert done.returncode == 1
    assert "rl fetch-model smollm2-135m" in done.stderr


def test_preference_pairs_are_learnt_from_and_grpo_goes_on_from_there(
    tasks: Path, server: str, tmp_path: Path
) -> None:
    file, out = tmp_path / "tasks.jsonl", tmp_path / "run"
    lines = []
    for one in read_tasks(tasks):
        worse = WorseAnswer(one.output.replace("USER app\n", ""), 0.9, "it runs as root")
        paired = replace(one, provenance=with_worse(one.provenance, [worse]))
        lines.append(f"{row_to_json(paired)}\n")
    file.write_text("".join(lines))
    sets = [word for key in (*TINY, "dpo.steps=2") for word in ("--set", key)]
    arguments = ["--tasks", str(file), "--out", str(out), *sets]
    preferred = rl("dpo", *arguments)
    assert preferred.returncode == 0, preferred.stderr
    model = out / "dpo" / "model"
    assert preferred.stdout == f"{model}\n"
    again = rl("dpo", *arguments)
    assert (again.returncode, again.stdout) == (0, preferred.stdout)
    assert "training" not in again.stderr
    rewarded = rl("grpo", *arguments, "--from", str(model), "--server", server)
    assert rewarded.returncode == 0, rewarded.stderr


def test_without_worse_answers_dpo_says_who_makes_them(tasks: Path, tmp_path: Path) -> None:
    sets = [word for key in TINY for word in ("--set", key)]
    done = rl("dpo", "--tasks", str(tasks), "--out", str(tmp_path / "run"), *sets)
    assert done.returncode == 2
    assert "`datagen repair` and `datagen edit` make such rows" in done.stderr
