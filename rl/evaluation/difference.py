"""Two models' answers to the same tasks: how much better, for sure or not, and where. Pure.

Whether the difference may be chance is said twice: by the paired interval, and by an exact sign
test over the tasks that differ (McNemar's, with one answer to a task). Tasks that one of the two
was not scored on count nowhere.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scipy import stats

from rewardsvc.report.page import (
    Heading,
    Listing,
    Page,
    Paragraph,
    Part,
    ReportTable,
    ShownText,
    SideBySide,
    Tile,
    Tiles,
)
from rewardsvc.report.statistics import Estimate, paired_difference, task_means
from rl.evaluation.answer_set import AnswerSet
from rl.evaluation.answers import Evaluated
from rl.evaluation.asked import Breakdown
from rl.evaluation.figures import DECODINGS, points, rewarded, right, title, verdict_on
from rl.evaluation.suite import Decoding

_SHOWN = 3
"""Tasks that are shown of those that got better, and of those that got worse."""


@dataclass(frozen=True, slots=True)
class AnswerDifference:
    """From the first model to the second, at one decoding. ``better``, ``worse``: ids of the tasks
    whose share of fully right answers rose or fell, those that changed most first; ``chance``: how
    likely as uneven a division of them is by chance alone."""

    decoding: Decoding
    right: Estimate
    reward: Estimate
    better: tuple[str, ...]
    worse: tuple[str, ...]
    chance: float

    @property
    def words(self) -> str:
        """The difference as a sentence."""
        return (
            f"{DECODINGS[self.decoding]}, fully right, paired over {self.right.n} tasks: "
            f"{points(self.right)}: {verdict_on(self.right)} (sign test p = {self.chance:.3g}; "
            f"{len(self.better)} better, {len(self.worse)} worse)"
        )


def differences(first: AnswerSet, second: AnswerSet) -> list[AnswerDifference]:
    """The differences at each decoding that both were asked with, greedy first."""
    found = []
    for decoding in Decoding:
        if decoding in first.answers and decoding in second.answers:
            found.append(_difference(decoding, first.answers[decoding], second.answers[decoding]))
    return found


def _difference(
    decoding: Decoding, first: Sequence[Evaluated], second: Sequence[Evaluated]
) -> AnswerDifference:
    before = task_means((each.task, right(each)) for each in first)
    after = task_means((each.task, right(each)) for each in second)
    changes = {task: after[task] - before[task] for task in sorted(before.keys() & after.keys())}
    better = sorted((each for each in changes if changes[each] > 0), key=lambda at: -changes[at])
    worse = sorted((each for each in changes if changes[each] < 0), key=lambda at: changes[at])
    differing = len(better) + len(worse)
    chance = float(stats.binomtest(len(better), differing).pvalue) if differing else 1.0
    rewards = paired_difference(
        task_means((each.task, rewarded(each)) for each in first),
        task_means((each.task, rewarded(each)) for each in second),
    )
    change = paired_difference(before, after)
    return AnswerDifference(decoding, change, rewards, tuple(better), tuple(worse), chance)


def difference_page(first: AnswerSet, second: AnswerSet) -> Page:
    """The comparison as a page: the difference, where it is, and answers to read."""
    names = _names(first, second)
    found = differences(first, second)
    parts: list[Part] = [
        Paragraph(f"From {names[0]} ({first.folder}) to {names[1]} ({second.folder})."),
        Tiles([_tile(each) for each in found]),
        ReportTable(
            ("answers", "fully right", "mean reward", "better", "worse", "p"),
            [
                (
                    DECODINGS[each.decoding],
                    f"{points(each.right)}: {verdict_on(each.right)}",
                    f"{each.reward:+.3f}",
                    str(len(each.better)),
                    str(len(each.worse)),
                    f"{each.chance:.3g}",
                )
                for each in found
            ],
        ),
    ]
    for by in Breakdown:
        table = _by(by, first, second)
        if table is not None:
            parts += [Heading(f"By {by.value}, fully right"), table]
    if found:
        for words, tasks in (("better", found[0].better), ("worse", found[0].worse)):
            parts += _to_read(words, tasks[:_SHOWN], found[0].decoding, (first, second))
    notes = [
        "Intervals are 95% percentile bootstraps over tasks that both were scored on; p is of an "
        "exact sign test over the tasks that differ.",
    ]
    return Page("Comparison", [*parts, Heading("Notes"), Listing(notes)])


def _names(first: AnswerSet, second: AnswerSet) -> tuple[str, str]:
    if first.label != second.label:
        return title(first.label), title(second.label)
    return f"{title(first.label)}, first", f"{title(second.label)}, second"


def _tile(change: AnswerDifference) -> Tile:
    value = 100 * (change.right.value or 0.0)
    return Tile(
        f"fully right, {DECODINGS[change.decoding]}",
        f"{value:+.1f} points",
        f"{verdict_on(change.right)}; {len(change.better)} tasks better, {len(change.worse)} worse",
    )


def _by(by: Breakdown, first: AnswerSet, second: AnswerSet) -> ReportTable | None:
    tasks = {**first.tasks, **second.tasks}
    values = sorted({task.by(by) for task in tasks.values()})
    if len(values) < 2:
        return None
    rows = []
    for value in values:
        inside = {task.id for task in tasks.values() if task.by(by) == value}
        changes = differences(_only(first, inside), _only(second, inside))
        cells = [
            f"{points(each.right)}" if each.right.value is not None else "-" for each in changes
        ]
        rows.append([value, str(len(inside)), *cells])
    both = [each for each in Decoding if each in first.answers and each in second.answers]
    return ReportTable((by.value, "tasks", *(DECODINGS[each] for each in both)), rows)


def _only(answers: AnswerSet, tasks: set[str]) -> AnswerSet:
    kept: Mapping[Decoding, Sequence[Evaluated]] = {
        decoding: [each for each in given if each.task in tasks]
        for decoding, given in answers.answers.items()
    }
    return AnswerSet(answers.label, answers.folder, answers.tasks, kept, answers.declared)


def _to_read(
    words: str, tasks: Sequence[str], decoding: Decoding, sets: tuple[AnswerSet, AnswerSet]
) -> Iterator[Part]:
    names = _names(*sets)
    for number, task in enumerate(tasks, start=1):
        answers = [_answer_to(each, decoding, task) for each in sets]
        if None in answers:
            continue
        if number == 1:
            yield Heading(f"What got {words}")
        asked = sets[0].tasks[task].instruction or task
        yield Paragraph(f"{number}. {asked}")
        before, after = (each.completion if each else "" for each in answers)
        yield SideBySide(
            [
                ShownText(name, answer.completion, [_said(answer)])
                for name, answer in zip(names, answers, strict=True)
                if answer is not None
            ]
        )
        changed = "".join(
            difflib.unified_diff(
                before.splitlines(keepends=True),
                after.splitlines(keepends=True),
                *names,
                n=1,
            )
        )
        yield SideBySide([ShownText("What differs", changed, [])])


def _answer_to(answers: AnswerSet, decoding: Decoding, task: str) -> Evaluated | None:
    return next((each for each in answers.answers[decoding] if each.task == task), None)


def _said(answer: Evaluated) -> str:
    if answer.reward is None:
        return f"UNSCORED: {answer.failure}"
    messages = [
        found.message
        for stage in answer.failed_stages
        for found in stage.diagnostics
        if found.severity == "error"
    ]
    return f"reward {answer.reward:.3f}" + (f": {messages[0]}" if messages else "")
