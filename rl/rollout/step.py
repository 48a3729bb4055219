"""The rollouts of a GRPO step: TRL asks for completions, and each is scored as soon as it is there.

Which task a prompt belongs to, TRL does not say: the trainer does.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol, TypedDict

from peft import PeftModel

from rewardsvc.types import Verdict
from rl.reward.function import RewardFunction, StepCount
from rl.rollout.base import Conversation, Sampling
from rl.rollout.vllm import VllmSampler


class RolloutTrainer(Protocol):
    """What a rollout needs of the trainer (:class:`rl.training.trainer.TaskTrainer`).

    ``tasks_at_hand``: the task of each prompt.
    """

    tasks_at_hand: list[int]

    @property
    def state(self) -> StepCount:
        """How many steps are made."""
        ...

    def adapted_model(self) -> PeftModel:
        """The policy as it is now."""
        ...


class StepRollouts(TypedDict):
    """What TRL gets, in the order of the prompts; what it does not know, it hands to the reward.

    ``pending_verdict`` is a parameter of :meth:`rl.reward.function.RewardFunction.__call__`.
    """

    prompt_ids: list[list[int]]
    completion_ids: list[list[int]]
    logprobs: list[list[float] | None]
    pending_verdict: "list[Future[Verdict]]"


class StepRollout:
    """The ``rollout_func`` that TRL calls with each step's prompts, repeated for their groups."""

    def __init__(
        self,
        sampler: VllmSampler,
        sampling: Sampling,
        reward: RewardFunction,
    ) -> None:
        self._sampler = sampler
        self._sampling = sampling
        self._reward = reward

    def __call__(self, prompts: Sequence[Conversation], trainer: RolloutTrainer) -> StepRollouts:
        """Sample with the policy as it is now.

        Raises:
            RolloutFailed: the server could not be reached or refused.
        """
        tasks = trainer.tasks_at_hand
        verdicts: dict[int, Future[Verdict]] = {}

        def score(place: int, text: str) -> None:
            verdicts[place] = self._reward.submit(tasks[place], text)

        self._sampler.take_up(trainer.adapted_model(), trainer.state.global_step)
        completions = self._sampler.sample(prompts, self._sampling, score)
        return {
            "prompt_ids": [each.prompt_ids for each in completions],
            "completion_ids": [each.ids for each in completions],
            "logprobs": [each.logprobs for each in completions],
            "pending_verdict": [verdicts[place] for place in range(len(completions))],
        }
