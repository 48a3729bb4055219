"""Who keeps account of what is asked of a model, before it is asked.

A call is reserved at the most that it can cost, then settled with what the service counted, or
given back where the service says that it did nothing. One whose fate is unknown (a time-out, a
connection that broke, a process that was killed) is neither, and stays charged in full.
"""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from rewardsvc.llm.base import Question

_WRAPPING_TOKENS = 200
"""What services put around messages and schemas: roles, separators, a preamble for the schema."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of a call, or of several."""

    input: int = 0
    output: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        """Both together."""
        return Tokens(self.input + other.input, self.output + other.output)

    def __sub__(self, other: "Tokens") -> "Tokens":
        """What is left without the other."""
        return Tokens(self.input - other.input, self.output - other.output)


Took = Callable[[Tokens], None]
"""Is told what an answer took; of one whose tokens nobody counted nothing is known."""


class Account(Protocol):
    """What is asked, and what it takes."""

    def call(self, most: Tokens, purpose: str) -> AbstractAsyncContextManager[Took]:
        """A call that takes so much at most goes out in the body, which tells what it took.

        A body that ends with a :class:`~rewardsvc.llm.errors.ModelError` was turned away and took
        nothing, unless it is :class:`~rewardsvc.llm.errors.ModelSilent`; what else it ends with
        without having told leaves the call charged in full. ``purpose``: what it is for.

        Raises:
            BudgetSpent: it must not go out.
        """
        ...


class NoAccount:
    """An :class:`Account` of who does not count."""

    def call(self, most: Tokens, purpose: str) -> AbstractAsyncContextManager[Took]:
        """Nothing is kept."""
        return nullcontext(lambda _: None)


def most_of(question: Question) -> Tokens:
    """The most that a question and its answer can take: no tokenizer makes more tokens of a text
    than it has bytes."""
    texts = [question.system, question.name, json.dumps(dict(question.schema or {}))]
    texts += [turn["content"] for turn in question.turns]
    wrapping = _WRAPPING_TOKENS * (1 + len(question.earlier))
    return Tokens(sum(len(text.encode()) for text in texts) + wrapping, question.max_output_tokens)
