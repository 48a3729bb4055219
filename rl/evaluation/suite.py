"""What the models of a run are measured on, and how: declared before anything is sampled.

Two models compare where both answered the same suite.
"""

import json
from dataclasses import dataclass, replace
from enum import StrEnum

from rewardsvc.tasks import TaskRow
from rewardsvc.types import Status
from rl.configs.sections import Config, Prompt
from rl.data import Split, spread
from rl.reward.verdicts import FULLY_RIGHT
from rl.rollout.base import Sampling


class Decoding(StrEnum):
    """How answers are sampled; a model may be good at one and not at the other."""

    GREEDY = "greedy"
    """Each token the likeliest one: what somebody gets who asks once."""
    SAMPLED = "sampled"
    """At a temperature, as GRPO samples: what training sees, and improves."""


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
    def decoding(self) -> Decoding:
        """Which of the two it is."""
        return Decoding.SAMPLED if self.temperature else Decoding.GREEDY

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
        components = {component.value: 1 for component in FULLY_RIGHT}
        declared = {
            "held_out": [row.id for row in self.held_out],
            "prompt": self.prompt.model_dump(),
            "samples_per_task": self.samples_per_task,
            "seed": self.seed,
            "temperature": self.temperature,
            "max_completion_length": self.max_completion_length,
            "batch_size": self.batch_size,
            "fully_right": {"status": Status.SCORED.value, **components},
        }
        return json.dumps(declared, indent=1) + "\n"


def suites_of(split: Split, config: Config) -> tuple[Suite, ...]:
    """The suites that a configuration declares for the tasks that a split holds out.

    Greedy first; the sampled one where there is a temperature.
    """
    asked = config.eval
    greedy = Suite(
        held_out=tuple(spread(split.test, asked.tasks, config.seed)),
        prompt=config.prompt,
        samples_per_task=1,
        seed=config.seed,
        temperature=0.0,
        max_completion_length=asked.max_completion_length,
        batch_size=asked.batch_size,
    )
    if not asked.temperature:
        return (greedy,)
    sampled = replace(
        greedy, samples_per_task=asked.samples_per_task, temperature=asked.temperature
    )
    return greedy, sampled
