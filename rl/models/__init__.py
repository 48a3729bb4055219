"""The models to train: one module for each way to come by one."""

from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from transformers import AutoModelForCausalLM, AutoTokenizer

from rewardsvc.tasks import TaskRow
from rl.configs.sections import Config, HubModel, NanoModel, SmolLM2Model
from rl.data import prompt_of
from rl.errors import InvalidRunDirectory
from rl.models.policy import Policy


def base(config: Config, answered: Sequence[TaskRow]) -> Policy:
    """The model before any training; ``answered`` is what a tokenizer may be learnt from.

    Raises:
        ModelMissing: its weights are not on this machine.
        InvalidTasks: the nano model has no answers to learn a tokenizer from.
    """
    model = config.model
    if isinstance(model, NanoModel):
        from rl.models import nano

        pairs = [(prompt_of(row, config.prompt)[-1]["content"], row.output) for row in answered]
        return Policy(*nano.build(model, pairs, config.seed))
    if isinstance(model, SmolLM2Model):
        from rl.models import smollm2

        return Policy(*smollm2.load(model))
    if isinstance(model, HubModel):
        from rl.models import hub

        return Policy(*hub.load(model))
    assert_never(model)


def load(folder: Path, config: Config) -> Policy:
    """A policy that :meth:`Policy.save` wrote.

    Raises:
        InvalidRunDirectory: there is none in the folder.
    """
    if not (folder / "config.json").is_file():
        raise InvalidRunDirectory(f"{folder}: holds no model (no config.json)")
    dtype = config.model.dtype if isinstance(config.model, HubModel) else "float32"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    return Policy(model, tokenizer)
