"""What an answer of a model took, in tokens and in dollars. Pure.

Prices are the user's (the setting ``prices``); none are built in. They move (OpenAI's moved three
times in four weeks of August 2026, says api-evangelist/openai, plans/openai-plans-pricing.yml, read
in November 2026), depend on the length of a prompt, the hour and the contract, and another address
has its own: a table in here would soon invent a bill. Without a price there are tokens only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """US dollars of so many tokens."""
        return (input_tokens * self.input + output_tokens * self.output) / _MILLION


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """What one answer took, or several. ``paid`` is False for one that was kept from before.

    ``dollars`` is None where the price is not known.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    dollars: float | None = None
    paid: bool = False

    @classmethod
    def of(cls, tokens: tuple[int, int], price: Price | None, *, paid: bool) -> "TokenUsage":
        """Of so many input and output tokens."""
        dollars = None
        if price is not None:
            dollars = price.of(*tokens)
        return cls(*tokens, dollars, paid)


FREE = TokenUsage()
"""Of a question that brought no answer."""


def dollars_of(usages: Iterable[TokenUsage]) -> float | None:
    """What answers cost together; None where the price of one is not known, or there are none."""
    known = [usage.dollars for usage in usages]
    dollars = [each for each in known if each is not None]
    return sum(dollars) if dollars and len(dollars) == len(known) else None
