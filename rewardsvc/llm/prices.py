"""What an answer of a model took, in tokens and in dollars. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class PriceTier:
    """What holds for all tokens of a call that reads more than ``above``; US dollars per million
    tokens."""

    above: int
    input: float
    output: float


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; ``tiers`` in rising order."""

    input: float
    output: float
    tiers: tuple[PriceTier, ...] = ()

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """US dollars of a call that takes so many tokens."""
        read, written = self.input, self.output
        for tier in self.tiers:
            if input_tokens > tier.above:
                read, written = tier.input, tier.output
        return (input_tokens * read + output_tokens * written) / _MILLION


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
