"""Supervised fine-tuning on reference answers, with TRL's SFTTrainer; loss on answers alone."""

import json
from collections.abc import Sequence
from pathlib import Path

from datasets import Dataset
from torch import nn
from transformers import PreTrainedTokenizerBase
from trl.trainer.sft_config import SFTConfig

from rewardsvc.tasks import TaskRow
from rl.configs.sections import Config
from rl.data import answer_of, prompt_of
from rl.errors import InvalidTasks
from rl.models.policy import Policy, token_ids
from rl.reward.scoring import ScoringThread
from rl.training.augment import ValueRenamer
from rl.training.head import NO_LOSS, AnswerTrainer
from rl.training.loop import ProgressLine, StopOnSignal, common_arguments, latest_checkpoint, train
from rl.training.lora import merged, peft_config
from rl.training.optimizer import MuonAndAdamW
from rl.training.validation import StopAtBest, validated


def fine_tune(
    policy: Policy,
    rows: Sequence[TaskRow],
    config: Config,
    folder: Path,
    *,
    scoring: ScoringThread | None = None,
    validation: Sequence[TaskRow] = (),
) -> Policy:
    """The policy after SFT, its adapter merged; checkpoints and the log lie in ``folder``.

    Goes on from the last checkpoint in the folder where there is one.

    Args:
        policy: the model before.
        rows: with the answers that it learns.
        config: how.
        folder: for what is kept.
        scoring: who validates, where ``sft.validation`` is set.
        validation: the tasks for that.

    Raises:
        TooManyUnscored: validation could not say of too many answers what they are worth.
        InvalidTasks: no row has a reference answer, or none fits into ``sft.max_length``.
        Interrupted: somebody stopped it; a checkpoint is there.
    """
    sft = config.sft
    dataset = encode(policy.tokenizer, rows, config)
    stop = StopOnSignal()
    best = _stop_at_best(policy, validation, scoring, config, folder)
    trainer = AnswerTrainer(
        model=policy.model,
        args=SFTConfig(
            **common_arguments(config, folder, save_steps=sft.save_steps),
            num_train_epochs=sft.epochs,
            max_steps=sft.steps or -1,  # -1: epochs decide
            per_device_train_batch_size=sft.batch_size,
            gradient_accumulation_steps=sft.accumulation,
            learning_rate=sft.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=sft.warmup_share,  # transformers 5: below 1, a share of all steps
            weight_decay=sft.weight_decay,
            adam_beta2=sft.adam_beta2,
            max_length=sft.max_length,
            dataset_kwargs={"skip_prepare_dataset": True},  # it is token ids and labels already
            gradient_checkpointing=sft.gradient_checkpointing,
            train_sampling_strategy="group_by_length",
            logging_steps=20,
        ),
        train_dataset=dataset,
        processing_class=policy.tokenizer,
        peft_config=peft_config(sft.lora) if sft.lora else None,
        callbacks=[stop, ProgressLine("sft", ("loss",)), *([best] if best else [])],
        optimizers=(optimizer_of(policy, config), None),
    )
    train(trainer, stop, latest_checkpoint(folder))
    (folder / "log.json").write_text(json.dumps(trainer.state.log_history, indent=1))
    if best is not None and isinstance(trainer.model, nn.Module):
        best.take_best(trainer.model)
    return Policy(merged(trainer.model), policy.tokenizer)


def encode(tokenizer: PreTrainedTokenizerBase, rows: Sequence[TaskRow], config: Config) -> Dataset:
    """Token ids, with labels on the answer alone, of every row that fits; augmented if so asked."""
    pairs = []
    answered = [row for row in rows if row.output]
    if not answered:
        raise InvalidTasks("SFT needs reference answers, and no train row has one")
    for row in answered:
        prompt = prompt_of(row, config.prompt)
        start = token_ids(tokenizer, prompt, ask=True)
        whole = token_ids(tokenizer, [*prompt, *answer_of(row)], ask=False)
        if len(whole) <= config.sft.max_length and whole[: len(start)] == start:
            pairs.append((start, whole[len(start) :]))
    if not pairs:
        raise InvalidTasks(
            f"none of {len(answered)} answers fits into sft.max_length = {config.sft.max_length}"
        )
    augment = config.sft.augment
    if augment is not None:
        renamer = ValueRenamer(tokenizer, pairs, share=augment.share, seed=config.seed)
        pairs = [renamer.rename(pair) for _ in range(augment.copies) for pair in pairs]
    return Dataset.from_dict(
        {
            "input_ids": [start + answer for start, answer in pairs],
            "labels": [[NO_LOSS] * len(start) + answer for start, answer in pairs],
        }
    )


def _stop_at_best(
    policy: Policy,
    rows: Sequence[TaskRow],
    scoring: ScoringThread | None,
    config: Config,
    folder: Path,
) -> StopAtBest | None:
    """What ends training early, None where nothing is validated."""
    asked = config.sft.validation
    if asked is None:
        return None
    assert scoring is not None  # whoever trains with validation has somebody who scores
    return StopAtBest(
        folder,
        every=asked.every,
        patience=asked.patience,
        measure=lambda: validated(policy, rows, scoring, config),
    )


def optimizer_of(policy: Policy, config: Config) -> MuonAndAdamW | None:
    """The optimizer, None where the trainer makes its own (AdamW)."""
    sft = config.sft
    if sft.muon_learning_rate is None:
        return None
    return MuonAndAdamW(
        policy.model,
        muon_learning_rate=sft.muon_learning_rate,
        learning_rate=sft.learning_rate,
        beta2=sft.adam_beta2,
        weight_decay=sft.weight_decay,
    )
