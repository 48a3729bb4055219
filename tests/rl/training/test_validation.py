"""SFT ends at its best validation rate, also where it was interrupted on the way."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn
from transformers import TrainerControl, TrainerState, TrainingArguments

from rl.training.validation import StopAtBest, Validated


@dataclass
class Training:
    """What a trainer does for its callbacks; each step adds one to the only weight."""

    folder: Path
    rates: dict[int, float]
    model: nn.Linear = field(default_factory=lambda: nn.Linear(1, 1, bias=False))
    step: int = 0

    def __post_init__(self) -> None:
        nn.init.zeros_(self.model.weight)

    def run(self, until: int, *, steps: int = 60) -> StopAtBest:
        best = StopAtBest(self.folder, every=10, patience=2, measure=lambda: self.rates[self.step])
        arguments = TrainingArguments(output_dir=str(self.folder), report_to="none")
        control = TrainerControl()
        state = TrainerState(global_step=self.step, max_steps=steps)
        best.on_train_begin(arguments, state, control)
        while self.step < until and not control.should_training_stop:
            self.step += 1
            with torch.no_grad():
                self.model.weight += 1
            state.global_step = self.step
            best.on_step_end(arguments, state, control, model=self.model)
        return best


RATES = {10: 0.2, 20: 0.6, 30: 0.5, 40: 0.6, 50: 0.9, 60: 0.9}


def test_it_stops_where_it_got_no_better_and_gives_the_best_weights(tmp_path: Path) -> None:
    training = Training(tmp_path, RATES)
    best = training.run(until=60)
    assert (training.step, best.best) == (40, Validated(20, 0.6))
    best.take_best(training.model)
    assert training.model.weight.item() == 20


def test_a_run_that_is_gone_on_with_forgets_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    Training(tmp_path, RATES).run(until=30)
    again = Training(tmp_path, {**RATES, 30: 0.7}, step=20)
    nn.init.constant_(again.model.weight, 20.0)
    best = again.run(until=60)
    assert best.best == Validated(50, 0.9)
    assert again.step == 60
    best.take_best(again.model)
    assert again.model.weight.item() == 50


def test_a_run_that_had_ended_trains_no_further(tmp_path: Path) -> None:
    Training(tmp_path, RATES).run(until=60)
    again = Training(tmp_path, RATES, step=40)
    best = again.run(until=60)
    assert (again.step, best.best) == (40, Validated(20, 0.6))


def test_a_model_that_gets_nothing_right_yet_goes_on(tmp_path: Path) -> None:
    training = Training(tmp_path, {**dict.fromkeys(range(10, 60, 10), 0.0), 60: 0.4})
    assert training.run(until=60).best == Validated(60, 0.4)


def test_the_last_step_is_measured_too(tmp_path: Path) -> None:
    training = Training(tmp_path, {10: 0.1, 15: 0.3})
    assert training.run(until=15, steps=15).best == Validated(15, 0.3)
