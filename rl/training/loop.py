"""What SFT and GRPO share: arguments, checkpoints to go on from, Ctrl-C, and words on progress."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypedDict

import torch
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from rewardsvc.progress import ProgressLines
from rl.configs.sections import Config
from rl.errors import Interrupted


class CommonArguments(TypedDict):
    """The arguments of a Hugging Face trainer that do not depend on the method."""

    output_dir: str
    seed: int
    bf16: bool
    save_strategy: str
    save_steps: int
    save_total_limit: int
    report_to: str
    disable_tqdm: bool
    logging_strategy: str
    dataloader_pin_memory: bool


def common_arguments(config: Config, folder: Path, *, save_steps: int) -> CommonArguments:
    """Checkpoints every ``save_steps`` steps in the folder, and no words but ours."""
    return {
        "output_dir": str(folder),
        "seed": config.seed,
        "bf16": config.bf16,
        "save_strategy": "steps",
        "save_steps": save_steps,
        "save_total_limit": 2,
        "report_to": "none",
        "disable_tqdm": True,
        "logging_strategy": "steps",
        "dataloader_pin_memory": torch.cuda.is_available(),
    }


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint; one whose writing was cut off is passed over."""
    checkpoints = [
        path
        for path in folder.glob("checkpoint-*")
        if path.name.split("-")[1].isdecimal() and (path / "trainer_state.json").is_file()
    ]
    return max(checkpoints, key=lambda path: int(path.name.split("-")[1]), default=None)


class StopOnSignal(TrainerCallback):
    """Ctrl-C ends training after the step at hand, with a checkpoint; a second one at once."""

    def __init__(self) -> None:
        self.requested = False
        self._before: Callable[[int, FrameType | None], object] | int | None = None

    def on_train_begin(self, *_: object, **__: object) -> None:
        """Listen for Ctrl-C."""
        self._before = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, self._note)

    def on_train_end(self, *_: object, **__: object) -> None:
        """Stop listening."""
        self.restore()

    def restore(self) -> None:
        """Give Ctrl-C back to whom it belonged; twice is once."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Save and stop where Ctrl-C came during the step."""
        if self.requested:
            control.should_save = True
            control.should_training_stop = True

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        print("stopping after this step; Ctrl-C again stops at once", file=sys.stderr)


class ProgressLine(TrainerCallback):
    """A line on stderr now and then: step, rate, time left, and the newest figures.

    Never a bar: the figures of an hour ago are worth scrolling back to.
    """

    def __init__(self, phase: str, figures: tuple[str, ...]) -> None:
        self._phase = phase
        self._figures = figures
        self._latest: dict[str, float] = {}
        self._lines: ProgressLines | None = None
        self._step = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Start the clock at the step that training goes on from."""
        self._step = state.global_step
        self._lines = ProgressLines(
            sys.stderr, f"{self._phase}: step", state.max_steps, already=self._step
        )

    def on_log(self, *_: object, logs: dict[str, float] | None = None, **__: object) -> None:
        """Keep the figures worth telling."""
        for name in self._figures:
            if logs and name in logs:
                self._latest[name] = float(logs[name])

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Count the step."""
        assert self._lines is not None  # it began
        figures = ", ".join(f"{name} {value:.3f}" for name, value in self._latest.items())
        self._lines(state.global_step - self._step, figures)
        self._step = state.global_step

    def on_train_end(self, *_: object, **__: object) -> None:
        """Tell how it ended."""
        if self._lines is not None:
            self._lines.tell()


def train(trainer: Trainer, stop: StopOnSignal, checkpoint: Path | None) -> None:
    """Train to the end, from a checkpoint where there is one.

    Raises:
        Interrupted: somebody stopped it; a checkpoint is there.
    """
    if checkpoint is not None:
        print(f"going on from {checkpoint}", file=sys.stderr)
    # Transformers prints its logs as dicts; Progress tells them in words.
    trainer.remove_callback(_printer())
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    finally:
        stop.restore()
    if stop.requested:
        raise Interrupted(f"stopped at step {trainer.state.global_step}, which is saved")


def _printer() -> type[TrainerCallback]:
    from transformers.trainer_callback import PrinterCallback

    return PrinterCallback
