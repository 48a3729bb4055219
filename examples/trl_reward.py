"""A reward function for TRL's GRPOTrainer that asks a reward server; it needs no extra but TRL.

trainer = GRPOTrainer(
    model=…,
    reward_funcs=[assay_reward(tasks, "127.0.0.1:50051")],  # one only: see docs/training.md
    train_dataset=Dataset.from_list(prompts(tasks)),
)
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rewardsvc import Connection, RemoteScorer, ScoreRequest, TaskRow

Tasks = Mapping[str, TaskRow]
Reward = Callable[..., Awaitable[list[float | None]]]


def prompts(tasks: Tasks) -> list[dict[str, Any]]:
    """The data set: TRL hands its columns on to the reward function, ``task`` among them."""
    said = {id: (row.instruction, row.input, *row.files) for id, row in tasks.items()}
    return [
        {"prompt": [{"role": "user", "content": "\n".join(filter(None, parts))}], "task": id}
        for id, parts in said.items()
    ]


def assay_reward(tasks: Tasks, server: str, connection: Connection | None = None) -> Reward:
    """The function (None for UNSCORED); without a connection, ASSAY_* variables say what it is."""
    connection = connection or Connection.from_environment()

    async def assay(completions: list[Any], task: list[str], **_: Any) -> list[float | None]:
        texts = [text if isinstance(text, str) else text[0]["content"] for text in completions]
        pairs = zip(task, texts, strict=True)
        requests = [ScoreRequest(id=i, task=tasks[i].task, completion=text) for i, text in pairs]
        async with RemoteScorer(server, connection) as scorer:
            return [verdict.reward for verdict in await scorer.score(requests)]

    return assay
