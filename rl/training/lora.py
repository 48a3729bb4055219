"""LoRA adapters: from the configuration to PEFT, and merged back into the weights."""

from typing import cast

from peft import LoraConfig, PeftModel
from torch import nn
from transformers import PreTrainedModel

from rl.configs.sections import Lora


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


def merged(model: nn.Module | None) -> PreTrainedModel:
    """A trainer's model with its adapter merged into the weights; one without it as it is."""
    whole = model.merge_and_unload() if isinstance(model, PeftModel) else model
    return cast(PreTrainedModel, whole)
