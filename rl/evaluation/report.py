"""What a run came to: a table, curves, answers to read, and a report as Markdown and HTML."""

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
from rewardsvc.tasks import TaskRow
from rl.evaluation.curve import draw_curve
from rl.evaluation.figures import (
    DECODINGS,
    Evaluations,
    changes,
    decodings,
    failure_table,
    summary_table,
    topic_table,
)
from rl.evaluation.shown import tasks_to_read
from rl.reward.verdicts import FULLY_RIGHT

_WORDS = (
    "Intervals are 95% percentile bootstraps over tasks. Fully right means "
    f"{' and '.join(f'{component} 1' for component in FULLY_RIGHT)}. Components are those of "
    "greedy answers. UNSCORED answers (faults of the tools) are listed apart and count nowhere.",
    "The nearest training answer is the baseline that needs no model: the answer to the training "
    "question that shares most words, with the question's own values put in.",
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
    evaluations: Evaluations,
    held_out: Sequence[TaskRow],
    facts: Mapping[str, str],
    rewards: Path,
) -> Report:
    """Write report.md, report.html and, where GRPO ran, reward.png into the folder.

    Args:
        folder: the run directory.
        evaluations: the answers that are reported on.
        held_out: the tasks that were asked.
        facts: what the reader should know besides (tasks, configuration, seconds).
        rewards: GRPO's rewards.jsonl; it need not exist.
    """
    curve = draw_curve(folder / "reward.png", rewards, evaluations)
    page = page_of(evaluations, held_out, facts, curve)
    markdown, html = folder / "report.md", folder / "report.html"
    markdown.write_text(page_to_markdown(page), encoding="utf-8")
    html.write_text(page_to_html(page), encoding="utf-8")
    summary = [table_to_markdown(summary_table(evaluations)), *changes(evaluations)]
    return Report("\n\n".join(summary), curve, markdown, html)


def page_of(
    evaluations: Evaluations,
    held_out: Sequence[TaskRow],
    facts: Mapping[str, str],
    curve: Path | None,
) -> Page:
    """The report as a page, with the curve beside it where there is one. Pure."""
    parts: list[Part] = [summary_table(evaluations), *map(Paragraph, changes(evaluations))]
    if curve is not None:
        parts.append(Picture(curve.name, "Reward and fully right answers during GRPO"))
    for number, (row, answers) in enumerate(tasks_to_read(evaluations, held_out), start=1):
        if number == 1:
            parts.append(Heading("Held-out tasks to read"))
        asked = f"{row.instruction}\n{row.input}".strip()
        parts += [Paragraph(f"{number}. {asked}"), answers]
    for decoding in decodings(evaluations):
        parts.append(Heading(f"By topic, {DECODINGS[decoding]}: fully right (mean reward)"))
        parts.append(topic_table(evaluations, decoding))
    last = next(iter(list(evaluations.values())[-1].values()), ())
    faults = failure_table(last)
    if faults.rows:
        parts += [Heading("What the last model still gets wrong"), faults]
    notes = [*_WORDS, *(f"{name}: {text}" for name, text in facts.items())]
    return Page("Training report", [*parts, Heading("Notes"), Listing(notes)])
