"""What a run came to: a table, a reward curve, and a report as Markdown and HTML."""

import html
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardsvc.report.statistics import Estimate, mean, paired_difference, task_means
from rl.evaluation import Evaluated, failed_stages

Table = list[list[str]]
"""Rows of cells; the first row is the heading."""

TITLES = {"base": "base", "sft": "after SFT", "grpo": "after GRPO"}


@dataclass(frozen=True, slots=True)
class Report:
    """Where the parts of a report lie, and the summary as text."""

    table: str
    curve: Path | None
    markdown: Path
    html: Path


def summary_table(evaluations: Mapping[str, Sequence[Evaluated]]) -> Table:
    """One row for each evaluated model."""
    table = [
        [
            *("model", "samples", "mean reward [95% interval]", "fully valid"),
            *("syntax", "correctness", "format", "unscored"),
        ]
    ]
    for name, results in evaluations.items():
        scored = [result for result in results if result.reward is not None]
        means = task_means((result.task, result.reward) for result in results)
        parts = [result.verdict.components for result in scored if result.verdict.components]
        table.append(
            [
                TITLES.get(name, name),
                str(len(results)),
                f"{mean(list(means.values())):.3f}",
                _share(sum(result.valid for result in scored), len(scored)),
                _mean([part.syntax for part in parts]),
                _mean([part.correctness for part in parts]),
                _mean([part.format for part in parts]),
                _unscored(results),
            ]
        )
    return table


def topic_table(evaluations: Mapping[str, Sequence[Evaluated]]) -> Table:
    """Mean reward (and share of fully valid answers) for each format and topic."""
    names = list(evaluations)
    table = [["format", "topic", "samples", *(TITLES.get(name, name) for name in names)]]
    cells: defaultdict[tuple[str, str], dict[str, list[Evaluated]]] = defaultdict(dict)
    for name, results in evaluations.items():
        for result in results:
            cells[result.format, result.topic].setdefault(name, []).append(result)
    for (kind, topic), by_name in sorted(cells.items()):
        row = [kind, topic, str(max(map(len, by_name.values())))]
        for name in names:
            scored = [result for result in by_name.get(name, []) if result.reward is not None]
            mean = _mean([result.reward or 0.0 for result in scored])
            row.append(f"{mean} ({_share(sum(r.valid for r in scored), len(scored))})")
        table.append(row)
    return table


def difference(before: Sequence[Evaluated], after: Sequence[Evaluated]) -> Estimate:
    """The paired difference of the mean rewards, over the tasks that were scored both times."""
    first = task_means((result.task, result.reward) for result in before)
    second = task_means((result.task, result.reward) for result in after)
    return paired_difference(first, second)


def verdict_on(change: Estimate) -> str:
    """A difference in words."""
    if change.low is not None and change.low > 0:
        return "better"
    if change.high is not None and change.high < 0:
        return "worse"
    return "not measurably different"


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
    curve = _curve(folder / "reward.png", rewards, evaluations)
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


def failure_table(evaluations: Mapping[str, Sequence[Evaluated]]) -> Table:
    """The failed stages of the last model, most frequent first, each with an example."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for result in list(evaluations.values())[-1]:
        for stage in failed_stages(result):
            key = (result.format, stage.name)
            counts[key] += 1
            bad = [d.message for d in stage.diagnostics if d.severity == "error"]
            examples.setdefault(key, " ".join((bad or [""])[0].split())[:120])
    rows = [
        [kind, stage, str(count), examples[kind, stage]]
        for (kind, stage), count in counts.most_common(15)
    ]
    return [["format", "stage", "answers", "for example"], *rows]


def markdown_table(table: Table) -> str:
    """The table as aligned Markdown, which reads well on a terminal too."""
    clean = [[cell.replace("|", "\\|") for cell in row] for row in table]
    widths = [max(len(row[column]) for row in clean) for column in range(len(clean[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in clean
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def curve_points(rewards: Path) -> list[dict[str, Any]]:
    """GRPO's steps in order; a step that was repeated after an interruption counts once."""
    if not rewards.is_file():
        return []
    steps: dict[int, dict[str, Any]] = {}
    for line in rewards.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # a last line cut short
        steps[entry["step"]] = entry
    return [steps[step] for step in sorted(steps)]


def _curve(
    file: Path, rewards: Path, evaluations: Mapping[str, Sequence[Evaluated]]
) -> Path | None:
    points = [point for point in curve_points(rewards) if "reward" in point]
    if not points:
        return None
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    steps = [point["step"] for point in points]
    values = [point["reward"] for point in points]
    axes.plot(steps, values, color="0.75", label="mean reward of the step")
    axes.plot(steps, _running(values), color="tab:blue", label="running mean of 10 steps")
    axes.plot(
        steps,
        [point["unscored_share"] for point in points],
        color="tab:red",
        linewidth=0.8,
        label="share UNSCORED",
    )
    for name, style in (("base", ":"), ("sft", "--"), ("grpo", "-")):
        means = task_means((r.task, r.reward) for r in evaluations.get(name, ()))
        if means:
            mean = sum(means.values()) / len(means)
            axes.axhline(
                mean,
                color="tab:green",
                linestyle=style,
                linewidth=0.9,
                label=f"held out, {TITLES[name]}: {mean:.3f}",
            )
    axes.set(xlabel="GRPO step", ylabel="reward", ylim=(-0.02, 1.02))
    axes.legend(fontsize="small", loc="center right")
    figure.savefig(file, dpi=120)
    return file


def _running(values: Sequence[float], window: int = 10) -> list[float]:
    means = []
    for end in range(1, len(values) + 1):
        part = values[max(0, end - window) : end]
        means.append(sum(part) / len(part))
    return means


def _unscored(results: Sequence[Evaluated]) -> str:
    kinds = Counter(
        f"{result.failure} by choice" if result.verdict.chosen else result.failure
        for result in results
        if result.failure
    )
    named = ", ".join(f"{kind} x{count}" for kind, count in kinds.most_common())
    return f"{kinds.total()} ({named})" if named else "0"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "-"


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f}" if values else "-"


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
