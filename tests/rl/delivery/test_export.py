"""What becomes of a trained model: files, a card, a check that can fail, versions."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rl import models
from rl.cli import main
from rl.configs.loading import load_config
from rl.delivery import gguf
from rl.delivery.checking import ExportCheck, compared
from rl.delivery.errors import ExportFailed, ExportToolMissing, RegistryError
from rl.delivery.export import ExportKind, adapter_of, export, exported_files
from rl.delivery.record import (
    ExportRecord,
    Lineage,
    lineage_of,
    read_record,
    write_record,
)
from rl.delivery.registry import ModelRegistry
from rl.evaluation.answers import Evaluated
from tests.rl.samples import faulty, row, scored

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


def test_the_adapter_is_that_of_the_last_checkpoint(tmp_path: Path) -> None:
    model = tmp_path / "grpo" / "model"
    model.mkdir(parents=True)
    with pytest.raises(ExportFailed, match="has no adapter"):
        adapter_of(model)
    for step in (9, 100, 200):
        (tmp_path / "grpo" / f"checkpoint-{step}").mkdir()
    for step in (9, 100):
        folder = tmp_path / "grpo" / f"checkpoint-{step}"
        for name in ("adapter_config.json", "adapter_model.safetensors", "optimizer.pt"):
            (folder / name).write_text(str(step))
    export(model, tmp_path / "out", [ExportKind.ADAPTER], 1)
    files = {one.path for one in exported_files(tmp_path / "out")}
    assert files == {"adapter/adapter_config.json", "adapter/adapter_model.safetensors"}
    assert (tmp_path / "out" / "adapter" / "adapter_config.json").read_text() == "100"


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
