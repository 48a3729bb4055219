"""openreward serves the environment, and its client plays a session for each completion."""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

from batches import answer, rows_with_numbers, served
from openreward import AsyncOpenReward
from openreward.environments import Server

from rewardsvc.trainers.openreward import ors_environment


async def played(environment: Any, task: Any, completion: str) -> float | str:
    async with environment.session(task=task) as session:
        assert (await session.get_prompt())[0].text.startswith("Task ")
        try:
            told = await session.call_terminal_tool(completion)
        except Exception as error:  # noqa: BLE001 - whatever its client is told
            return f"{type(error).__name__}: {error}"
        assert told.finished
        return float(told.reward)


async def rewards(batch: dict[str, Any]) -> list[float | str]:
    with tempfile.TemporaryDirectory() as folder:
        tasks = Path(folder) / "tasks.jsonl"
        tasks.write_text(rows_with_numbers(batch))
        kind = ors_environment(batch["grpc"], tasks, batch["seconds"])
        async with served(Server([kind]).app) as address:
            os.environ |= {"OPENREWARD_API_URL": address, "OPENREWARD_SESSION_URL": address}
            client = AsyncOpenReward(api_key="none")
            environment = client.environments.get("assayiac", base_url=address)
            specified = await environment.list_tasks("train")
            return await asyncio.gather(
                *(
                    played(environment, task, text)
                    for task, (_, text) in zip(specified, batch["asked"], strict=True)
                )
            )


answer(rewards)
