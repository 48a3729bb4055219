"""From answers to figures: tables of models, topics and failures, and a difference. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from rewardsvc.report.page import ReportTable
from rewardsvc.report.statistics import Estimate, mean, paired_difference, task_means
from rl.evaluation.answers import Evaluated

TITLES = {"base": "base", "sft": "after SFT", "grpo": "after GRPO"}


def summary_table(evaluations: Mapping[str, Sequence[Evaluated]]) -> ReportTable:
    """One row for each evaluated model."""
    heading = (
        *("model", "samples", "mean reward [95% interval]", "fully valid"),
        *("syntax", "correctness", "format", "unscored"),
    )
    rows = []
    for name, results in evaluations.items():
        scored = [result for result in results if result.reward is not None]
        means = task_means((result.task, result.reward) for result in results)
        parts = [result.verdict.components for result in scored if result.verdict.components]
        rows.append(
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
    return ReportTable(heading, rows)


def topic_table(evaluations: Mapping[str, Sequence[Evaluated]]) -> ReportTable:
    """Mean reward (and share of fully valid answers) for each format and topic."""
    names = list(evaluations)
    rows = []
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
        rows.append(row)
    heading = ["format", "topic", "samples", *(TITLES.get(name, name) for name in names)]
    return ReportTable(heading, rows)


def failure_table(evaluations: Mapping[str, Sequence[Evaluated]]) -> ReportTable:
    """The failed stages of the last model, most frequent first, each with an example."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for result in list(evaluations.values())[-1]:
        for stage in result.failed_stages:
            key = (result.format, stage.name)
            counts[key] += 1
            bad = [d.message for d in stage.diagnostics if d.severity == "error"]
            examples.setdefault(key, " ".join((bad or [""])[0].split())[:120])
    rows = [
        [kind, stage, str(count), examples[kind, stage]]
        for (kind, stage), count in counts.most_common(15)
    ]
    return ReportTable(("format", "stage", "answers", "for example"), rows)


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
