"""On a CPU the losses are TRL's own, from fewer projections."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from rl import models
from rl.configs.loading import load_config
from rl.models.policy import Policy
from rl.training import head
from rl.training.head import AnswerTrainer
from rl.training.sft import encode
from rl.training.trainer import TaskTrainer
from tests.rl.samples import row

ROWS = [row(number) for number in range(8)]
CONFIG = load_config(
    "nano", ["model.layers=1", "model.hidden=32", "model.heads=2", "model.min_chunk_count=2"]
)


@pytest.fixture
def policy() -> Policy:
    return models.base(CONFIG, ROWS)


@pytest.fixture
def projected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many tokens each projection took."""
    counts: list[int] = []
    whole = head.logits_at

    def counting(*arguments: Any) -> torch.Tensor:
        logits = whole(*arguments)
        counts.append(len(logits))
        return logits

    monkeypatch.setattr(head, "logits_at", counting)
    yield counts


def test_the_loss_of_sft_is_trls(policy: Policy, tmp_path: Path, projected: list[int]) -> None:
    rows = encode(policy.tokenizer, ROWS, CONFIG)
    trainer = AnswerTrainer(
        model=policy.model,
        args=SFTConfig(
            output_dir=str(tmp_path),
            per_device_train_batch_size=4,
            dataset_kwargs={"skip_prepare_dataset": True},
            bf16=False,
            report_to="none",
            dataloader_pin_memory=False,
        ),
        train_dataset=rows,
        processing_class=policy.tokenizer,
    )
    batch = next(iter(trainer.get_train_dataloader()))
    for items in (None, 17):
        ours = trainer.compute_loss(policy.model, dict(batch), num_items_in_batch=items)
        theirs = SFTTrainer.compute_loss(  # type: ignore[no-untyped-call]  # TRL's, untyped
            trainer, policy.model, dict(batch), num_items_in_batch=items
        )
        torch.testing.assert_close(ours, theirs)
    answers = int((batch["labels"] != head.NO_LOSS).sum())
    assert projected == [answers, answers]
    assert answers < batch["labels"].numel() / 2


def test_the_log_probabilities_of_grpo_are_trls(
    policy: Policy, tmp_path: Path, projected: list[int]
) -> None:
    trainer = TaskTrainer(
        rollout=None,
        importance_cap=None,
        model=policy.model,
        reward_funcs=lambda completions, **_: [0.0] * len(completions),
        args=GRPOConfig(
            output_dir=str(tmp_path),
            num_generations=2,
            temperature=0.7,
            max_steps=1,
            bf16=False,
            report_to="none",
        ),
        train_dataset=Dataset.from_dict({"prompt": ["a"], "task": [0]}),
        processing_class=policy.tokenizer,
    )
    torch.manual_seed(3)
    ids = torch.randint(4, 60, (5, 12))
    mask = torch.ones_like(ids)
    mask[0, :3] = 0  # a shorter prompt, padded on the left
    mask[1, 10:] = 0  # a shorter answer
    ours, entropies, _ = trainer._get_per_token_logps_and_entropies(
        policy.model, ids, mask, 4, batch_size=2, compute_entropy=True
    )
    theirs = GRPOTrainer._get_per_token_logps_and_entropies(
        trainer, policy.model, ids, mask, 4, batch_size=2, compute_entropy=True
    )
    assert entropies is not None
    assert ours.shape == entropies.shape == (5, 4)
    torch.testing.assert_close(ours, theirs[0])
    torch.testing.assert_close(entropies, theirs[1])
    torch.autograd.backward(ours.sum())
    assert all(each.grad is not None for each in policy.model.parameters())
    assert projected == [8 - 2, 8, 4]
