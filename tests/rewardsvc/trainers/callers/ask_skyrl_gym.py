"""SkyRL-gym makes the environment and steps it."""

import asyncio
from typing import Any

import skyrl_gym
from batches import answer

skyrl_gym.register("assay", "rewardsvc.trainers.skyrl_gym:SkyrlEnvironment")


def stepped(row: str, completion: str, config: dict[str, Any]) -> float | str:
    extras = {"reward_spec": {"ground_truth": row}}
    environment = skyrl_gym.make("assay", env_config=config, extras=extras)
    environment.init([{"role": "user", "content": "An image that runs as app."}])
    try:
        told = environment.step(completion)
    except Exception as error:  # noqa: BLE001 - whatever SkyRL is told
        return f"{type(error).__name__}: {error}"
    assert told["done"] and environment.get_metrics().keys() == {"syntax", "correctness", "format"}
    return float(told["reward"])


async def rewards(batch: dict[str, Any]) -> list[float | str]:
    config = {"server": batch["grpc"], "deadline_seconds": batch["seconds"]}
    return await asyncio.gather(
        *(asyncio.to_thread(stepped, row, text, config) for row, text in batch["asked"])
    )


answer(rewards)
