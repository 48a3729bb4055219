"""What a sampler is: prompts in, completions out, each told as soon as it is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rl.data import Message

Conversation = Sequence[Message]
"""The messages after which an answer is due."""

Finished = Callable[[int, str], None]
"""Told the place of a prompt and the text of its completion, while others may still be sampled."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How completions are sampled. ``temperature`` 0 is greedy; longer completions are cut.

    ``seed``: the same seed, policy and prompts give the same completions where this process
    samples; None leaves them to chance.
    """

    temperature: float
    max_new_tokens: int
    top_p: float = 1.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class SampledCompletion:
    """One completion: its text without special tokens, and its token ids with what ended it.

    ``prompt_ids``: what it was sampled after. ``logprobs``: the log probability that the sampler
    gave to each of the ids; None where it tells none.
    """

    text: str
    prompt_ids: list[int]
    ids: list[int]
    logprobs: list[float] | None = None


class Sampler(Protocol):
    """Samples from one policy, as it is when it is asked."""

    def sample(
        self, prompts: Sequence[Conversation], sampling: Sampling, finished: Finished
    ) -> list[SampledCompletion]:
        """One completion for each prompt, in their order.

        Args:
            prompts: conversations, each to be answered.
            sampling: how.
            finished: called once for each completion.

        Raises:
            RolloutFailed: a server that samples could not be reached, or broke.
        """
        ...
