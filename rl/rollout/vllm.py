"""Rollouts from a vLLM server that gets the adapter anew before each step.

TRL's own weight sync needs CUDA and NCCL. Saving the adapter and asking the server to load it
works on CPU and GPU alike, takes a fraction of a second, and never merges into the weights that
train (merging and unmerging bf16 weights in place makes them drift, trl#6688). The server must
serve the model that training starts from; docs/training.md has its flags.
"""

import asyncio
import json
import secrets
import shutil
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from rewardsvc.retry import Attempts, RetryPolicy
from rewardsvc.types import Verdict
from rl.config import Grpo, Rollout
from rl.errors import RolloutFailed
from rl.reward import VERDICT_KEY, RewardFunction

_RETRIES = RetryPolicy(tries=3, first_pause_seconds=1.0, longest_pause_seconds=4.0)
"""A server under load drops a connection now and then; more failures than that are an outage."""

_KEPT_ADAPTERS = 2
"""The one in use and the one before, whose requests may not have ended."""


@dataclass(frozen=True, slots=True)
class SampledCompletion:
    """One completion: its tokens and the log probability that the server gave to each."""

    ids: list[int]
    logprobs: list[float]


class VllmClient:
    """The three calls of vLLM's HTTP API that rollouts need."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)

    def session(self) -> aiohttp.ClientSession:
        """The connections for one step; to be closed by the caller."""
        return aiohttp.ClientSession(timeout=self._timeout)

    async def served(self, session: aiohttp.ClientSession) -> str:
        """The name of the base model that the server serves.

        Raises:
            RolloutFailed: the server is not there or serves nothing.
        """
        answer = await self._call(session, "GET", "/v1/models", None)
        names = [
            model.get("id")
            for model in answer.get("data", [])
            if isinstance(model, dict) and not model.get("parent")
        ]
        if not names or not isinstance(names[0], str):
            raise RolloutFailed(f"{self._url} serves no model")
        return names[0]

    async def load_adapter(self, session: aiohttp.ClientSession, name: str, folder: Path) -> None:
        """Have the server read an adapter from a folder that it can see."""
        body = {"lora_name": name, "lora_path": str(folder)}
        await self._call(session, "POST", "/v1/load_lora_adapter", body)

    async def unload_adapter(self, session: aiohttp.ClientSession, name: str) -> None:
        """Have the server forget an adapter."""
        await self._call(session, "POST", "/v1/unload_lora_adapter", {"lora_name": name})

    async def complete(
        self, session: aiohttp.ClientSession, model: str, prompt: Sequence[int], grpo: Grpo
    ) -> SampledCompletion:
        """Sample one completion of a tokenized prompt.

        Raises:
            RolloutFailed: no answer, or one without token ids or log probabilities.
        """
        body = {
            "model": model,
            "prompt": list(prompt),
            "max_tokens": grpo.max_completion_length,
            "temperature": grpo.temperature,
            "top_p": grpo.top_p,
            "top_k": -1,
            "logprobs": 0,
            "return_token_ids": True,
            "skip_special_tokens": False,
        }
        answer = await self._call(session, "POST", "/v1/completions", body)
        try:
            choice = answer["choices"][0]
            ids = [int(token) for token in choice["token_ids"]]
            logprobs = [float(value) for value in choice["logprobs"]["token_logprobs"]]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise RolloutFailed(
                f"{self._url}: a completion without token ids or log probabilities ({error!r}); "
                "vLLM 0.11 or newer is needed"
            ) from error
        if not ids or len(ids) != len(logprobs):
            raise RolloutFailed(
                f"{self._url}: {len(ids)} tokens but {len(logprobs)} log probabilities"
            )
        return SampledCompletion(ids, logprobs)

    async def _call(
        self, session: aiohttp.ClientSession, method: str, path: str, body: dict[str, Any] | None
    ) -> dict[str, Any]:
        attempts = Attempts(_RETRIES)
        while True:
            try:
                with attempts.trying():
                    async with session.request(method, self._url + path, json=body) as response:
                        text = await response.text()
            except (aiohttp.ClientError, TimeoutError) as error:
                if not await attempts.pause():
                    reason = str(error) or type(error).__name__
                    raise RolloutFailed(f"{self._url}{path}: {reason}") from error
            else:
                if response.status < 400:
                    return _parsed(text)
                # What the server refuses, it refuses again; what it could not do, it may do now.
                if response.status < 500 or not await attempts.pause():
                    raise RolloutFailed(f"{self._url}{path}: HTTP {response.status}: {text[:300]}")


class VllmRollout:
    """The ``rollout_func`` that TRL calls with each step's prompts, repeated for their groups.

    Args:
        config: where the server is.
        grpo: how to sample.
        reward: scoring of a completion starts when it is there, while others are generated.
        adapters: the folder to save adapters into; the server must see it at the same path.
    """

    def __init__(self, config: Rollout, grpo: Grpo, reward: RewardFunction, adapters: Path) -> None:
        if config.vllm_server is None:
            raise ValueError("no rollout.vllm_server")
        self._client = VllmClient(config.vllm_server, config.timeout_seconds)
        self._grpo = grpo
        self._reward = reward
        self._adapters = adapters
        self._loaded: list[str] = []
        # A server outlives a run, and refuses a name that it has loaded already.
        self._run = secrets.token_hex(4)

    def check(self) -> str:
        """The served model's name.

        Raises:
            RolloutFailed: the server is not there.
        """
        return asyncio.run(self._served())

    def __call__(self, prompts: Sequence[Any], trainer: Any) -> dict[str, Any]:
        """Token ids, log probabilities and verdicts under way, in the order of the prompts.

        Raises:
            RolloutFailed: the server could not be reached or refused.
        """
        tokenizer = trainer.processing_class
        asked = [_prompt_ids(tokenizer, prompt) for prompt in prompts]
        tasks = list(trainer.tasks_at_hand)
        samples, verdicts = asyncio.run(self._step(trainer, tokenizer, asked, tasks))
        return {
            "prompt_ids": asked,
            "completion_ids": [sample.ids for sample in samples],
            "logprobs": [sample.logprobs for sample in samples],
            VERDICT_KEY: verdicts,
        }

    async def _served(self) -> str:
        async with self._client.session() as session:
            return await self._client.served(session)

    async def _step(
        self, trainer: Any, tokenizer: Any, asked: list[list[int]], tasks: list[int]
    ) -> tuple[list[SampledCompletion], "list[Future[Verdict]]"]:
        async with self._client.session() as session:
            adapter = await self._sync(session, trainer)

            async def one(
                prompt: list[int], task: int
            ) -> "tuple[SampledCompletion, Future[Verdict]]":
                sample = await self._client.complete(session, adapter, prompt, self._grpo)
                text = tokenizer.decode(sample.ids, skip_special_tokens=True)
                return sample, self._reward.submit(task, text)

            try:
                async with asyncio.TaskGroup() as group:
                    running = [
                        group.create_task(one(prompt, task))
                        for prompt, task in zip(asked, tasks, strict=True)
                    ]
            except* RolloutFailed as failures:
                raise failures.exceptions[0] from None
        results = [task.result() for task in running]
        return [sample for sample, _ in results], [verdict for _, verdict in results]

    async def _sync(self, session: aiohttp.ClientSession, trainer: Any) -> str:
        """Give the server the adapter as it is now; its name tells the step."""
        name = f"{self._run}-step-{trainer.state.global_step}"
        if name in self._loaded:
            return name
        folder = self._adapters / name
        trainer.accelerator.unwrap_model(trainer.model).save_pretrained(folder)
        await self._client.load_adapter(session, name, folder.resolve())
        self._loaded.append(name)
        while len(self._loaded) > _KEPT_ADAPTERS:
            old = self._loaded.pop(0)
            await self._client.unload_adapter(session, old)
            shutil.rmtree(self._adapters / old, ignore_errors=True)
        return name


def _prompt_ids(tokenizer: Any, prompt: list[dict[str, Any]]) -> list[int]:
    ids: list[int] = tokenizer.apply_chat_template(
        prompt, add_generation_prompt=True, tokenize=True, return_dict=False
    )
    return ids


def _parsed(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except json.JSONDecodeError:
        return {}  # the adapter calls answer with a sentence
    return answer if isinstance(answer, dict) else {}
