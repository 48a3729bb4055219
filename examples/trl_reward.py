"""A reward function for TRL's GRPOTrainer that asks a reward server.

trainer = GRPOTrainer(
    model=…,
    reward_funcs=[assay_reward(tasks, "127.0.0.1:50051")],  # one only: see docs/training.md
    train_dataset=Dataset.from_list(prompts(tasks)),
)
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rewardsvc import RemoteScorer, ScoreRequest, TaskRow

Reward = Callable[..., Awaitable[list[float | None]]]


def prompts(tasks: Mapping[str, TaskRow]) -> list[dict[str, Any]]:
    """The data set: TRL hands its columns on to the reward function, ``task`` among them."""
    return [
        {"prompt": [{"role": "user", "content": row.instruction}], "task": id}
        for id, row in tasks.items()
    ]


def assay_reward(tasks: Mapping[str, TaskRow], server: str) -> Reward:
    """The function; None for UNSCORED, which TRL leaves out of the group's baseline."""

    async def assay(completions: list[Any], task: list[str], **_: Any) -> list[float | None]:
        texts = [text if isinstance(text, str) else text[0]["content"] for text in completions]
        requests = [
            ScoreRequest(id=id, task=tasks[id].task, completion=text)
            for id, text in zip(task, texts, strict=True)
        ]
        async with RemoteScorer(server) as scorer:
            return [verdict.reward for verdict in await scorer.score(requests)]

    return assay
