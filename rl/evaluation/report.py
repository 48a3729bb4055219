"""What a run came to: a table, a reward curve, and a report as Markdown and HTML."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rl.evaluation.answers import Evaluated
from rl.evaluation.curve import draw_curve
from rl.evaluation.figures import (
    Table,
    difference,
    failure_table,
    summary_table,
    topic_table,
    verdict_on,
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
    summary = summary_table(evaluations)
    lines = [markdown_table(summary)]
    if "sft" in evaluations and "grpo" in evaluations:
        change = difference(evaluations["sft"], evaluations["grpo"])
        if change.value is not None:
            lines.append(f"GRPO - SFT, paired over tasks: {change:+.3f}: {verdict_on(change)}")
    curve = draw_curve(folder / "reward.png", rewards, evaluations)
    notes = [
        "Intervals are 95% percentile bootstraps over tasks. Fully valid means syntax 1 and "
        "correctness 1. UNSCORED answers (faults of the tools) are listed apart and count nowhere.",
        *(f"{name}: {text}" for name, text in facts.items()),
    ]
    topics = topic_table(evaluations)
    faults = failure_table(evaluations)
    body = ["# Training report", *lines]
    if curve is not None:
        body.append(f"![Reward during GRPO]({curve.name})")
    body += ["## By topic: mean reward (fully valid)", markdown_table(topics)]
    if len(faults) > 1:
        body += ["## What the last model still gets wrong", markdown_table(faults)]
    body += ["## Notes", "\n".join(f"- {note}" for note in notes)]
    markdown = folder / "report.md"
    markdown.write_text("\n\n".join(body) + "\n", encoding="utf-8")
    page = folder / "report.html"
    page.write_text(
        _page(
            summary=summary, lines=lines[1:], curve=curve, topics=topics, faults=faults, notes=notes
        ),
        encoding="utf-8",
    )
    return Report("\n\n".join(lines), curve, markdown, page)


def markdown_table(table: Table) -> str:
    """The table as aligned Markdown, which reads well on a terminal too."""
    clean = [[cell.replace("|", "\\|") for cell in row] for row in table]
    widths = [max(len(row[column]) for row in clean) for column in range(len(clean[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in clean
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3rem .6rem;"
    "text-align:left}img{max-width:100%}"
)


def _page(
    *,
    summary: Table,
    lines: Sequence[str],
    curve: Path | None,
    topics: Table,
    faults: Table,
    notes: Sequence[str],
) -> str:
    parts = ["<h1>Training report</h1>", _html_table(summary)]
    parts += [f"<p>{html.escape(line)}</p>" for line in lines]
    if curve is not None:
        parts.append(f'<img src="{html.escape(curve.name)}" alt="Reward during GRPO">')
    parts += ["<h2>By topic: mean reward (fully valid)</h2>", _html_table(topics)]
    if len(faults) > 1:
        parts += ["<h2>What the last model still gets wrong</h2>", _html_table(faults)]
    parts.append("<ul>" + "".join(f"<li>{html.escape(note)}</li>" for note in notes) + "</ul>")
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Training report</title>"
        f"<style>{_STYLE}</style><body>{''.join(parts)}</body></html>\n"
    )


def _html_table(table: Table) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + row(table[0], "th") + "".join(row(r, "td") for r in table[1:]) + "</table>"
