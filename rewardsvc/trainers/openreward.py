"""An environment of the Open Reward Standard, which asks a reward server::

    Server([ors_environment("127.0.0.1:50051", Path("data/tasks.jsonl"))]).run(port=8000)

The splits are those of the rows. The model's first message without a tool call is its answer: the
terminal tool ``answer`` scores it. Where it stays UNSCORED the tool raises, and the episode has no
reward; a client sees an error (openreward 0.1.167).
"""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rewardsvc.prompts import prompt_of
from rewardsvc.tasks import read_tasks, row_to_json
from rewardsvc.trainers.brought import brought_by
from rewardsvc.trainers.feedback import feedback
from rewardsvc.trainers.patient import DEADLINE_SECONDS, PatientClient, figures
from rewardsvc.trainers.rows import task_of

with brought_by("openreward>=0.1.167", "openreward"):
    from openreward.environments import (
        Environment,
        Split,
        TextBlock,
        ToolOutput,
        terminal,
        tool,
    )

__all__ = ["OrsAnswer", "OrsEnvironment", "ors_environment"]


class OrsAnswer(BaseModel):
    """The model's raw text."""

    text: str


class OrsEnvironment(Environment):
    """One task; its specification is ``{"id", "row"}``. The class methods need those of a subclass
    that :func:`ors_environment` makes."""

    client: PatientClient
    tasks: Path

    @classmethod
    def list_splits(cls) -> list[Split]:
        """The splits that rows have; "train" where none says."""
        named = sorted({row.split or "train" for row in read_tasks(cls.tasks)})
        return [Split(name=name, type=name) for name in named]

    @classmethod
    def list_tasks(cls, split: str) -> list[dict[str, Any]]:
        """The rows of a split."""
        return [
            {"id": row.id, "row": row_to_json(row)}
            for row in read_tasks(cls.tasks)
            if (row.split or "train") == split
        ]

    async def get_prompt(self) -> list[TextBlock]:
        """What the task asks for."""
        return [
            TextBlock(
                text=prompt_of(task_of(self.task_spec["row"], "task_spec.row"), delivery=True)
            )
        ]

    @terminal
    @tool
    async def answer(self, args: OrsAnswer) -> ToolOutput:
        """Score the answer; the episode is over."""
        verdict = await self.client.verdict(self.task_spec["row"], args.text, "task_spec.row")
        found = figures(verdict)
        return ToolOutput(
            blocks=[TextBlock(text=feedback(verdict))],
            metadata=dict(found),
            reward=found["reward"],
            finished=True,
        )


def ors_environment(
    server: str, tasks: Path, deadline_seconds: float = DEADLINE_SECONDS
) -> type[OrsEnvironment]:
    """The environment of a file of tasks, scored at a server."""
    named = {"client": PatientClient(server, deadline_seconds), "tasks": tasks}
    return type("AssayIac", (OrsEnvironment,), named)
