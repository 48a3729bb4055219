"""The last projection of a language model, only where a loss looks, on a CPU.

TRL projects only the tokens of answers onto the vocabulary where there is a GPU, and all tokens
elsewhere. A prompt is longer than its answer, and for a small model that projection costs as much
as all layers, so that on a CPU half of a step went into logits that no loss looks at.
"""

from collections.abc import Mapping
from typing import Any

import torch
from accelerate import Accelerator
from torch.nn import functional
from transformers import PreTrainedModel
from trl.trainer.sft_trainer import SFTTrainer

NO_LOSS = -100
"""The label that torch's cross entropy leaves out."""


class AnswerTrainer(SFTTrainer):
    """Gives the loss that TRL's SFT gives, sooner where one process trains on a CPU."""

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:  # TRL declares neither: a loss, or a loss and outputs
        """The mean loss of the tokens of answers, a scalar."""
        whole = projecting(self.accelerator, model)
        if return_outputs or whole is None:
            return super().compute_loss(  # type: ignore[no-untyped-call]  # TRL's, untyped
                model, inputs, return_outputs, num_items_in_batch
            )
        labels = inputs["labels"][:, 1:]
        given = {name: value for name, value in inputs.items() if name != "labels"}
        asked = labels != NO_LOSS
        logits = logits_at(whole, given, asked)
        loss = functional.cross_entropy(logits, labels[asked], reduction="sum")
        tokens = asked.sum() if num_items_in_batch is None else torch.as_tensor(num_items_in_batch)
        return loss / tokens.clamp(min=1)


def projecting(accelerator: Accelerator, model: torch.nn.Module) -> PreTrainedModel | None:
    """The model that :func:`logits_at` may take apart; None where TRL's own way is the right one.

    It is right on a GPU, where several processes share gradients through the wrapped model, and
    with an adapter, which is a model around a model.
    """
    whole = accelerator.unwrap_model(model)
    alone = accelerator.num_processes == 1 and accelerator.device.type == "cpu"
    return whole if alone and isinstance(whole, PreTrainedModel) else None


def logits_at(
    model: PreTrainedModel, inputs: Mapping[str, torch.Tensor], asked: torch.Tensor
) -> torch.Tensor:
    """What the model expects after some tokens, (tokens asked for, vocabulary).

    Args:
        model: a causal language model.
        inputs: token ids and their attention mask, (batch, length).
        asked: (batch, length - 1); true where the token after this one is asked for.
    """
    states = model.base_model(**inputs, use_cache=False).last_hidden_state[:, :-1]
    head = model.get_output_embeddings()
    assert head is not None  # a model that answers has one
    return torch.as_tensor(head(states[asked]))


def completion_logprobs(
    model: PreTrainedModel,
    ids: torch.Tensor,
    mask: torch.Tensor,
    length: int,
    temperature: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The log probability of each token of completions and the entropy there, (batch, length).

    Both are 0 where the mask is. The entropy has no gradient.

    Args:
        model: a causal language model.
        ids: prompts and completions, (batch, whole length).
        mask: 0 where there is padding, of the same shape.
        length: of the completions, which end the sequences.
        temperature: what logits are divided by.
    """
    asked = mask[:, 1:].bool()
    asked[:, : asked.size(1) - length] = False
    logits = logits_at(model, {"input_ids": ids, "attention_mask": mask}, asked) / temperature
    every = functional.log_softmax(logits, dim=-1)
    found = every.gather(1, ids[:, 1:][asked].unsqueeze(1)).squeeze(1)
    with torch.no_grad():
        entropy = -(every.exp() * every).sum(dim=-1)
    nothing = found.new_zeros(asked.shape)
    placed = nothing.masked_scatter(asked, found), nothing.masked_scatter(asked, entropy)
    return placed[0][:, -length:], placed[1][:, -length:]
