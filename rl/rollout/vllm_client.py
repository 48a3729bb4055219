"""The calls of vLLM's HTTP API that rollouts need: models, adapters, completions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from rewardsvc.retry import Attempts, RetryPolicy
from rl.errors import RolloutFailed
from rl.rollout.base import Sampling

_RETRIES = RetryPolicy(tries=3, first_pause_seconds=1.0, longest_pause_seconds=4.0)
"""A server under load drops a connection now and then; more failures than that are an outage."""


class _Model(BaseModel):
    id: str
    parent: str | None = None


class _Models(BaseModel):
    data: list[_Model]


class _LogProbabilities(BaseModel):
    token_logprobs: list[float]


class _Choice(BaseModel):
    token_ids: list[int]
    logprobs: _LogProbabilities


class _Completions(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


class VllmClient:
    """Asks one server; what it cannot do at once it is asked again."""

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
        try:
            models = _Models.model_validate_json(answer).data
        except ValidationError:
            models = []
        for each in models:
            if not each.parent:
                return each.id
        raise RolloutFailed(f"{self._url} serves no model")

    async def load_adapter(self, session: aiohttp.ClientSession, name: str, folder: Path) -> None:
        """Have the server read an adapter from a folder that it can see."""
        body = {"lora_name": name, "lora_path": str(folder)}
        await self._call(session, "POST", "/v1/load_lora_adapter", body)

    async def unload_adapter(self, session: aiohttp.ClientSession, name: str) -> None:
        """Have the server forget an adapter."""
        await self._call(session, "POST", "/v1/unload_lora_adapter", {"lora_name": name})

    async def complete(
        self, session: aiohttp.ClientSession, model: str, prompt: Sequence[int], sampling: Sampling
    ) -> tuple[list[int], list[float]]:
        """Sample one completion of a tokenized prompt: its token ids and their log probabilities.

        Raises:
            RolloutFailed: no answer, or one without token ids or log probabilities.
        """
        body = {
            "model": model,
            "prompt": list(prompt),
            "max_tokens": sampling.max_new_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": -1,
            "logprobs": 0,
            "return_token_ids": True,
            "skip_special_tokens": False,
        }
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        answer = await self._call(session, "POST", "/v1/completions", body)
        try:
            choice = _Completions.model_validate_json(answer).choices[0]
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise RolloutFailed(
                f"{self._url}: a completion without token ids or log probabilities "
                f"({place or 'answer'}: {first['msg']}); vLLM 0.11 or newer is needed"
            ) from error
        ids, logprobs = choice.token_ids, choice.logprobs.token_logprobs
        if not ids or len(ids) != len(logprobs):
            raise RolloutFailed(
                f"{self._url}: {len(ids)} tokens but {len(logprobs)} log probabilities"
            )
        return ids, logprobs

    async def _call(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
    ) -> str:
        """The text of the answer: JSON, or a sentence to the calls about adapters."""
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
                    return text
                # What the server refuses, it refuses again; what it could not do, it may do now.
                if response.status < 500 or not await attempts.pause():
                    raise RolloutFailed(f"{self._url}{path}: HTTP {response.status}: {text[:300]}")
