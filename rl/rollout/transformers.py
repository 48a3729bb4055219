"""Samples completions with transformers' own generation, in this process.

GRPO without a vLLM server generates through TRL, which does the same; this is for evaluation.
"""

from collections.abc import Sequence
from typing import Any, cast

import torch
from transformers import BatchEncoding

from rl.data import Message
from rl.models import Policy


def sample(
    policy: Policy,
    prompts: Sequence[Sequence[Message]],
    *,
    temperature: float,
    max_new_tokens: int,
    seed: int,
) -> list[str]:
    """One completion for each prompt, without special tokens.

    Args:
        policy: put into evaluation mode, and left there.
        prompts: generated together as one batch.
        temperature: 0 is greedy.
        max_new_tokens: longer completions are cut.
        seed: the same seed and batch give the same completions.
    """
    model: Any = policy.model  # transformers declares generate in a way mypy cannot call
    if torch.cuda.is_available():
        model.to("cuda")
    tokenizer = policy.tokenizer
    batch = cast(
        BatchEncoding,
        tokenizer.apply_chat_template(
            [list(messages) for messages in prompts],
            add_generation_prompt=True,
            tokenize=True,
            padding=True,
            return_dict=True,
            return_tensors="pt",
        ),
    ).to(model.device)
    model.eval()
    torch.manual_seed(seed)
    sampling = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
    with torch.no_grad():
        ids = model.generate(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            max_new_tokens=max_new_tokens,
            pad_token_id=tokenizer.pad_token_id,
            **(sampling if temperature > 0 else {"do_sample": False}),
        )
    texts: list[str] = tokenizer.batch_decode(
        ids[:, batch["input_ids"].shape[1] :], skip_special_tokens=True
    )
    return texts
