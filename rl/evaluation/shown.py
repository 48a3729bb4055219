"""Held-out tasks to read: what each model answered, and what the tools said of it. Pure."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from rewardsvc.report.page import ShownText, SideBySide
from rewardsvc.tasks import TaskRow
from rl.evaluation.answers import Evaluated
from rl.evaluation.figures import Evaluations, title
from rl.evaluation.subject import NEAREST
from rl.evaluation.suite import Decoding

_TASKS = 3
_MESSAGES = 3
"""That are shown of what the tools said of an answer."""

Answers = Mapping[str, Evaluated]
"""One task's answers, by model."""

Choice = TypeVar("Choice")


def tasks_to_read(
    evaluations: Evaluations, held_out: Sequence[TaskRow]
) -> list[tuple[TaskRow, SideBySide]]:
    """A few tasks with their greedy answers side by side.

    One that the last model learnt, one that training left wrong, and one that was right before it:
    as far as there are such, and of different topics where they can be.
    """
    models = [name for name, by in evaluations.items() if name != NEAREST and Decoding.GREEDY in by]
    answers: dict[str, dict[str, Evaluated]] = {}
    for model in models:
        for answer in evaluations[model][Decoding.GREEDY]:
            answers.setdefault(answer.task, {})[model] = answer
    if not models:
        return []
    rows = [
        row
        for row in held_out
        if (given := answers.get(row.id, {})).keys() >= set(models)
        and all(answer.reward is not None for answer in given.values())
    ]
    stories = {row.id: _story(answers[row.id], models) for row in rows}
    rows.sort(key=lambda row: stories[row.id])
    chosen: list[TaskRow] = []
    for kind in sorted({story for story, _ in stories.values()})[:_TASKS]:
        alike = [row for row in rows if stories[row.id][0] == kind]
        topics = {answers[row.id][models[-1]].topic for row in chosen}
        fresh = [row for row in alike if answers[row.id][models[-1]].topic not in topics]
        chosen.append((fresh or alike)[0])
    return [(row, _side_by_side(answers[row.id], models)) for row in chosen]


def _story(answers: Answers, models: Sequence[str]) -> tuple[int, int]:
    """Sorts what became right in training before what stayed wrong, before what always was; and
    what became so last, first."""
    *before, last = (answers[model].right for model in models)
    if last and not all(before):
        return (0, sum(before))
    return (1, 0) if not last else (2, 0)


def _side_by_side(answers: Answers, models: Sequence[str]) -> SideBySide:
    return SideBySide([_side(model, answers[model]) for model in models])


def _side(model: str, answer: Evaluated) -> ShownText:
    if answer.reward is None:
        said = [f"UNSCORED: {answer.failure}"]
    else:
        messages = [
            diagnostic.message
            for stage in answer.failed_stages
            for diagnostic in stage.diagnostics
            if diagnostic.severity == "error"
        ]
        said = [f"reward {answer.reward:.3f}{', fully right' if answer.right else ''}"]
        said += messages[:_MESSAGES]
        if len(messages) > _MESSAGES:
            said.append(f"and {len(messages) - _MESSAGES} more")
    return ShownText(title(model), answer.completion, said)
