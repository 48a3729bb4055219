"""An evaluation as one page that fetches nothing: models side by side, errors to read. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rewardsvc.report.page import (
    Bar,
    Bars,
    Browser,
    EntryText,
    Heading,
    Listing,
    Page,
    PageEntry,
    Paragraph,
    Part,
    ReportTable,
    Tile,
    Tiles,
)
from rewardsvc.report.statistics import Estimate
from rl.evaluation.answers import Evaluated
from rl.evaluation.asked import Breakdown, EvaluatedTask
from rl.evaluation.breakdown import (
    Answers,
    breakdown_table,
    cost_figures,
    most_answers,
    right_at_k,
)
from rl.evaluation.evaluation import SubjectFacts
from rl.evaluation.figures import (
    difference,
    estimate,
    failure_table,
    percent,
    points,
    rewarded,
    right,
    title,
    unscored_kinds,
    verdict_on,
)
from rl.evaluation.suite import Decoding
from rl.reward.verdicts import FULLY_RIGHT

_ENTRIES = 300
"""That a page shows at most: with all of a large evaluation no telephone would open it."""

_CHARACTERS = 6000
"""Of an answer or a question that are shown."""

_MEGABYTE = 2**20

_NOTES = (
    "Intervals are 95% percentile bootstraps over tasks. Fully right means SCORED with "
    f"{' and '.join(f'{component} 1' for component in FULLY_RIGHT)}. Components, costs and errors "
    "are those of greedy answers.",
    "Right at k is the chance that one of k sampled answers is fully right, estimated without bias "
    "from all that were sampled (Chen et al. 2021).",
    "UNSCORED answers (faults of the tools) and questions without an answer are listed apart and "
    "count nowhere.",
    "Seconds are from a question to the end of its answer; for models of this machine, those of a "
    "batch by its size.",
)


def evaluation_page(
    tasks: Mapping[str, EvaluatedTask],
    subjects: Mapping[str, SubjectFacts],
    answers: Mapping[str, Answers],
    *,
    version: str = "",
    quality: ReportTable | None = None,
) -> Page:
    """The page.

    Args:
        tasks: what was asked, by id.
        subjects: what is known of each subject, by label.
        answers: what they answered.
        version: the benchmark's, "" where the tasks are of none.
        quality: what a judge says of the answers, where one was asked.
    """
    greedy = {label: by.get(Decoding.GREEDY, ()) for label, by in answers.items()}
    words = f"{len(tasks)} tasks" + (f" of the benchmark, version {version}" if version else "")
    parts: list[Part] = [
        Paragraph(f"{words}; {len(subjects)} models. Each answer was judged by the real tools."),
        Tiles([_tile(label, given) for label, given in greedy.items()][:8]),
        summary(answers, subjects),
        *map(Paragraph, _changes(greedy)),
    ]
    if quality is not None:
        parts += [Heading("What a judge says of the answers"), quality]
    costs = _cost_table(greedy, subjects)
    if costs.rows:
        parts += [Heading("What answers took"), costs]
    for by in Breakdown:
        table = breakdown_table(by, tasks, greedy)
        if table is not None:
            parts += [Heading(f"By {by.value}: fully right [95%], mean reward"), table]
    for label, given in greedy.items():
        faults = failure_table(given)
        if faults.rows:
            parts += [Heading(f"What {title(label)} gets wrong"), _errors(given), faults]
    entries = list(_entries(tasks, greedy))
    if entries:
        parts += [
            Heading("Answers to read"),
            Browser(("model", "category", "format"), entries[:_ENTRIES]),
        ]
        if len(entries) > _ENTRIES:
            parts.append(Paragraph(f"{_ENTRIES} of {len(entries)} answers, errors first."))
    left_out = [f"{label}: {one.left_out}" for label, one in subjects.items() if one.left_out]
    return Page("Evaluation", [*parts, Heading("Notes"), Listing([*_NOTES, *left_out])])


def summary(answers: Mapping[str, Answers], subjects: Mapping[str, SubjectFacts]) -> ReportTable:
    """A row for each subject. Pure."""
    k = max((most_answers(by.get(Decoding.SAMPLED, ())) for by in answers.values()), default=0)
    ks = [each for each in dict.fromkeys((1, k)) if each]
    rows = []
    for label, facts in subjects.items():
        by = answers.get(label, {})
        greedy, sampled = by.get(Decoding.GREEDY, ()), by.get(Decoding.SAMPLED, ())
        parts = [each.verdict.components for each in greedy if each.verdict.components]
        rows.append(
            [
                title(label),
                percent(estimate(greedy, right)),
                *(percent(right_at_k(sampled, each)) for each in ks),
                _decimal(estimate(greedy, rewarded)),
                *(
                    _mean([getattr(part, name) for part in parts])
                    for name in ("syntax", "correctness", "format")
                ),
                unscored_kinds([*greedy, *sampled]),
                str(sum(facts.missing.values())),
            ]
        )
    heading = (
        *("model", "fully right, greedy [95%]"),
        *(f"right at {each}, sampled [95%]" for each in ks),
        *("mean reward", "syntax", "correctness", "format", "unscored", "without an answer"),
    )
    return ReportTable(heading, rows)


def _tile(label: str, greedy: Sequence[Evaluated]) -> Tile:
    share = estimate(greedy, right)
    if share.value is None:
        return Tile(title(label), "-", "nothing scored")
    interval = (
        "" if share.low is None else f", 95% [{100 * share.low:.0f}, {100 * _high(share):.0f}]"
    )
    return Tile(title(label), f"{100 * share.value:.0f}%", f"of {share.n} fully right{interval}")


def _high(share: Estimate) -> float:
    return share.high if share.high is not None else 1.0


def _changes(greedy: Mapping[str, Sequence[Evaluated]]) -> Iterator[str]:
    """Each subject against the first, in words."""
    labels = list(greedy)
    for label in labels[1:]:
        change = difference(greedy[labels[0]], greedy[label], right)
        if change.value is not None:
            yield (
                f"{title(label)} - {title(labels[0])}, greedy, fully right, paired over {change.n} "
                f"tasks: {points(change)}: {verdict_on(change)}"
            )


def _cost_table(
    greedy: Mapping[str, Sequence[Evaluated]], subjects: Mapping[str, SubjectFacts]
) -> ReportTable:
    rows = []
    for label, given in greedy.items():
        costs, facts = cost_figures(given), subjects.get(label)
        if costs is None or facts is None:
            continue
        rows.append(
            [
                title(label),
                _megabytes(facts.weight_bytes),
                _megabytes(facts.peak_bytes),
                f"{costs.median_seconds:.2f}",
                f"{costs.slowest_seconds:.2f}",
                f"{costs.input_tokens:.0f}",
                f"{costs.output_tokens:.0f}",
                f"{100 * costs.cut_off:.0f}%",
            ]
        )
    heading = (
        *("model", "weights, MB", "GPU at most, MB", "seconds, median", "seconds, 95%"),
        *("tokens in", "tokens out", "cut off"),
    )
    return ReportTable(heading, rows)


def _errors(given: Sequence[Evaluated]) -> Bars:
    """How many answers lost what."""
    wrong = [each for each in given if each.reward is not None and not each.right]
    kinds = Counter(
        "syntax" if parts.syntax < 1 else "correctness"
        for each in wrong
        if (parts := each.verdict.components) is not None
    )
    scored = sum(each.reward is not None for each in given)
    bars = [Bar("fully right", [scored - len(wrong)], str(scored - len(wrong)))]
    names = {"syntax": "not accepted by the tools", "correctness": "accepted, not what was asked"}
    bars += [Bar(names[kind], [count], str(count)) for kind, count in kinds.most_common()]
    return Bars("Answers", bars)


def _entries(
    tasks: Mapping[str, EvaluatedTask], greedy: Mapping[str, Sequence[Evaluated]]
) -> Iterator[PageEntry]:
    """Greedy answers, those with the lowest reward first."""
    every = [(label, answer) for label, given in greedy.items() for answer in given]
    every.sort(key=lambda each: (each[1].right, each[1].reward or 0.0, each[1].task))
    for label, answer in every:
        task = tasks.get(answer.task)
        if task is None:
            continue
        said = [
            diagnostic.message
            for stage in answer.failed_stages
            for diagnostic in stage.diagnostics
            if diagnostic.severity == "error"
        ]
        blocks = [
            EntryText("Question", _cut(task.instruction)),
            EntryText("Answer", _cut(answer.completion), code=True),
        ]
        if said:
            blocks.append(EntryText("What the tools say", _cut("\n".join(said))))
        mark = answer.failure if answer.reward is None else f"{answer.reward:.2f}"
        yield PageEntry(
            title=answer.task,
            summary=(said or [task.instruction])[0],
            facets=(title(label), task.category, task.format),
            mark="fully right" if answer.right else mark,
            good=None if answer.reward is None else answer.right,
            blocks=blocks,
        )


def _cut(text: str) -> str:
    if len(text) <= _CHARACTERS:
        return text
    return f"{text[:_CHARACTERS]}\n… {len(text) - _CHARACTERS} more characters"


def _decimal(figure: Estimate) -> str:
    return "-" if figure.value is None else f"{figure.value:.3f}"


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f}" if values else "-"


def _megabytes(size: int | None) -> str:
    return "-" if size is None else f"{size / _MEGABYTE:.0f}"
