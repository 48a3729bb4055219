"""`rl eval` of models on this machine: a run's beside no model, and folders on a benchmark."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from rewardsvc.tasks import row_to_json
from rl import models
from rl.cli import main
from rl.cli.opening import split_of
from rl.configs.loading import load_config
from rl.evaluation.answers import read
from tests.rl.samples import row

CONFIG = load_config(
    "nano",
    [
        *("model.layers=1", "model.hidden=32", "model.heads=2", "model.min_chunk_count=2"),
        *("eval.max_completion_length=6", "eval.samples_per_task=1", "eval.temperature=0"),
    ],
)
ROWS = [row(n, split="test" if n % 3 == 0 else "train") for n in range(12)]


@pytest.fixture(autouse=True)
def nothing_of_terraform_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_TERRAFORM", "cold")


def rl(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def run_directory(folder: Path) -> Path:
    models.base(CONFIG, ROWS).save(folder / "sft" / "model")
    (folder / "run.json").write_text("{}")
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG.model_dump(mode="json")))
    return folder


def test_the_models_of_a_run_stand_beside_no_model_with_what_they_took(tmp_path: Path) -> None:
    run = run_directory(tmp_path / "run")
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text("".join(f"{row_to_json(each)}\n" for each in ROWS))
    done = rl("eval", "--out", run, "--tasks", tasks, "--samples", "2", "--count", "3")
    assert done.exit_code == 0, done.output
    out = run / "evaluation"
    for label in ("nearest", "sft"):
        assert label in done.output
        assert len(read(out / "eval" / f"{label}.greedy.jsonl")) == 3
        assert len(read(out / "eval" / f"{label}.sampled.jsonl")) == 6
    costs = [each.cost for each in read(out / "eval" / "sft.greedy.jsonl")]
    assert all(cost is not None and 0 < cost.output_tokens <= 6 for cost in costs)
    subjects = json.loads((out / "evaluation.json").read_text())["subjects"]
    assert subjects["sft"]["weight_bytes"] > 10_000
    assert json.loads((out / "focus.json").read_text())["version"] == 1


def unsplit_run(folder: Path) -> tuple[Path, Path]:
    """A run whose tasks name no split, and the tasks."""
    run = run_directory(folder / "run")
    tasks = folder / "tasks.jsonl"
    rows = [replace(each, split="") for each in ROWS]
    tasks.write_text("".join(f"{row_to_json(each)}\n" for each in rows))
    (run / "run.json").write_text(json.dumps({"tasks": split_of(tasks, CONFIG).digest}))
    return run, tasks


def test_no_model_is_evaluated_on_rows_that_its_run_trained_on(tmp_path: Path) -> None:
    run, tasks = unsplit_run(tmp_path)
    held_out = {each.id for each in split_of(tasks, CONFIG).test}
    done = rl("eval", "--out", run, "--tasks", tasks, "--max-tokens", "5", "--set", "seed=7")
    assert done.exit_code == 0, done.output
    folder = run / "evaluation" / "eval"
    for label in ("nearest", "sft"):
        assert {each.task for each in read(folder / f"{label}.greedy.jsonl")} == held_out
    assert any(each.completion for each in read(folder / "nearest.greedy.jsonl"))
    out, model = tmp_path / "out", run / "sft" / "model"
    done = rl("eval", "--out", out, "--tasks", tasks, "--model", model, "--max-tokens", "5")
    assert done.exit_code == 0, done.output
    assert {each.task for each in read(out / "eval" / "sft.greedy.jsonl")} == held_out


def test_tasks_that_may_have_been_trained_on_are_refused(tmp_path: Path) -> None:
    run, tasks = unsplit_run(tmp_path)
    with tasks.open("a") as file:
        file.write(f"{row_to_json(row(50))}\n")
    done = rl("eval", "--out", run, "--tasks", tasks, "--max-tokens", "5")
    assert done.exit_code == 2, done.output
    assert "some of them may be" in done.output


def test_a_model_that_was_trained_anew_gets_no_answers_of_the_old_one(tmp_path: Path) -> None:
    run, tasks = unsplit_run(tmp_path)
    model, out = run / "sft" / "model", tmp_path / "out"
    words = ("eval", "--out", out, "--tasks", tasks, "--model", model, "--max-tokens", "5")
    assert rl(*words).exit_code == 0
    models.base(CONFIG, ROWS[:5]).save(model)
    done = rl(*words)
    assert done.exit_code == 2, done.output
    assert "the answers of 'sft' are of" in done.output
    assert rl(*words[:-2], "--no-temperature").exit_code == 2, "no model behind an API is named"


def test_tasks_with_nothing_to_train_on_are_a_benchmark(tmp_path: Path) -> None:
    bench = tmp_path / "bench"
    bench.mkdir()
    held_out = [row(n, split="test") for n in range(4)]
    (bench / "tasks.jsonl").write_text("".join(f"{row_to_json(each)}\n" for each in held_out))
    said = {"version": "abc", "categories": {"docker": {"bench_only": ["web"]}}}
    (bench / "bench.json").write_text(json.dumps(said))
    run = run_directory(tmp_path / "run")
    matrix = tmp_path / "matrix.yaml"
    folder = run / "sft" / "model"
    matrix.write_text(f"models: [{{model: {folder}, quantizations: [null, bf16, gptq]}}]")
    config = tmp_path / "config.yaml"
    config.write_text((run / "config.yaml").read_text())
    words = ("--tasks", bench, "--config", config, "--out", tmp_path / "out")
    done = rl("eval", *words, "--matrix", matrix)
    assert done.exit_code == 0, done.output
    assert "sft-gptq: left out: gptq needs gptqmodel" in done.output
    page = (tmp_path / "out" / "eval.html").read_text()
    for text in ("version abc", "topic never trained on", "sft-bf16"):
        assert text in page
    again = rl("eval", *words, "--model", folder)
    assert again.exit_code == 0, again.output
    assert "sft-bf16" in again.output, "models are added"
