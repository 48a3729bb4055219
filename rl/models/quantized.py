"""Models with weights in fewer bits, as far as the libraries for it are installed.

None of these libraries comes with an extra: they follow the GPU and its driver.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from rl.errors import ModelMissing, QuantizationMissing
from rl.models.policy import Policy

LIBRARIES = {
    "int8": ("bitsandbytes", "bitsandbytes"),
    "int4": ("bitsandbytes", "bitsandbytes"),
    "gptq": ("gptqmodel", "gptqmodel"),
    "awq": ("gptqmodel", "gptqmodel"),
}
"""The library of each quantization: as it is imported, and as it is installed
(https://huggingface.co/docs/transformers/quantization/overview)."""

_MADE_BEFORE = ("gptq", "awq")
"""What a model has to be quantized with already: it takes a data set to do so."""


def need_library(quantization: str) -> None:
    """Refuse a quantization whose library is not installed.

    Raises:
        QuantizationMissing: it is not.
    """
    module, distribution = LIBRARIES.get(quantization, ("", ""))
    if module and find_spec(module) is None:
        raise QuantizationMissing(
            f"{quantization} needs {distribution}, which is not installed: "
            f"pip install {distribution}"
        )


def load(source: str, quantization: str, revision: str | None = None) -> Policy:
    """A model out of a folder, or by its name on the hub; on the GPU where there is one.

    Args:
        source: folder or name.
        quantization: "bf16", "int8", "int4", "gptq" or "awq".
        revision: of the hub.

    Raises:
        QuantizationMissing: the library for it is not installed.
        ModelMissing: there is no such model, or it is not quantized that way.
    """
    need_library(quantization)
    settings: dict[str, Any] = {"dtype": "bfloat16"}
    if quantization == "int8":
        settings["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
    elif quantization == "int4":
        settings["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    elif quantization in _MADE_BEFORE:
        _need_made(source, quantization)
        settings = {"dtype": "auto"}
    if torch.cuda.is_available() and quantization != "bf16":
        settings["device_map"] = {"": 0}  # what is quantized cannot be moved afterwards
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, revision=revision, padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(source, revision=revision, **settings)
    except (OSError, ValueError) as error:  # what transformers raises for both
        raise ModelMissing(
            f"{source}: neither a model folder nor to be had from the hub: "
            f"{str(error).splitlines()[0]}"
        ) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Policy(model, tokenizer)


def weight_bytes(policy: Policy) -> int:
    """What the weights and buffers of a model take in memory, in bytes."""
    return int(policy.model.get_memory_footprint())


def _need_made(source: str, quantization: str) -> None:
    """Refuse a folder whose configuration says that it is not quantized so."""
    file = Path(source) / "config.json"
    if not file.is_file():
        return  # on the hub: transformers reads the configuration there
    method = json.loads(file.read_text(encoding="utf-8")).get("quantization_config", {})
    if method.get("quant_method") != quantization:
        raise ModelMissing(
            f"{source}: is not quantized with {quantization} (quantization_config.quant_method of "
            "its config.json): name a folder that is"
        )
