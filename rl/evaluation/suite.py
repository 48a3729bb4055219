"""What the models of a run are measured on, and how: declared before anything is sampled.

Two models compare where both answered the same suite.
"""

import json
from dataclasses import dataclass

from rewardsvc.tasks import TaskRow
from rewardsvc.types import Component, Status, Verdict
from rl.configs.sections import Config, Prompt
from rl.data import Split, spread
from rl.reward.verdicts import reward_or_none
from rl.rollout.base import Sampling

FULLY_VALID = (Component.SYNTAX, Component.CORRECTNESS)
"""The components that are 1 in the verdict on a fully valid answer. Not format: an answer with a
lint warning does what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The held-out tasks, and how answers to them are sampled.

    ``batch_size``: how many are sampled at once. With ``seed`` it decides which answers come of a
    model: each batch has a seed of its own, from ``seed`` on.
    """

    held_out: tuple[TaskRow, ...]
    prompt: Prompt
    samples_per_task: int
    seed: int
    temperature: float
    max_completion_length: int
    batch_size: int

    @property
    def samples(self) -> list[tuple[TaskRow, int]]:
        """Everything that is to be sampled: each task, and the number of its answer."""
        return [(row, number) for row in self.held_out for number in range(self.samples_per_task)]

    def sampling(self, first: int) -> Sampling:
        """How a batch is sampled that begins with the ``first`` of all answers."""
        return Sampling(
            temperature=self.temperature,
            max_new_tokens=self.max_completion_length,
            seed=self.seed + first,
        )

    def to_json(self) -> str:
        """The declaration for readers of a run; the tasks by their ids."""
        components = {component.value: 1 for component in FULLY_VALID}
        declared = {
            "held_out": [row.id for row in self.held_out],
            "prompt": self.prompt.model_dump(),
            "samples_per_task": self.samples_per_task,
            "seed": self.seed,
            "temperature": self.temperature,
            "max_completion_length": self.max_completion_length,
            "batch_size": self.batch_size,
            "fully_valid": {"status": Status.SCORED.value, **components},
        }
        return json.dumps(declared, indent=1) + "\n"


def suite_of(split: Split, config: Config) -> Suite:
    """The suite that a configuration declares for the tasks that a split holds out."""
    asked = config.eval
    return Suite(
        held_out=tuple(spread(split.test, asked.tasks, config.seed)),
        prompt=config.prompt,
        samples_per_task=asked.samples_per_task,
        seed=config.seed,
        temperature=asked.temperature,
        max_completion_length=asked.max_completion_length,
        batch_size=asked.batch_size,
    )


def fully_valid(verdict: Verdict) -> bool:
    """Whether an answer is: SCORED, with every component of :data:`FULLY_VALID` at 1."""
    parts = verdict.components
    if reward_or_none(verdict) is None or parts is None:
        return False
    return all(getattr(parts, component) == 1 for component in FULLY_VALID)
