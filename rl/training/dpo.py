"""Direct preference optimization on pairs of a better and a worse answer, with TRL's DPOTrainer.

Rafailov et al., "Direct Preference Optimization: Your Language Model is Secretly a Reward Model",
2023. The pairs are those that data sets bring: a row's own answer and each that the tools found to
be worth less (:mod:`rewardsvc.preferences`).
"""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from rewardsvc.preferences import worse_answers
from rewardsvc.tasks import TaskRow
from rl.configs.sections import Config, Prompt
from rl.data import Message, prompt_of
from rl.errors import InvalidTasks
from rl.models.policy import Policy, token_ids
from rl.training.loop import ProgressLine, StopOnSignal, common_arguments, latest_checkpoint, train
from rl.training.lora import merged, peft_config


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """Two answers to one prompt, as messages."""

    prompt: tuple[Message, ...]
    chosen: str
    rejected: str


def optimize(policy: Policy, rows: Sequence[TaskRow], config: Config, folder: Path) -> Policy:
    """The policy after DPO, its adapter merged; checkpoints and the log lie in ``folder``.

    Goes on from the last checkpoint in the folder where there is one.

    Raises:
        InvalidTasks: no row knows a worse answer, or no pair fits into ``dpo.max_length``.
        Interrupted: somebody stopped it; a checkpoint is there.
    """
    dpo = config.dpo
    pairs = fitting(policy, list(pairs_of(rows, config.prompt)), dpo.max_length)
    stop = StopOnSignal()
    # Without an adapter to switch off, TRL would load what it compares with by the model's name.
    reference = None if dpo.lora else deepcopy(policy.model)
    trainer = DPOTrainer(
        model=policy.model,
        ref_model=reference,
        args=DPOConfig(
            **common_arguments(config, folder, save_steps=dpo.save_steps),
            num_train_epochs=dpo.epochs,
            max_steps=dpo.steps or -1,  # -1: epochs decide
            per_device_train_batch_size=dpo.batch_size,
            gradient_accumulation_steps=dpo.accumulation,
            learning_rate=dpo.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=dpo.warmup_share,  # transformers 5: below 1, a share of all steps
            beta=dpo.beta,
            loss_type=[dpo.loss_type],
            max_length=dpo.max_length,
            gradient_checkpointing=dpo.gradient_checkpointing,
            logging_steps=10,
        ),
        train_dataset=_dataset(pairs),
        processing_class=policy.tokenizer,
        peft_config=peft_config(dpo.lora) if dpo.lora else None,
        callbacks=[stop, ProgressLine("dpo", ("loss", "rewards/accuracies"))],
    )
    train(trainer, stop, latest_checkpoint(folder))
    (folder / "log.json").write_text(json.dumps(trainer.state.log_history, indent=1))
    return Policy(merged(trainer.model), policy.tokenizer)


def pairs_of(rows: Sequence[TaskRow], prompt: Prompt) -> Iterator[PreferencePair]:
    """Each row's own answer beside each worse one.

    Raises:
        InvalidTasks: there is none.
    """
    none = True
    for row in rows:
        for worse in worse_answers(row) if row.output else ():
            none = False
            yield PreferencePair(tuple(prompt_of(row, prompt)), row.output, worse.output)
    if none:
        raise InvalidTasks(
            "DPO needs pairs, and no train row knows a worse answer beside its own "
            "(provenance.worse): `datagen repair` and `datagen edit` make such rows"
        )


def fitting(
    policy: Policy, pairs: Sequence[PreferencePair], max_length: int
) -> list[PreferencePair]:
    """The pairs both of whose answers fit, with the prompt, into so many tokens.

    Raises:
        InvalidTasks: none does.
    """
    found = [
        pair
        for pair in pairs
        if all(
            len(token_ids(policy.tokenizer, [*pair.prompt, _said(answer)], ask=False)) <= max_length
            for answer in (pair.chosen, pair.rejected)
        )
    ]
    if not found:
        raise InvalidTasks(f"none of {len(pairs)} pairs fits into dpo.max_length = {max_length}")
    return found


def _dataset(pairs: Sequence[PreferencePair]) -> Dataset:
    return Dataset.from_dict(
        {
            "prompt": [list(pair.prompt) for pair in pairs],
            "chosen": [[_said(pair.chosen)] for pair in pairs],
            "rejected": [[_said(pair.rejected)] for pair in pairs],
        }
    )


def _said(answer: str) -> Message:
    return {"role": "assistant", "content": answer}
