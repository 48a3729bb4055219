"""What a run says when it ends: a table on stderr, and why there are fewer pairs than wanted."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from datagen.errors import GO_ON
from datagen.execution import Progress
from datagen.outputs.curated import HISTORY, CurationStep
from datagen.record import Outcome
from datagen.teachers import Reply
from rewardsvc.llm import Price, TokenUsage, dollars_of


def summarize(
    console: Console,
    by_teacher: Sequence[tuple[str, Sequence[Progress]]],
    seconds: float,
    prices: Mapping[str, tuple[float, float]],
) -> None:
    """Show what each topic gave to each teacher, and what the run took. ``prices``: of those
    teachers whose price somebody named."""
    several = len({teacher for teacher, _ in by_teacher}) > 1
    table = Table("topic", "format", "accepted", "rejected", "why", box=None)
    topics = [each for _, progress in by_teacher for each in progress]
    for teacher, progress in ((name, each) for name, some in by_teacher for each in some):
        reasons = [record.ruling.reason for record in progress.rejected[:1]]
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
    usages = [_usage(some, prices.get(teacher)) for teacher, some in by_teacher]
    tokens = sum(usage.input_tokens + usage.output_tokens for usage in usages)
    if tokens:
        words += f", {tokens} tokens"
        dollars = dollars_of(usage for usage in usages if usage.paid)
        words += "" if dollars is None else f", ${dollars:.4f}"
    console.print(words, highlight=False)


def _usage(topics: Sequence[Progress], price: tuple[float, float] | None) -> TokenUsage:
    replies = [
        reply for each in topics for record in each.records if (reply := record.result(Reply))
    ]
    tokens = sum(each.input_tokens for each in replies), sum(each.output_tokens for each in replies)
    return TokenUsage.of(tokens, Price(*price) if price else None, paid=any(tokens))


def curation_in_words(step: CurationStep) -> Iterator[str]:
    """What a step left out, where it did or would."""
    if step.dropped:
        yield f"{step.name}: {len(step.dropped)} of {step.rows} rows left out ({HISTORY})"
    elif step.found.get("leaks"):
        yield (
            f"{step.name}: {step.found['leaks']} of {step.rows} rows stand in files that must not "
            "be trained on; drop: true leaves them out"
        )


def shortfall(topics: Sequence[Progress], got: int, count: int) -> str:
    """Why there are fewer pairs than wanted, and whether the same command may bring more."""
    faults = {fault.outcome: fault.ruling.reason for each in topics if (fault := each.fault)}
    if Outcome.FAULTED in faults:
        return f"{got} of {count} pairs: {faults[Outcome.FAULTED]}; {GO_ON}"
    if Outcome.MISSING in faults:
        return f"{got} of {count} pairs: {faults[Outcome.MISSING]}"
    return f"{got} of {count} pairs: the topics can give no more (rejected or used up)"
