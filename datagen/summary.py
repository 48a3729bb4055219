"""What a run says when it ends: a table on stderr, and why there are fewer pairs than wanted."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from datagen.errors import GO_ON
from datagen.execution import Progress
from datagen.ledger import CallCosts
from datagen.outputs.curated import HISTORY, CurationStep
from datagen.record import Outcome


def summarize(
    console: Console,
    by_teacher: Sequence[tuple[str, Sequence[Progress]]],
    seconds: float,
    spent: CallCosts,
    pairs: int,
    *,
    prices: str = "",
) -> None:
    """Show what each topic gave to each teacher, and what the run took. ``spent``: by all runs in
    the folder, on teachers and judges, for so many pairs. ``prices``: where they come from."""
    several = len({teacher for teacher, _ in by_teacher}) > 1
    table = Table("topic", "format", "accepted", "rejected", "why", box=None)
    topics = [each for _, progress in by_teacher for each in progress]
    for teacher, progress in ((name, each) for name, some in by_teacher for each in some):
        reasons = [progress.records[first].ruling.reason for first in progress.rejected[:1]]
        if progress.fault is not None:
            reasons.insert(0, progress.fault.ruling.reason)
        table.add_row(
            f"{progress.source.name} ({teacher})" if several else progress.source.name,
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
    if spent.in_words:
        words += f", {spent.in_words}"
        if spent.dollars is not None and pairs:
            words += f" (${spent.dollars / pairs:.4f} a pair, what was rejected included)"
        if spent.saved > 0:
            words += f"; batches saved ${spent.saved:.4f}"
    console.print(words, highlight=False)
    if prices:
        console.print(prices, highlight=False, markup=False, emoji=False, soft_wrap=True)


def curation_in_words(step: CurationStep) -> Iterator[str]:
    """What a step left out, where it did or would."""
    if step.dropped:
        yield f"{step.name}: {len(step.dropped)} of {step.rows} rows left out ({HISTORY})"
    elif step.name == "decontaminate" and step.found:
        leaks = sum(step.found.values())
        yield (
            f"{step.name}: {leaks} of {step.rows} rows stand in files that must not be trained on; "
            "drop: true leaves them out"
        )


def shortfall(topics: Sequence[Progress], got: int, count: int, refusal: str = "") -> str:
    """Why there are fewer pairs than wanted, and whether the same command may bring more.

    ``refusal``: why a budget let a call not go out, "" where it let each.
    """
    if refusal:
        return (
            f"{got} of {count} pairs: {refusal}; what was decided so far is kept: raise the budget "
            "(--budget, or budget in the recipe) to go on"
        )
    faults = {fault.outcome: fault.ruling.reason for each in topics if (fault := each.fault)}
    if Outcome.FAULTED in faults:
        return f"{got} of {count} pairs: {faults[Outcome.FAULTED]}; {GO_ON}"
    if Outcome.MISSING in faults:
        return f"{got} of {count} pairs: {faults[Outcome.MISSING]}"
    return f"{got} of {count} pairs: the topics can give no more (rejected or used up)"
