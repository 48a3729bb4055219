"""TRL's reward functions and its environment, which ask a reward server::

    client = PatientClient("127.0.0.1:50051")
    GRPOTrainer(
        reward_funcs=[TrlReward(client)],
        train_dataset=...,  # with a column `row`: the row of tasks.jsonl, as text
        environment_factory=partial(RepairEnvironment, client),  # where drafts may be mended
    )

What stays UNSCORED is None, and TRL leaves that sample out of its group. Give TRL no second reward
function: of a sample it counts None from one of several as 0. A server that is gone for longer
than the deadline ends the run. All of it pickles, as ``AsyncGRPOTrainer`` asks (TRL 1.16:
``GRPOTrainer._calculate_rewards``, ``experimental/async_grpo``).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypedDict

from rewardsvc.trainers.again import Unscored
from rewardsvc.trainers.drafts import completion_of
from rewardsvc.trainers.feedback import feedback
from rewardsvc.trainers.patient import PatientClient, waited_for
from rewardsvc.trainers.rows import task_of
from rewardsvc.types import Verdict

__all__ = ["PatientClient", "RepairEnvironment", "TrlBlockingReward", "TrlReward"]


class TrlMessage(TypedDict):
    """One message of a conversation."""

    role: str
    content: str


@dataclass(frozen=True)
class TrlReward:
    """An asynchronous reward function."""

    client: PatientClient

    async def __call__(
        self,
        completions: Sequence[str | Sequence[TrlMessage]],
        row: Sequence[str],
        *,
        log_metric: Callable[[str, float], None] | None = None,
        **columns: object,
    ) -> list[float | None]:
        """One reward in [0, 1] for each completion, None for UNSCORED.

        Args:
            completions: texts, or conversations, whose last message of the assistant is the answer.
            row: the row of each completion's task, as text.
            log_metric: takes the mean of each component, and the share that is UNSCORED.
            columns: what else TRL passes; not looked at.

        Raises:
            InvalidRequest: what ``row`` holds is no row, or one that nobody can score.
            ServerUnavailable: there was no server in time, or it does not let us in.
        """
        answers = [_answer(each) for each in completions]
        found = await asyncio.gather(
            *(self._verdict(text, answer) for text, answer in zip(row, answers, strict=True))
        )
        if log_metric is not None:
            for name, value in _figures(found).items():
                log_metric(f"assay/{name}", value)
        return [None if verdict is None else verdict.reward for verdict in found]

    async def _verdict(self, row: str, answer: str) -> Verdict | None:
        try:
            return await self.client.verdict(row, answer)
        except Unscored:
            return None


@dataclass(frozen=True)
class TrlBlockingReward:
    """:class:`TrlReward` for trainers of TRL that await nothing."""

    client: PatientClient

    def __call__(
        self,
        completions: Sequence[str | Sequence[TrlMessage]],
        row: Sequence[str],
        **columns: object,
    ) -> list[float | None]:
        """See :meth:`TrlReward.__call__`."""
        return waited_for(TrlReward(self.client)(completions, row))


class RepairEnvironment:
    """Lets the model try drafts: its tool ``check`` tells what the tools find in one.

    The reward is of the last message, so it takes :class:`TrlReward` beside. How often a model may
    call is TRL's ``max_tool_calling_iterations``.
    """

    def __init__(self, client: PatientClient) -> None:
        self._client = client
        self._row = ""

    def reset(self, row: str, **columns: object) -> None:
        """Begin with another task. ``row`` is the column; others are not looked at."""
        self._row = row

    async def check(self, files: dict[str, str]) -> str:
        """Check a draft of the answer and tell what is wrong with it.

        Args:
            files: The text of each file, by its path.

        Returns:
            What was found, a line for each finding.
        """
        draft = completion_of(files, task_of(self._row, "row").format)
        try:
            return feedback(await self._client.verdict(self._row, draft))
        except Unscored:
            return "not checked, for a fault that is not the draft's"


def _answer(completion: str | Sequence[TrlMessage]) -> str:
    """The text that is scored; "" of a conversation that ends without one."""
    if isinstance(completion, str):
        return completion
    last = completion[-1] if completion else TrlMessage(role="", content="")
    return (last["content"] or "") if last["role"] == "assistant" else ""


def _figures(found: Sequence[Verdict | None]) -> dict[str, float]:
    """Means over the completions that are SCORED; shares of all."""
    parts = [verdict.components for verdict in found if verdict and verdict.components]
    figures = {"unscored": sum(verdict is None for verdict in found) / max(len(found), 1)}
    if parts:
        for name in ("syntax", "correctness", "format"):
            figures[name] = fmean(getattr(each, name) for each in parts)
    return figures
