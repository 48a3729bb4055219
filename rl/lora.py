"""LoRA adapters: from the configuration to PEFT, and merged back into the weights."""

from typing import Any

from peft import LoraConfig, PeftModel
from transformers import PreTrainedModel

from rl.config import Lora


def peft_config(lora: Lora) -> LoraConfig:
    """PEFT's configuration of an adapter for a causal language model."""
    targets = lora.targets if isinstance(lora.targets, str) else list(lora.targets)
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
    )


def merged(model: Any) -> PreTrainedModel:
    """The model with its adapter merged into the weights; a model without one as it is."""
    result: PreTrainedModel = model.merge_and_unload() if isinstance(model, PeftModel) else model
    return result
