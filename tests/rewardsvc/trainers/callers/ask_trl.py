"""TRL's GRPOTrainer asks its reward function. argv: ``async`` or ``blocking``."""

import math
import pickle
import sys
import tempfile
from typing import Any

from batches import answer
from datasets import Dataset
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from rewardsvc.trainers.trl import PatientClient, TrlBlockingReward, TrlReward
from rl.configs.sections import NanoModel
from rl.models.nano import build

KIND = TrlReward if sys.argv[1] == "async" else TrlBlockingReward
PROMPT = [{"role": "user", "content": "An image that runs as app."}]


def trainer(reward: Any) -> Any:
    """Of a model with random weights."""
    model, tokens = build(NanoModel(kind="nano", layers=1, hidden=32, heads=2), [("a", "b")], 0)
    return GRPOTrainer(
        model=model,
        processing_class=tokens,
        reward_funcs=[reward],
        train_dataset=Dataset.from_list([{"prompt": PROMPT, "row": ""}]),
        args=GRPOConfig(
            output_dir=tempfile.mkdtemp(),
            per_device_train_batch_size=2,
            num_generations=2,
            report_to=[],
            use_cpu=True,
            bf16=False,
        ),
    )


async def rewards(batch: dict[str, Any]) -> list[Any]:
    reward = pickle.loads(pickle.dumps(KIND(PatientClient(batch["grpc"], batch["seconds"]))))
    rows = [{"prompt": PROMPT, "row": row} for row, _ in batch["asked"]]
    completions = [[{"role": "assistant", "content": text}] for _, text in batch["asked"]]
    try:
        told = trainer(reward)._calculate_rewards(
            rows, [PROMPT] * len(rows), completions, [[1]] * len(rows)
        )
    except Exception as error:  # noqa: BLE001 - whatever ends TRL's run
        return [f"{type(error).__name__}: {error}"] * len(rows)
    return [None if math.isnan(each) else each for each in told.flatten().tolist()]


answer(rewards)
