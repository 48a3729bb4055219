"""OpenRLHF's rollout asks ``/get_reward``; its vLLM engine is one that says a given text."""

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp
from batches import answer, byte_tokenizer
from openrlhf.utils import agent

PROMPT = "<|user|>An image that runs as app.<|assistant|>"
TOKENS = byte_tokenizer()


class Engine:
    def __init__(self, said: str) -> None:
        self.tokens = TOKENS(said)["input_ids"]

    async def generate(self, *_: object, **__: object) -> SimpleNamespace:
        output = SimpleNamespace(token_ids=self.tokens, finish_reason="stop", logprobs=None)
        return SimpleNamespace(outputs=[output])


async def rewards(batch: dict[str, Any]) -> list[float | None]:
    executor = agent.SingleTurnAgentExecutor(f"http://{batch['http']}/get_reward")
    # Its 180 seconds for each of five tries are the batch's here.
    patient = aiohttp.ClientTimeout(total=batch["seconds"])
    agent.aiohttp = SimpleNamespace(**vars(aiohttp) | {"ClientTimeout": lambda total: patient})

    async def one(row: str, completion: str) -> float | None:
        rollout = await executor.execute(
            PROMPT,
            row,
            SimpleNamespace(max_tokens=4096, logprobs=None),
            max_length=8192,
            hf_tokenizer=TOKENS,
            llm_engine=Engine(completion),
        )
        return None if rollout["reward"] is None else float(rollout["reward"][0])

    return await asyncio.gather(*(one(row, text) for row, text in batch["asked"]))


answer(rewards)
