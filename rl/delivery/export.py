"""A trained model as files that others load, each loaded again and held against the model itself.

::

    OUT/merged/           safetensors, tokenizer and chat template: transformers, vLLM, TRL
    OUT/adapter/          the LoRA adapter alone, where there is one
    OUT/model.q8_0.gguf   llama.cpp, Ollama, LM Studio
    OUT/check/            answers of the model and of each file to the same tasks
    OUT/export.json OUT/README.md (the model card)
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rl.delivery import gguf
from rl.delivery.adapter import adapter_of
from rl.delivery.digest import file_digest, model_files
from rl.delivery.errors import ExportFailed


class ExportKind(StrEnum):
    """What a model is exported as."""

    MERGED = "merged"
    ADAPTER = "adapter"
    Q8_0 = "q8_0"
    Q4_K_M = "q4_k_m"


TOLERANCES = {
    ExportKind.MERGED: 0.0,
    ExportKind.Q8_0: 0.02,
    ExportKind.Q4_K_M: 0.10,
}
"""By how much the mean reward may fall, in reward: what eight bits and four are known to cost is
less (llama.cpp's tools/quantize/README.md has their perplexities); more is a fault of the files."""

_PARTIAL = ".partial"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file by its place in the export; ``sha256`` of its bytes."""

    path: str
    size: int
    sha256: str


def export(source: Path, to: Path, kinds: Sequence[ExportKind], threads: int) -> list[ExportKind]:
    """Write what is not there yet; gives what was made.

    Whose export the folder is, :func:`rl.delivery.record.begin_record` looks at.

    Args:
        source: a model folder of ours, or one with an adapter.
        to: the folder of the export.
        kinds: what to make.
        threads: that quantize.

    Raises:
        ExportFailed: there is no model, no adapter where one is asked for, or a converter refuses.
        ExportToolMissing: a wheel is not installed.
    """
    to.mkdir(parents=True, exist_ok=True)
    wanted = [each for each in kinds if not place_of(to, each).exists()]
    types = tuple(each.value for each in wanted if each.value in gguf.GGUF_TYPES)
    if types:
        gguf.tools()  # before anything slow
    if ExportKind.ADAPTER in wanted:
        _copied(adapter_of(source), place_of(to, ExportKind.ADAPTER))
    merged = place_of(to, ExportKind.MERGED)
    if (ExportKind.MERGED in wanted or types) and not merged.exists():
        _merge(source, merged)
    if types:
        for file in gguf.convert(merged, _fresh(to / f"gguf{_PARTIAL}"), types, threads):
            file.rename(to / file.name)
        shutil.rmtree(to / f"gguf{_PARTIAL}")
    return wanted


def place_of(export_folder: Path, kind: ExportKind) -> Path:
    """Where an export of a kind is."""
    if kind.value in gguf.GGUF_TYPES:
        return export_folder / f"model.{kind.value}.gguf"
    return export_folder / kind.value


def exported_files(export_folder: Path) -> list[ExportedFile]:
    """All files of an export but its record, its card and its check, by their places."""
    files = []
    for path in sorted(export_folder.rglob("*")):
        inside = path.relative_to(export_folder)
        top = inside.parts[0]
        if top in {"check", "export.json", "README.md"} or top.endswith(_PARTIAL):
            continue
        if path.is_file():
            files.append(ExportedFile(inside.as_posix(), path.stat().st_size, file_digest(path)))
    return files


def need_model(source: Path) -> None:
    """Look whether there is something to export.

    Raises:
        ExportFailed: the folder holds neither a model nor an adapter.
    """
    if not any((source / name).is_file() for name in ("config.json", "adapter_config.json")):
        raise ExportFailed(f"{source}: holds no model (no config.json)")


def _merge(source: Path, to: Path) -> None:
    need_model(source)
    if not (source / "config.json").is_file():
        from peft import AutoPeftModelForCausalLM
        from transformers import AutoTokenizer

        from rl.training.lora import merged

        model = merged(AutoPeftModelForCausalLM.from_pretrained(source))
        partial = _fresh(to.with_name(to.name + _PARTIAL))
        model.save_pretrained(partial)
        AutoTokenizer.from_pretrained(source).save_pretrained(partial)
        partial.rename(to)
        return
    _copied(source, to)


def _copied(source: Path, to: Path) -> None:
    """The folder's own files: no optimizer, no state of a trainer."""
    partial = _fresh(to.with_name(to.name + _PARTIAL))
    for file in model_files(source):
        shutil.copyfile(file, partial / file.name)
    partial.rename(to)


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
