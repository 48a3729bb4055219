"""What a run says when it ends: a table on stderr, and why there are fewer pairs than wanted."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from datagen.errors import GO_ON
from datagen.execution import Progress
from datagen.record import Outcome
from datagen.teachers import Reply
from rewardsvc.llm import Price, TokenUsage


def summarize(
    console: Console, topics: Sequence[Progress], seconds: float, price: Price | None
) -> None:
    """Show what each topic gave, and what the run took. ``price`` is the teacher's, None where
    nobody named it."""
    table = Table("topic", "format", "accepted", "rejected", "why", box=None)
    for progress in topics:
        reasons = [record.ruling.reason for record in progress.rejected[:1]]
        if progress.fault is not None:
            reasons.insert(0, progress.fault.ruling.reason)
        table.add_row(
            progress.source.name,
            progress.source.format,
            str(len(progress.accepted)),
            str(len(progress.rejected)),
            escape("; ".join(reasons)),
        )
    console.print(table)
    records = [record for progress in topics for record in progress.records]
    accepted = sum(len(progress.accepted) for progress in topics)
    decided = sum(record.outcome.final for record in records)
    words = f"{accepted} of {decided} candidates accepted in {seconds:.0f} s"
    replies = [reply for record in records if (reply := record.result(Reply))]
    read = sum(reply.input_tokens for reply in replies)
    written = sum(reply.output_tokens for reply in replies)
    if read or written:
        words += f", {read + written} tokens"
        dollars = TokenUsage.of((read, written), price, paid=True).dollars
        words += "" if dollars is None else f", ${dollars:.4f}"
    console.print(words, highlight=False)


def shortfall(topics: Sequence[Progress], got: int, count: int) -> str:
    """Why there are fewer pairs than wanted, and whether the same command may bring more."""
    faults = {fault.outcome: fault.ruling.reason for each in topics if (fault := each.fault)}
    if Outcome.FAULTED in faults:
        return f"{got} of {count} pairs: {faults[Outcome.FAULTED]}; {GO_ON}"
    if Outcome.MISSING in faults:
        return f"{got} of {count} pairs: {faults[Outcome.MISSING]}"
    return f"{got} of {count} pairs: the topics can give no more (rejected or used up)"
