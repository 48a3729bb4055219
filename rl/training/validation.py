"""SFT ends where it stops to help: by the share of validation tasks that the model gets right.

The loss goes on falling while a model learns its training answers by heart. What is asked of it is
to answer new tasks, so that is what is measured: greedily, with the verdicts of the reward service.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from rewardsvc.tasks import TaskRow
from rewardsvc.types import ScoreRequest
from rl.configs.sections import Config
from rl.data import prompt_of
from rl.models.policy import Policy
from rl.reward.scoring import ScoringThread, collect
from rl.reward.verdicts import check_unscored, fully_right, reward_or_none
from rl.rollout.base import Sampling
from rl.rollout.transformers import TransformersSampler


@dataclass(frozen=True, slots=True)
class Validated:
    """The share of validation tasks that were fully right after a step."""

    step: int
    right: float


def validated(
    policy: Policy, rows: Sequence[TaskRow], scoring: ScoringThread, config: Config
) -> float:
    """The share of tasks that the policy, asked greedily, gets fully right.

    Raises:
        TooManyUnscored: the tools could not say of too many.
    """
    pending = {}

    def score(place: int, text: str) -> None:
        row = rows[place]
        pending[place] = scoring.submit(ScoreRequest(id=row.id, task=row.task, completion=text))

    greedy = Sampling(temperature=0.0, max_new_tokens=config.eval.max_completion_length)
    prompts = [prompt_of(row, config.prompt) for row in rows]
    TransformersSampler(policy).sample(prompts, greedy, score)
    seconds = config.reward.deadline_seconds
    verdicts = collect([pending[place] for place in range(len(rows))], seconds)
    check_unscored(verdicts, config.reward.max_unscored_share, "validation")
    scored = [verdict for verdict in verdicts if reward_or_none(verdict) is not None]
    return sum(map(fully_right, scored)) / (len(scored) or 1)


class StopAtBest(TrainerCallback):
    """Measures every so many steps, keeps the best weights, and stops when they stay the best.

    What it knows lies beside the checkpoints, so that a run that is gone on with knows it too:
    ``validation.jsonl``, and the best weights in ``best.safetensors``.

    Args:
        folder: of the checkpoints.
        every: steps between measurements.
        patience: measurements without a better one, after which training stops.
        measure: the share of validation tasks that the model at hand gets right.
    """

    def __init__(
        self, folder: Path, *, every: int, patience: int, measure: Callable[[], float]
    ) -> None:
        self._log, self._best_weights = folder / "validation.jsonl", folder / "best.safetensors"
        self._every, self._patience, self._measure = every, patience, measure
        self._found: list[Validated] = []

    @property
    def best(self) -> Validated | None:
        """The best measurement; the first of equal ones."""
        return max(self._found, key=lambda each: (each.right, -each.step), default=None)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Take up what is known up to the step that training goes on from."""
        if self._log.is_file():
            lines = self._log.read_text(encoding="utf-8").splitlines()
            known = [Validated(**json.loads(line)) for line in lines if line.endswith("}")]
            self._found = [each for each in known if each.step <= state.global_step]
            control.should_training_stop |= self._over()

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: nn.Module | None = None,
        **_: object,
    ) -> None:
        """Measure when it is time; save a checkpoint with each measurement."""
        last = state.global_step >= state.max_steps
        if state.global_step % self._every and not last:
            return
        assert model is not None  # the trainer passes the one that it trains
        found = Validated(state.global_step, self._measure())
        model.train()
        self._found.append(found)
        if self.best == found:
            self._keep(model)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps({"step": each.step, "right": each.right}) for each in self._found]
        self._log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"sft: step {found.step}: {found.right:.0%} of validation right", file=sys.stderr)
        control.should_save = True
        control.should_training_stop |= self._over()

    def _over(self) -> bool:
        """Whether it got no better for long enough; not before the first task was right."""
        best = self.best
        if best is None or not best.right:
            return False
        return sum(each.step > best.step for each in self._found) >= self._patience

    def take_best(self, model: nn.Module) -> None:
        """Give the model the weights that did best, as far as it was trained."""
        if self._best_weights.is_file():
            model.load_state_dict(load_file(self._best_weights), strict=False)

    def _keep(self, model: nn.Module) -> None:
        trained = {
            name: parameter.detach().contiguous()
            for name, parameter in model.named_parameters()
            if parameter.requires_grad
        }
        partial = self._best_weights.with_suffix(".partial")
        save_file(trained, partial)
        partial.replace(self._best_weights)
