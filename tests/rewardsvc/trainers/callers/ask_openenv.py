"""OpenEnv serves the environment, and its client plays an episode for each completion."""

import asyncio
from functools import partial
from typing import Any

from batches import answer, rows_with_numbers, served
from openenv.core.env_server.http_server import create_app
from openenv.core.generic_client import GenericEnvClient

from rewardsvc.tasks import row_from_json
from rewardsvc.trainers.openenv import OpenEnvAnswer, OpenEnvironment, OpenEnvObservation
from rewardsvc.trainers.patient import PatientClient


async def played(address: str, number: int, completion: str) -> float | str:
    async with GenericEnvClient(base_url=address) as client:
        begun = await client.reset(task=str(number))
        assert begun.observation["prompt"].startswith(f"Task {number}")
        told = await client.step({"answer": completion})
        assert told.done
        if told.reward is None:
            return str(told.observation["metadata"]["fault"])
        return float(told.reward)


async def rewards(batch: dict[str, Any]) -> list[float | str]:
    rows = {row.id: row for row in map(row_from_json, rows_with_numbers(batch).splitlines())}
    client = PatientClient(batch["grpc"], batch["seconds"])
    app = create_app(
        partial(OpenEnvironment, client, rows),
        OpenEnvAnswer,
        OpenEnvObservation,
        env_name="assay",
        max_concurrent_envs=8,
    )
    async with served(app) as address:
        return await asyncio.gather(
            *(played(address, number, text) for number, (_, text) in enumerate(batch["asked"]))
        )


answer(rewards)
