"""`rl eval` of models on this machine: a run's beside no model, and folders on a benchmark."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from rewardsvc.tasks import row_to_json
from rl import models
from rl.cli import main
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
