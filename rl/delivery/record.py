"""What an export is and where it comes from: export.json, and a card for readers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rl.delivery.digest import place_digest
from rl.delivery.errors import AnotherExport, ExportFailed
from rl.delivery.export import ExportedFile
from rl.delivery.export_check import ExportCheck

EXPORT_FILE = "export.json"
CARD_FILE = "README.md"

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a model comes from. ``digest``: of its files (:func:`place_digest`); ``tasks``: a
    digest of the rows of its run; ``recipe``: the run's configuration; ``gate``: what `rl gate`
    found of it (:func:`rl.delivery.gate.gate_of`), None where nobody asked."""

    source: str
    digest: str = ""
    stage: str = ""
    recipe: Mapping[str, object] = field(default_factory=dict)
    tasks: str = ""
    gate: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """What ``export.json`` says."""

    lineage: Lineage
    files: tuple[ExportedFile, ...]
    check: ExportCheck | None = None


_RECORD = TypeAdapter(ExportRecord)


def lineage_of(source: Path, gate: Mapping[str, object] | None = None) -> Lineage:
    """Where a model folder comes from, as far as a run around it says; ``gate``: of this model."""
    digest = place_digest(source)
    run = source.parent.parent
    if not (run / "run.json").is_file():
        return Lineage(source=source.name, digest=digest, gate=gate)
    known = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return Lineage(
        source=source.name,
        digest=digest,
        stage=source.parent.name,
        recipe=known.get("config", {}),
        tasks=str(known.get("tasks", "")),
        gate=gate,
    )


def begin_record(export_folder: Path, lineage: Lineage, name: str) -> None:
    """Say what an export is of before anything of it is made: it takes no files of another model.

    Raises:
        AnotherExport: the folder holds an export of another model, or something else.
        ExportFailed: its record cannot be read.
    """
    file = export_folder / EXPORT_FILE
    if file.is_file() and (known := read_record(export_folder)).lineage.digest != lineage.digest:
        begun = {EXPORT_FILE, CARD_FILE}  # of which nothing was made
        if known.files or any(each.name not in begun for each in export_folder.iterdir()):
            raise AnotherExport(
                f"{export_folder}: holds an export of another model, or of what {lineage.source} "
                "was before; name another --out, or remove it to start anew"
            )
    elif file.is_file():
        return
    elif export_folder.exists() and (not export_folder.is_dir() or any(export_folder.iterdir())):
        raise AnotherExport(f"{export_folder}: is neither empty nor an export; name another --out")
    export_folder.mkdir(parents=True, exist_ok=True)
    write_record(export_folder, ExportRecord(lineage, ()), name)


def write_record(export_folder: Path, record: ExportRecord, name: str) -> None:
    """Write export.json and the card."""
    text = json.dumps(asdict(record), indent=1, default=str) + "\n"
    partial = export_folder / f"{EXPORT_FILE}.partial"
    partial.write_text(text, encoding="utf-8")
    partial.replace(export_folder / EXPORT_FILE)
    (export_folder / CARD_FILE).write_text(card_of(record, name), encoding="utf-8")


def read_record(export_folder: Path) -> ExportRecord:
    """What an export is.

    Raises:
        ExportFailed: there is none in the folder.
    """
    file = export_folder / EXPORT_FILE
    try:
        return _RECORD.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ExportFailed(f"{export_folder}: holds no export ({EXPORT_FILE}): {error}") from error


def card_of(record: ExportRecord, name: str) -> str:
    """The model card, with the metadata that the hub reads
    (https://huggingface.co/docs/hub/model-cards). Pure."""
    lineage = record.lineage
    base = _base(lineage.recipe)
    head = ["---", "library_name: transformers", "pipeline_tag: text-generation"]
    head += [f"base_model: {base}"] if "/" in base else []
    head += ["tags:", "- infrastructure-as-code", "- assay", "---"]
    parts = ["\n".join(head), f"# {name}", _origin(lineage, base)]
    if record.check is not None:
        parts += ["## What its files answer", _check_table(record.check)]
    parts += ["## Files", _file_table(record.files), "## Use", _USE]
    parts += ["## Limits", _LIMITS]
    return "\n\n".join(parts) + "\n"


_USE = """- `merged/`: `AutoModelForCausalLM.from_pretrained(…)`, `vllm serve …`.
- `adapter/`: `PeftModel.from_pretrained(base, …)`, or `--lora-modules` of vLLM.
- `model.*.gguf`: llama.cpp, Ollama and LM Studio; the chat template is in the file."""

_LIMITS = (
    "It writes infrastructure code of the kinds that it was trained on. Have the tools judge what "
    "it writes (`rewardsvc score`) before anybody applies it."
)


def _base(recipe: Mapping[str, object]) -> str:
    model = recipe.get("model")
    said = model if isinstance(model, Mapping) else {}
    return str(said.get("name") or said.get("kind") or "")


def _origin(lineage: Lineage, base: str) -> str:
    words = [f"A model of the stage `{lineage.stage}`." if lineage.stage else "A model."]
    if base:
        words.append(f"It began as `{base}`.")
    if lineage.tasks:
        words.append(
            f"Trained on tasks whose answers the real tools judge; their digest is "
            f"`{lineage.tasks[:16]}`."
        )
    if lineage.gate is not None:
        kept = "kept" if lineage.gate.get("passed") else "not kept"
        words.append(f"The limits of its evaluation were {kept}.")
    return " ".join(words)


def _check_table(check: ExportCheck) -> str:
    rows = [
        "| file | fully right | mean reward | lost of it | may be lost |",
        "|---|---|---|---|---|",
        f"| the model itself | {_share(check.fully_right)} | {_decimal(check.reward)} | | |",
    ]
    rows += [
        f"| {each.kind} | {_share(each.fully_right)} | {_decimal(each.reward)} "
        f"| {_decimal(each.lost)} | {each.tolerance:.2f} |"
        for each in check.exports
    ]
    tasks = max((each.tasks for each in check.exports), default=0)
    return "\n".join([*rows, "", f"Greedy answers to {tasks} tasks, judged by the real tools."])


def _file_table(files: Sequence[ExportedFile]) -> str:
    rows = ["| file | MB | sha256 |", "|---|---|---|"]
    rows += [f"| {one.path} | {one.size / _MEGABYTE:.1f} | `{one.sha256[:16]}…` |" for one in files]
    return "\n".join(rows)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f}%"


def _decimal(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
