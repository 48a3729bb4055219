"""Has judges rate answers, beside what the tools found: it needs what a reward server needs.

Judges are asked about greedy answers that have a file, with the task's reference beside them. What
they answered is kept where all judgements are (docs/judge.md): none is paid for twice.
"""

import asyncio
from collections.abc import Callable, Sequence

from rewardsvc.errors import CannotServe
from rewardsvc.judge.cases import case_of
from rewardsvc.judge.panel import Panel, open_panel
from rewardsvc.judge.votes import combined, reason_of
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow
from rl.errors import RewardUnavailable
from rl.evaluation.answers import Evaluated
from rl.evaluation.quality import RatedAnswer

_AT_ONCE = 16


async def rate(
    rows: Sequence[TaskRow],
    answers: Sequence[Evaluated],
    settings: Settings,
    done: Callable[[], None],
) -> list[RatedAnswer]:
    """What the judges of the settings say of answers; ``done`` is called once for each.

    Raises:
        RewardUnavailable: a judge cannot be asked from here.
    """
    by_id = {row.id: row for row in rows}
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(panel: Panel, answer: Evaluated) -> RatedAnswer:
        async with places:
            rated = await _rated(panel, by_id[answer.task], answer)
        done()
        return rated

    try:
        async with open_panel(settings) as panel:
            assert panel is not None  # the settings name judges
            async with asyncio.TaskGroup() as group:
                asked = [
                    group.create_task(one(panel, answer))
                    for answer in answers
                    if answer.task in by_id and answer.number == 0
                ]
    except CannotServe as error:
        raise RewardUnavailable(str(error)) from error
    return [each.result() for each in asked]


async def _rated(panel: Panel, row: TaskRow, answer: Evaluated) -> RatedAnswer:
    try:
        case = case_of(row.task, answer.completion, row.output)
    except ValueError as error:
        return RatedAnswer(answer.task, {}, str(error))
    votes = await panel.votes(case)
    levels = combined(votes)
    if levels is None:
        return RatedAnswer(answer.task, {}, reason_of(votes))
    return RatedAnswer(answer.task, {each.value: one.score for each, one in levels.items()})
