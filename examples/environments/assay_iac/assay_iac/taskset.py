"""Rows of ``tasks.jsonl`` as verifiers' tasks; the reward is what a server's verdict says.

What raises in a reward becomes a ``TaskError`` on the trace, without a reward.
"""

from collections.abc import Iterator
from pathlib import Path

import verifiers.v1 as vf

from rewardsvc import read_tasks
from rewardsvc.prompts import prompt_of
from rewardsvc.tasks import row_to_json
from rewardsvc.trainers.patient import PatientClient, figures


class IacData(vf.TaskData):
    row: str = ""
    """The row of ``tasks.jsonl``, with the checks; no model sees it."""


class IacTaskConfig(vf.TaskConfig):
    server: str = "127.0.0.1:50051"
    """``host:port`` of ``rewardsvc serve``; ``ASSAY_*`` variables say how it is reached."""
    deadline_seconds: float = 300.0
    """For a verdict, all attempts together."""


class IacTask(vf.Task[IacData, vf.State, IacTaskConfig]):
    @property
    def key(self) -> str:
        return str(self.data.id)

    @vf.reward(weight=1.0)
    async def assay(self, trace: vf.Trace) -> float:
        client = PatientClient(self.config.server, self.config.deadline_seconds)
        found = figures(await client.verdict(self.data.row, trace.last_reply))
        reward = found.pop("reward")
        trace.record_metrics(found)
        return reward


class IacConfig(vf.TasksetConfig):
    tasks: Path = Path("tasks.jsonl")
    """The rows; ``datagen`` makes them."""
    split: str = ""
    """"train", "validation" or "test"; every row where empty."""
    task: IacTaskConfig = IacTaskConfig()


class IacTaskset(vf.Taskset[IacTask, IacConfig]):
    def load(self) -> Iterator[IacTask]:
        for row in read_tasks(self.config.tasks):
            if self.config.split in ("", row.split):
                data = IacData(
                    id=row.id, prompt=prompt_of(row.task, delivery=True), row=row_to_json(row)
                )
                yield IacTask(data, self.config.task)
