"""Samples completions with transformers' own generation, in this process.

GRPO without a vLLM server generates through TRL, which does the same; this is for evaluation.
"""

from collections.abc import Sequence
from typing import Protocol, cast

import torch

from rl.models.policy import Policy, token_ids
from rl.rollout.base import Conversation, Finished, SampledCompletion, Sampling


class _Generates(Protocol):
    """transformers declares both in a way that mypy cannot call."""

    def to(self, device: str) -> object: ...

    def generate(self, input_ids: torch.Tensor, **settings: object) -> torch.Tensor: ...


class TransformersSampler:
    """Samples from a policy, which is put into evaluation mode and left there."""

    def __init__(self, policy: Policy) -> None:
        self._model, self._tokenizer = policy.model, policy.tokenizer
        quantized = getattr(policy.model, "is_quantized", False)  # it is where it was loaded
        if torch.cuda.is_available() and not quantized:
            cast(_Generates, self._model).to("cuda")

    def sample(
        self, prompts: Sequence[Conversation], sampling: Sampling, finished: Finished
    ) -> list[SampledCompletion]:
        """See :class:`rl.rollout.base.Sampler`; the prompts are generated as one batch."""
        asked = [token_ids(self._tokenizer, prompt, ask=True) for prompt in prompts]
        rows = self._generated(asked, sampling)
        texts = self._tokenizer.batch_decode(rows, skip_special_tokens=True)
        for place, text in enumerate(texts):
            finished(place, text)
        return [
            SampledCompletion(text, prompt, self._ended(row))
            for text, prompt, row in zip(texts, asked, rows, strict=True)
        ]

    def _generated(self, prompts: Sequence[list[int]], sampling: Sampling) -> list[list[int]]:
        """The token ids after each prompt, padded on the right."""
        pad, width = self._tokenizer.pad_token_id, max(map(len, prompts))
        padded = [[pad] * (width - len(prompt)) + prompt for prompt in prompts]
        mask = [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]
        chosen = (
            {"do_sample": False}
            if sampling.temperature == 0
            else {
                "do_sample": True,
                "temperature": sampling.temperature,
                "top_k": 0,
                "top_p": sampling.top_p,
            }
        )
        device = self._model.device
        self._model.eval()
        if sampling.seed is not None:
            torch.manual_seed(sampling.seed)
        with torch.no_grad():
            ids = cast(_Generates, self._model).generate(
                torch.tensor(padded, device=device),
                attention_mask=torch.tensor(mask, device=device),
                max_new_tokens=sampling.max_new_tokens,
                pad_token_id=pad,
                **chosen,
            )
        return cast(list[list[int]], ids[:, width:].tolist())

    def _ended(self, row: list[int]) -> list[int]:
        """The ids with what ended them, without the padding of a row that ended before others."""
        end, pad = self._tokenizer.eos_token_id, self._tokenizer.pad_token_id
        length = row.index(end) + 1 if end in row else len(row)
        while row[length - 1] == pad != end and length > 1:
            length -= 1  # it ended with another mark, which some models have beside the usual one
        return row[:length]
