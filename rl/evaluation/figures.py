"""From answers to figures: tables of models, topics and failures, and differences. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from rewardsvc.report.page import ReportTable
from rewardsvc.report.statistics import Estimate, mean, paired_difference, task_means
from rl.evaluation.answers import Evaluated
from rl.evaluation.subject import NEAREST
from rl.evaluation.suite import Decoding

Evaluations = Mapping[str, Mapping[Decoding, Sequence[Evaluated]]]
"""The answers to the held-out tasks, by model in the order of training, and by decoding."""

Figure = Callable[[Evaluated], float | None]
"""What is looked at in an answer; None where a fault of the tools left nothing to look at."""

TITLES = {
    NEAREST: "nearest training answer",
    "base": "base",
    "sft": "after SFT",
    "dpo": "after DPO",
    "grpo": "after GRPO",
}

DECODINGS = {Decoding.GREEDY: "greedy", Decoding.SAMPLED: "sampled"}
"""In the heading of a column."""


def rewarded(answer: Evaluated) -> float | None:
    """The reward."""
    return answer.reward


def right(answer: Evaluated) -> float | None:
    """1 where it is fully right, else 0."""
    return None if answer.reward is None else float(answer.right)


def title(model: str) -> str:
    """A model's name for readers."""
    return TITLES.get(model, model)


def decodings(evaluations: Evaluations) -> list[Decoding]:
    """Those that any of the models was evaluated with, greedy first."""
    return [each for each in Decoding if any(each in by for by in evaluations.values())]


def estimate(answers: Iterable[Evaluated], figure: Figure) -> Estimate:
    """The mean of a figure over tasks, with its interval."""
    return mean(list(task_means((each.task, figure(each)) for each in answers).values()))


def difference(before: Sequence[Evaluated], after: Sequence[Evaluated], figure: Figure) -> Estimate:
    """The paired difference of a figure's means, over the tasks that were scored both times."""
    first = task_means((each.task, figure(each)) for each in before)
    second = task_means((each.task, figure(each)) for each in after)
    return paired_difference(first, second)


def summary_table(evaluations: Evaluations) -> ReportTable:
    """One row for each model: how much is fully right, mean reward and its components."""
    columns = decodings(evaluations)
    rows = []
    for model, by_decoding in evaluations.items():
        shown = by_decoding.get(columns[0], ()) if columns else ()
        parts = [each.verdict.components for each in shown if each.verdict.components]
        rows.append(
            [
                title(model),
                *(percent(estimate(by_decoding.get(each, ()), right)) for each in columns),
                *(_number(estimate(by_decoding.get(each, ()), rewarded)) for each in columns),
                _mean([part.syntax for part in parts]),
                _mean([part.correctness for part in parts]),
                _mean([part.format for part in parts]),
                # What answers without sampling is there once, for all decodings.
                unscored_kinds(
                    [
                        answer
                        for answers in {id(each): each for each in by_decoding.values()}.values()
                        for answer in answers
                    ]
                ),
            ]
        )
    heading = (
        "model",
        *(f"fully right, {DECODINGS[each]} [95%]" for each in columns),
        *(f"mean reward, {DECODINGS[each]}" for each in columns),
        *("syntax", "correctness", "format", "unscored"),
    )
    return ReportTable(heading, rows)


def topic_table(evaluations: Evaluations, decoding: Decoding) -> ReportTable:
    """The share of fully right answers for each format and topic, and mean rewards beside it."""
    cells: dict[tuple[str, str], dict[str, list[Evaluated]]] = {}
    for model, by_decoding in evaluations.items():
        for answer in by_decoding.get(decoding, ()):
            cell = cells.setdefault((answer.format, answer.topic), {})
            cell.setdefault(model, []).append(answer)
    rows = []
    for (kind, topic), by_model in sorted(cells.items()):
        row = [kind, topic, str(max(map(len, by_model.values())))]
        for model in evaluations:
            scored = [each for each in by_model.get(model, []) if each.reward is not None]
            share = _share(sum(each.right for each in scored), len(scored))
            row.append(f"{share} ({_mean([each.reward or 0.0 for each in scored])})")
        rows.append(row)
    return ReportTable(["format", "topic", "answers", *map(title, evaluations)], rows)


def failure_table(answers: Sequence[Evaluated]) -> ReportTable:
    """The failed stages, most frequent first, each with an example."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for answer in answers:
        for stage in answer.failed_stages:
            key = (answer.format, stage.name)
            counts[key] += 1
            bad = [d.message for d in stage.diagnostics if d.severity == "error"]
            examples.setdefault(key, " ".join((bad or [""])[0].split())[:120])
    rows = [
        [kind, stage, str(count), examples[kind, stage]]
        for (kind, stage), count in counts.most_common(15)
    ]
    return ReportTable(("format", "stage", "answers", "for example"), rows)


def changes(evaluations: Evaluations) -> list[str]:
    """What GRPO brought, a line for each decoding; none where that cannot be said."""
    lines = []
    before, after = evaluations.get("sft", {}), evaluations.get("grpo", {})
    for decoding in (each for each in Decoding if each in before and each in after):
        change = difference(before[decoding], after[decoding], right)
        if change.value is not None:
            lines.append(
                f"GRPO - SFT, {DECODINGS[decoding]}, fully right, paired over {change.n} tasks: "
                f"{points(change)}: {verdict_on(change)}"
            )
    return lines


def verdict_on(change: Estimate) -> str:
    """A difference in words."""
    if change.low is not None and change.low > 0:
        return "better"
    if change.high is not None and change.high < 0:
        return "worse"
    return "not measurably different"


def percent(share: Estimate) -> str:
    """``72% [65, 79]``; "-" for nothing."""
    if share.value is None:
        return "-"
    if share.low is None or share.high is None:
        return f"{100 * share.value:.0f}%"
    return f"{100 * share.value:.0f}% [{100 * share.low:.0f}, {100 * share.high:.0f}]"


def points(change: Estimate) -> str:
    """A difference of shares: ``+10.8 points [+5.6, +16.4]``."""
    value = f"{100 * (change.value or 0.0):+.1f} points"
    if change.low is None or change.high is None:
        return value
    return f"{value} [{100 * change.low:+.1f}, {100 * change.high:+.1f}]"


def _number(figure: Estimate) -> str:
    return "-" if figure.value is None else f"{figure.value:.3f}"


def unscored_kinds(results: Sequence[Evaluated]) -> str:
    """How many have no reward, and why: ``2 (TOOL_CRASHED x2)``."""
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
