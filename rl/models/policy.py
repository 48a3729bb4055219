"""What is trained and sampled from: a model and its tokenizer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from rl.data import Message


@dataclass(frozen=True, slots=True)
class Policy:
    """A model and its tokenizer, which has a chat template and pads on the left."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    def save(self, folder: Path) -> None:
        """Write both, so that :func:`rl.models.load` and vLLM can read them."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


def token_ids(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message], *, ask: bool
) -> list[int]:
    """The token ids of a conversation; ``ask``: with the marks after which an answer is due."""
    ids = tokenizer.apply_chat_template(
        list(messages), add_generation_prompt=ask, tokenize=True, return_dict=False
    )
    return cast(list[int], ids)
