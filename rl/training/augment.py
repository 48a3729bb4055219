"""Renames values in a prompt and its answer alike, so that a small model learns to copy.

A few hundred pairs are soon known by heart; a model from scratch then writes the names it has
seen instead of those it was given. Where each repetition of a pair has other names and numbers,
only copying lowers the loss. The renamed pairs were not verified by tools (a renamed instance
type exists nowhere), which is why some repetitions stay as they are.
"""

import random
import re
from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

Pair = tuple[list[int], list[int]]
"""The token ids of a prompt and of its answer."""

_WORD = re.compile(r"[A-Za-z_]{2,}")


class ValueRenamer:
    """Replaces words and digits that prompt and answer share; the same seed, the same names."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, pairs: Sequence[Pair], *, share: float, seed: int
    ) -> None:
        self._share = share
        self._random = random.Random(seed)
        shared = {token for prompt, answer in pairs for token in set(prompt) & set(answer)}
        texts = {token: str(tokenizer.decode([token])) for token in sorted(shared)}
        self._words = [token for token, text in texts.items() if _WORD.fullmatch(text)]
        self._digits = [token for token, text in texts.items() if text.isdecimal()]

    def rename(self, pair: Pair) -> Pair:
        """The pair with new values, or, in one minus ``share`` of the calls, as it is."""
        if self._random.random() >= self._share:
            return pair
        prompt, answer = pair
        shared = set(prompt) & set(answer)
        new = {
            token: self._random.choice(kind)
            for kind in (self._words, self._digits)
            for token in kind
            if token in shared
        }
        return [new.get(token, token) for token in prompt], [
            new.get(token, token) for token in answer
        ]
