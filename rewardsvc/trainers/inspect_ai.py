"""inspect_ai's scorer and task, which ask a reward server::

    inspect eval rewardsvc/trainers/inspect_ai.py@assay_tasks -T tasks=data/tasks.jsonl --model …

A sample whose completion stays UNSCORED is ``Score.unscored()``: it is in the log, with the fault,
and in no metric (inspect_ai 0.3.285).
"""

from pathlib import Path

from rewardsvc.errors import ServerUnavailable
from rewardsvc.prompts import prompt_of
from rewardsvc.tasks import read_tasks, row_to_json
from rewardsvc.trainers.again import Unscored
from rewardsvc.trainers.brought import brought_by
from rewardsvc.trainers.feedback import feedback
from rewardsvc.trainers.patient import DEADLINE_SECONDS, PatientClient, figures

with brought_by("inspect-ai>=0.3.285", "inspect_ai"):
    from inspect_ai import Task, task
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
    from inspect_ai.solver import TaskState, generate

__all__ = ["assay", "assay_tasks"]


@scorer(metrics=[mean(), stderr()])
def assay(server: str, deadline_seconds: float = DEADLINE_SECONDS) -> Scorer:
    """Scores samples whose metadata has the row of ``tasks.jsonl`` under ``row``.

    Args:
        server: ``host:port`` of ``rewardsvc serve``; ``ASSAY_*`` variables say how it is reached.
        deadline_seconds: for each verdict, all attempts together.
    """
    client = PatientClient(server, deadline_seconds)

    async def score(state: TaskState, target: Target) -> Score:
        answer = state.output.completion
        try:
            verdict = await client.verdict(state.metadata["row"], answer, "metadata.row")
        except (Unscored, ServerUnavailable) as error:
            return Score.unscored(
                reason=type(error).__name__, answer=answer, explanation=str(error)
            )
        found = figures(verdict)
        reward = found.pop("reward")
        return Score(value=reward, answer=answer, explanation=feedback(verdict), metadata=found)

    return score


@task
def assay_tasks(
    tasks: str,
    server: str = "127.0.0.1:50051",
    split: str = "test",
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Task:
    """The rows of a ``tasks.jsonl`` with a split, all of them where it is ""."""
    samples = [
        Sample(
            input=prompt_of(row.task, delivery=True), id=row.id, metadata={"row": row_to_json(row)}
        )
        for row in read_tasks(Path(tasks))
        if split in ("", row.split)
    ]
    return Task(
        dataset=MemoryDataset(samples),
        solver=generate(),
        scorer=assay(server, deadline_seconds),
    )
