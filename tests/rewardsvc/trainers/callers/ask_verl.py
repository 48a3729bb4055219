"""verl's reward managers call our functions, loaded as verl loads them. argv: the manager."""

import asyncio
import sys
from typing import Any

import torch
from batches import answer, byte_tokenizer
from omegaconf import OmegaConf
from verl import DataProto
from verl.trainer.ppo.reward import load_reward_manager

MANAGER = sys.argv[1]
TOKENS = byte_tokenizer()


def manager(server: str, seconds: float) -> Any:
    function = {
        "path": "pkg://rewardsvc.trainers.verl",
        "name": "compute_score_sync" if MANAGER == "remote" else "compute_score",
        "reward_kwargs": {"server": server, "deadline_seconds": seconds},
    }
    reward = {
        "num_workers": 1,
        "reward_manager": {"source": "register", "name": MANAGER},
        "custom_reward_function": function,
    }
    return load_reward_manager(OmegaConf.create({"reward": reward}), TOKENS)


def sample(row: str, completion: str) -> DataProto:
    response = TOKENS(completion, return_tensors="pt")["input_ids"]
    return DataProto.from_dict(
        tensors={"responses": response, "attention_mask": torch.ones_like(response)},
        non_tensors={"data_source": ["assay"], "reward_model": [{"ground_truth": row}]},
    )


async def rewards(batch: dict[str, Any]) -> list[float | str]:
    managing = manager(batch["grpc"], batch["seconds"])

    async def one(row: str, completion: str) -> float | str:
        try:
            result = await managing.run_single(sample(row, completion))
        except Exception as error:  # noqa: BLE001 - whatever ends verl's run
            return f"{type(error).__name__}: {error}"
        return float(result["reward_score"])

    return await asyncio.gather(*(one(row, text) for row, text in batch["asked"]))


if MANAGER == "remote":
    import ray

    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
answer(rewards)
