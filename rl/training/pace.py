"""How long a run will take on this machine, from a measurement of a few seconds.

One machine takes four times as long for a training step as another. What is measured is what a run
repeats: training steps, and answers to a batch of prompts.
"""

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from rewardsvc.tasks import TaskRow
from rl.configs.sections import Config
from rl.data import prompt_of
from rl.models.policy import Policy
from rl.rollout.base import Sampling
from rl.rollout.transformers import TransformersSampler
from rl.training.head import NO_LOSS, logits_at
from rl.training.sft import encode, optimizer_of

_MODELS = 3
"""Base, after SFT, after GRPO."""

_STEPS = 3
_ANSWERS = 32


@dataclass(frozen=True, slots=True)
class TrainingPace:
    """``pair``: seconds that one pair of a training step takes; ``answer``: one answer of many that
    are sampled at once."""

    pair: float
    answer: float

    def of_run(self, config: Config, pairs: int, held_out: int) -> float:
        """Seconds of training and evaluation; verdicts are made meanwhile and not counted.

        Args:
            config: what is run.
            pairs: to train on.
            held_out: tasks that are there to ask each model.
        """
        sft, grpo, asked = config.sft, config.grpo, config.eval
        size = sft.batch_size * sft.accumulation
        copies = sft.augment.copies if sft.augment else 1
        steps = sft.steps or sft.epochs * copies * pairs / size
        seconds = steps * size * self.pair
        if sft.validation is not None:
            seconds += steps / sft.validation.every * sft.validation.tasks * self.answer
        rollouts = grpo.steps * grpo.prompts_per_step * grpo.generations
        seconds += rollouts * (self.answer + self.pair)
        samples = asked.samples_per_task if asked.temperature else 0
        return seconds + _MODELS * min(held_out, asked.tasks) * (1 + samples) * self.answer


def measured(policy: Policy, rows: Sequence[TaskRow], config: Config) -> TrainingPace:
    """The pace of this machine with a model and tasks; the model stays as it is."""
    pairs = encode(policy.tokenizer, rows, _as_it_is(config))[: config.sft.batch_size]
    longest = max(sum(label != NO_LOSS for label in labels) for labels in pairs["labels"])
    tried = Policy(copy.deepcopy(policy.model), policy.tokenizer)
    return TrainingPace(
        pair=_training(tried, pairs, config) / len(pairs["labels"]),
        answer=_answering(tried, rows, longest, config) / _ANSWERS,
    )


def _training(policy: Policy, pairs: dict[str, list[list[int]]], config: Config) -> float:
    """Seconds for a step on all pairs, the best of a few."""
    width = max(map(len, pairs["input_ids"]))

    def padded(values: list[list[int]], filler: int) -> torch.Tensor:
        return torch.tensor([row + [filler] * (width - len(row)) for row in values])

    ids = padded(pairs["input_ids"], 0)
    labels = padded(pairs["labels"], NO_LOSS)[:, 1:]
    mask = padded([[1] * len(row) for row in pairs["input_ids"]], 0)
    optimizer = optimizer_of(policy, config)
    policy.model.train()
    seconds = []
    for _ in range(_STEPS):
        began = time.perf_counter()
        logits = logits_at(
            policy.model, {"input_ids": ids, "attention_mask": mask}, labels != NO_LOSS
        )
        torch.autograd.backward(functional.cross_entropy(logits, labels[labels != NO_LOSS]))
        if optimizer is not None:
            optimizer.step()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _answering(policy: Policy, rows: Sequence[TaskRow], length: int, config: Config) -> float:
    """Seconds for answers of a length in tokens: a model that knows nothing does not end before."""
    asked = [rows[number % len(rows)] for number in range(_ANSWERS)]
    prompts = [prompt_of(row, config.prompt) for row in asked]
    sampling = Sampling(temperature=1.0, max_new_tokens=length, seed=config.seed)
    began = time.perf_counter()
    TransformersSampler(policy).sample(prompts, sampling, lambda place, text: None)
    return time.perf_counter() - began


def _as_it_is(config: Config) -> Config:
    """Without renamed copies of the pairs."""
    return config.model_copy(update={"sft": config.sft.model_copy(update={"augment": None})})
