"""What a run came to: a table, a reward curve, and a report as Markdown and HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rewardsvc.report.page import (
    Heading,
    Listing,
    Page,
    Paragraph,
    Part,
    Picture,
    page_to_html,
    page_to_markdown,
    table_to_markdown,
)
from rl.evaluation.answers import Evaluated
from rl.evaluation.curve import draw_curve
from rl.evaluation.figures import (
    difference,
    failure_table,
    summary_table,
    topic_table,
    verdict_on,
)
from rl.evaluation.suite import FULLY_VALID

_WORDS = (
    "Intervals are 95% percentile bootstraps over tasks. Fully valid means "
    f"{' and '.join(f'{component} 1' for component in FULLY_VALID)}. "
    "UNSCORED answers (faults of the tools) are listed apart and count nowhere."
)


@dataclass(frozen=True, slots=True)
class Report:
    """Where the parts of a report lie, and the summary as text."""

    table: str
    curve: Path | None
    markdown: Path
    html: Path


def write(
    folder: Path,
    evaluations: Mapping[str, Sequence[Evaluated]],
    facts: Mapping[str, str],
    rewards: Path,
) -> Report:
    """Write report.md, report.html and, where GRPO ran, reward.png into the folder.

    Args:
        folder: the run directory.
        evaluations: by model, in the order of training.
        facts: what the reader should know besides (tasks, configuration, seconds).
        rewards: GRPO's rewards.jsonl; it need not exist.
    """
    curve = draw_curve(folder / "reward.png", rewards, evaluations)
    page = page_of(evaluations, facts, curve)
    markdown, html = folder / "report.md", folder / "report.html"
    markdown.write_text(page_to_markdown(page), encoding="utf-8")
    html.write_text(page_to_html(page), encoding="utf-8")
    summary = [table_to_markdown(summary_table(evaluations)), *_change(evaluations)]
    return Report("\n\n".join(summary), curve, markdown, html)


def page_of(
    evaluations: Mapping[str, Sequence[Evaluated]], facts: Mapping[str, str], curve: Path | None
) -> Page:
    """The report as a page, with the curve beside it where there is one. Pure."""
    parts: list[Part] = [summary_table(evaluations), *map(Paragraph, _change(evaluations))]
    if curve is not None:
        parts.append(Picture(curve.name, "Reward during GRPO"))
    parts += [Heading("By topic: mean reward (fully valid)"), topic_table(evaluations)]
    faults = failure_table(evaluations)
    if faults.rows:
        parts += [Heading("What the last model still gets wrong"), faults]
    notes = [_WORDS, *(f"{name}: {text}" for name, text in facts.items())]
    return Page("Training report", [*parts, Heading("Notes"), Listing(notes)])


def _change(evaluations: Mapping[str, Sequence[Evaluated]]) -> list[str]:
    """What GRPO brought, in a line; none where that cannot be said."""
    if not {"sft", "grpo"} <= evaluations.keys():
        return []
    change = difference(evaluations["sft"], evaluations["grpo"])
    if change.value is None:
        return []
    return [f"GRPO - SFT, paired over tasks: {change:+.3f}: {verdict_on(change)}"]
