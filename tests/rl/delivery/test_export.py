"""What becomes of a trained model: files, a card, a check that can fail, versions."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rewardsvc.types import ScoreRequest, Verdict
from rl import models
from rl.cli import main
from rl.configs.loading import load_config
from rl.delivery import gguf
from rl.delivery.adapter import adapter_of
from rl.delivery.checking import check_exports, compared
from rl.delivery.errors import ExportFailed, ExportToolMissing, GateOfAnother, RegistryError
from rl.delivery.export import ExportKind, export, exported_files
from rl.delivery.export_check import ExportCheck
from rl.delivery.gate import gate_of
from rl.delivery.record import (
    ExportRecord,
    Lineage,
    lineage_of,
    read_record,
    write_record,
)
from rl.delivery.registry import ModelRegistry
from rl.evaluation.answers import Evaluated
from rl.evaluation.identity import model_digest
from rl.reward.scoring import ScoringThread
from tests.rl.samples import FaultyScorer, faulty, row, scored

CONFIG = load_config(
    "nano", ["model.layers=1", "model.hidden=32", "model.heads=2", "model.min_chunk_count=2"]
)


def rl(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory with one model, as `rl sft` leaves it."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    models.base(CONFIG, [row(n) for n in range(8)]).save(folder / "sft" / "model")
    (folder / "sft" / "model" / "optimizer.pt").write_bytes(b"0" * 100)
    said = {"config": {"model": {"kind": "nano"}}, "tasks": "abc" * 10}
    (folder / "run.json").write_text(json.dumps(said))
    return folder


def test_a_merged_model_has_a_card_a_record_and_loads_again(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    done = rl(
        "export", run / "sft" / "model", "--out", out, "--name", "tiny", "--registry", tmp_path
    )
    assert done.exit_code == 0, done.output
    assert not (out / "merged" / "optimizer.pt").exists()
    again = models.load(out / "merged", CONFIG)
    before = models.load(run / "sft" / "model", CONFIG)
    for name, weights in before.model.state_dict().items():
        assert weights.equal(again.model.state_dict()[name])
    record = read_record(out)
    assert record.lineage.stage == "sft"
    assert {one.path for one in record.files} >= {"merged/config.json", "merged/model.safetensors"}
    card = (out / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: transformers\n")
    assert "It began as `nano`" in card
    assert "`abcabcabcabcabca`" in card
    listed = rl("models", "list", "--registry", tmp_path)
    assert listed.output.startswith("tiny\t1\t\tno gate\t")
    shown = rl("models", "show", "tiny", "1", "--registry", tmp_path)
    assert json.loads(shown.output)["record"]["lineage"]["tasks"] == "abc" * 10


def checkpoint(stage: Path, step: int, base: str = "hub/base") -> None:
    """What a trainer leaves of a step of an adapter."""
    folder = stage / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base}))
    for name in ("adapter_model.safetensors", "optimizer.pt"):
        (folder / name).write_text(str(step))


def test_the_adapter_is_that_of_the_last_checkpoint(tmp_path: Path) -> None:
    model = tmp_path / "sft" / "model"
    model.mkdir(parents=True)
    with pytest.raises(ExportFailed, match="has no adapter"):
        adapter_of(model)
    for step in (9, 100):
        checkpoint(tmp_path / "sft", step)
    export(model, tmp_path / "out", [ExportKind.ADAPTER], 1)
    files = {one.path for one in exported_files(tmp_path / "out")}
    assert files == {"adapter/adapter_config.json", "adapter/adapter_model.safetensors"}
    assert (tmp_path / "out" / "adapter" / "adapter_model.safetensors").read_text() == "100"
    (tmp_path / "sft" / "checkpoint-200").mkdir()
    with pytest.raises(ExportFailed, match="weights of step 200, its last, and the checkpoint"):
        adapter_of(model)


def test_after_validation_the_adapter_is_that_of_the_best_step(tmp_path: Path) -> None:
    stage = tmp_path / "sft"
    for step in (100, 200, 300):
        checkpoint(stage, step)
    (stage / "best.safetensors").touch()
    lines = [{"step": 100, "right": 0.1}, {"step": 200, "right": 0.5}, {"step": 300, "right": 0.5}]
    (stage / "validation.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in lines))
    assert adapter_of(stage / "model") == stage / "checkpoint-200"
    shutil.rmtree(stage / "checkpoint-200")
    with pytest.raises(ExportFailed, match=r"step 200, its best in validation"):
        adapter_of(stage / "model")


@pytest.mark.parametrize("stage", ["dpo", "grpo"])
def test_an_adapter_of_what_was_trained_before_is_refused(stage: str, tmp_path: Path) -> None:
    checkpoint(tmp_path / stage, 10, base="runs/first/base/model")
    assert adapter_of(tmp_path / stage / "model") == tmp_path / stage / "checkpoint-10"
    checkpoint(tmp_path / stage, 20, base="runs/first/sft/model")
    with pytest.raises(ExportFailed, match=r"trained on runs/first/sft/model, "):
        adapter_of(tmp_path / stage / "model")


def test_an_export_of_another_model_is_not_taken_for_that_of_this_one(
    run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    model = tmp_path / "second" / "sft" / "model"
    shutil.copytree(run / "sft" / "model", model)
    assert rl("export", model, "--out", out).exit_code == 0
    assert rl("export", run / "sft" / "model", "--out", out).exit_code == 0, "the same weights"
    (model / "config.json").write_text((model / "config.json").read_text() + " ")
    before = (out / "export.json").read_bytes()
    refused = rl("export", model, "--out", out)
    assert refused.exit_code == 2
    assert "holds an export of another model" in refused.output
    assert (out / "export.json").read_bytes() == before
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").touch()
    assert "neither empty nor an export" in rl("export", model, "--out", mine).output
    assert rl("export", tmp_path / "nowhere", "--out", tmp_path / "new").exit_code == 1
    assert rl("export", model, "--out", tmp_path / "new").exit_code == 0


def test_a_check_takes_no_answers_of_another_model_or_to_other_tasks(
    run: Path, tmp_path: Path
) -> None:
    out, rows = tmp_path / "out", [row(n) for n in range(3)]
    source = run / "sft" / "model"
    config = CONFIG.model_copy(
        update={"eval": CONFIG.eval.model_copy(update={"max_completion_length": 4})}
    )
    export(source, out, [ExportKind.MERGED], 1)
    scored_ids: list[str] = []

    def score(request: ScoreRequest) -> Verdict:
        scored_ids.append(request.id)
        return scored(0.5, request.id)

    def check(count: int) -> tuple[int, int]:
        """The tasks of the check, and how many answers were scored for it."""
        scored_ids.clear()
        with ScoringThread(FaultyScorer(score)) as scoring:
            found = check_exports(
                source, out, [ExportKind.MERGED], rows[:count], scoring, config=config, threads=1
            )
        return found.exports[0].tasks, len(scored_ids)

    assert check(3) == (3, 6)
    assert check(3) == (3, 0)
    assert check(2) == (2, 4), "other tasks are asked, and no others counted"
    merged = out / "merged" / "generation_config.json"
    merged.write_text(merged.read_text() + " ")
    assert check(2) == (2, 2), "the file is another one, the model is not"


def test_what_is_not_kept_is_not_pushed(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    bad = record(None, lost=0.5).check
    monkeypatch.setattr("rl.cli.checking_exports.checked", lambda *_, **__: bad)
    out = tmp_path / "out"
    done = rl(
        *("export", run / "sft" / "model", "--out", out, "--tasks", tmp_path, "--push", "me/tiny")
    )
    assert done.exit_code == 1
    assert "not kept: q8_0: lost 0.500" in done.output
    assert "not pushed to me/tiny" in done.output
    assert "HF_TOKEN" not in done.output, "the hub is not even looked for"


def test_versions_are_listed_without_loading_what_trains() -> None:
    code = (
        "import sys, rl.delivery.registry\n"
        "sys.exit(len({'torch', 'transformers', 'trl'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_the_wheels_gguf_says_what_to_install(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf, "_DISTRIBUTION", "no-such-distribution")
    with pytest.raises(ExportToolMissing, match=r"pip install ik-llama-cpp-python==.* xllamacpp=="):
        export(run / "sft" / "model", tmp_path / "out", [ExportKind.Q8_0], 1)
    assert not (tmp_path / "out" / "merged").exists(), "it is told before anything is made"


def test_what_a_converter_says_is_told_and_nothing_half_made_is_left(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does with the nano model, whose tokenizer is its own."""
    converter = tmp_path / "convert.py"
    converter.write_text(
        "import sys\nprint('NotImplementedError: BPE pre-tokenizer', file=sys.stderr)\nsys.exit(1)"
    )
    monkeypatch.setattr(gguf, "tools", lambda: (converter, Path(sys.executable)))
    for _ in range(2):
        with pytest.raises(ExportFailed, match=r"convert\.py.*BPE pre-tokenizer"):
            export(run / "sft" / "model", tmp_path / "out", [ExportKind.Q4_K_M], 1)
    assert not list((tmp_path / "out").glob("*.gguf"))


@pytest.mark.parametrize(
    ("kind", "rewards", "kept"),
    [
        (ExportKind.Q8_0, [0.99, 1.0], True),
        (ExportKind.Q8_0, [0.9, 1.0], False),
        (ExportKind.Q4_K_M, [0.9, 1.0], True),
        (ExportKind.Q4_K_M, [0.7, 1.0], False),
        (ExportKind.Q4_K_M, [None, None], False),
    ],
)
def test_an_export_may_lose_as_much_as_its_bits_cost(
    kind: ExportKind, rewards: list[float | None], kept: bool
) -> None:
    def answers(values: list[float | None]) -> list[Evaluated]:
        verdicts = [faulty() if value is None else scored(value) for value in values]
        return [Evaluated(f"t{n}", "compose", "", 0, one) for n, one in enumerate(verdicts)]

    assert compared(kind, answers([1.0, 1.0]), answers(rewards)).kept is kept


def record(passed: bool | None, lost: float | None = 0.0) -> ExportRecord:
    def answers(value: float) -> list[Evaluated]:
        return [Evaluated("t", "compose", "", 0, scored(value))]

    gate = None if passed is None else {"passed": passed}
    one = compared(ExportKind.Q8_0, answers(1.0), answers(1.0 - (lost or 0.0)))
    return ExportRecord(Lineage("model", gate=gate), (), ExportCheck(1.0, 1.0, (one,)))


def test_versions_are_promoted_and_rolled_back(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    first = registry.add("m", tmp_path / "a", record(None))
    assert registry.add("m", tmp_path / "a", record(None)) == first, "nothing changed"
    assert registry.add("m", tmp_path / "b", record(True)).version == 2
    with pytest.raises(RegistryError, match="no version of m is current"):
        registry.version("m")
    with pytest.raises(RegistryError, match="no version of m is current"):
        registry.rollback("m")
    assert registry.promote("m", 1).version == 1
    assert registry.promote("m").version == 2
    assert [each.current for each in registry.versions("m")] == [False, True]
    assert registry.rollback("m").version == 1
    with pytest.raises(RegistryError, match="no other version was current"):
        registry.rollback("m")
    assert registry.promote("m", 2).version == 2
    assert ModelRegistry(tmp_path).rollback("m").version == 1


@pytest.mark.parametrize("bad", [record(False), record(True, lost=0.5)])
def test_what_failed_its_gate_or_its_check_is_promoted_by_force_only(
    bad: ExportRecord, tmp_path: Path
) -> None:
    ModelRegistry(tmp_path).add("m", tmp_path, bad)
    refused = rl("models", "promote", "m", "--registry", tmp_path)
    assert refused.exit_code == 2
    assert "promote it with --force" in refused.output
    forced = rl("models", "promote", "m", "--force", "--registry", tmp_path)
    assert forced.output == "m 1 is current\n"


def gated(folder: Path, **passed: bool) -> Path:
    """A folder that was held against a limit for each label."""
    results = [
        {"label": label.replace("_", "-"), "limit": "l", "measured": 0.5, "passed": one}
        for label, one in passed.items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    said = {"passed": all(passed.values()), "results": results}
    (folder / "gate.json").write_text(json.dumps(said))
    return folder


def test_the_gate_of_a_run_counts_for_the_stage_that_is_exported(run: Path, tmp_path: Path) -> None:
    around = shutil.copytree(run, tmp_path / "run")
    model = around / "sft" / "model"
    assert gate_of(model, None) is None
    gated(around, base=False, sft=True)
    found = gate_of(model, None)
    assert found == gate_of(model, around)
    assert found is not None and found["passed"] is True
    gated(around, base=True, sft=False)
    assert rl("export", model, "--out", tmp_path / "out").exit_code == 0
    assert read_record(tmp_path / "out").lineage.gate == gate_of(model, None)
    assert "were not kept" in (tmp_path / "out" / "README.md").read_text()
    gated(around, base=True)
    assert gate_of(model, None) is None, "no limit was of it"


def test_the_gate_of_an_evaluation_counts_for_the_files_that_it_asked(
    run: Path, tmp_path: Path
) -> None:
    model = shutil.copytree(run / "sft" / "model", tmp_path / "model")
    folder = gated(tmp_path / "bench", sft=True, other=False, sft_int4=False)
    digest = model_digest(model)
    subjects = {
        "sft": {"model": "somewhere/sft/model", "identity": digest},
        "sft-int4": {"model": str(model), "identity": digest, "quantization": "int4"},
        "other": {"model": str(model), "identity": "another"},
    }
    said = {"identity": {}, "subjects": subjects}
    (folder / "evaluation.json").write_text(json.dumps(said))
    assert lineage_of(model).digest == digest
    found = gate_of(model, folder)
    assert found is not None and found["passed"] is True
    (model / "config.json").write_text((model / "config.json").read_text() + " ")
    refused = rl("export", model, "--out", tmp_path / "out", "--gate", folder)
    assert refused.exit_code == 2
    assert "no limit in it is of" in refused.output
    assert not (tmp_path / "out").exists()
    with pytest.raises(GateOfAnother, match=r"`rl gate .*empty --limits FILE` writes it"):
        gate_of(model, tmp_path / "empty")


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path)
    with pytest.raises(RegistryError, match="no model is called 'm'"):
        registry.promote("m")
    registry.add("m", tmp_path, record(None))
    with pytest.raises(RegistryError, match="m has no version 7; the newest is 1"):
        registry.version("m", 7)
    with pytest.raises(RegistryError, match="there are m"):
        registry.version("n")


def test_a_record_reads_as_it_was_written(tmp_path: Path) -> None:
    known = record(False, lost=0.1)
    write_record(tmp_path, known, "tiny")
    assert read_record(tmp_path) == known
    assert "were not kept" in (tmp_path / "README.md").read_text()
    assert lineage_of(tmp_path / "model") == Lineage("model")


def test_a_push_needs_its_key(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    done = rl("export", run / "sft" / "model", "--out", tmp_path / "out", "--push", "me/tiny")
    assert done.exit_code == 1
    assert "HF_TOKEN" in done.output
