"""Samples from a vLLM server, which gets the adapter anew before each step.

TRL's own weight sync needs CUDA and NCCL. Saving the adapter and asking the server to load it
works on CPU and GPU alike, takes a fraction of a second, and never merges into the weights that
train (merging and unmerging bf16 weights in place makes them drift, trl#6688). The server must
serve the model that training starts from; docs/training.md has its flags.
"""

import asyncio
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from rl.errors import RolloutFailed
from rl.models.policy import token_ids
from rl.rollout.base import Conversation, Finished, SampledCompletion, Sampling
from rl.rollout.vllm_client import VllmClient

_KEPT_ADAPTERS = 2
"""The one in use and the one before, whose requests may not have ended."""


class VllmSampler:
    """Samples from the adapter that the server was given last.

    Args:
        client: asks the server.
        tokenizer: the policy's.
        adapters: the folder to save adapters into; the server must see it at the same path.
    """

    def __init__(
        self, client: VllmClient, tokenizer: PreTrainedTokenizerBase, adapters: Path
    ) -> None:
        self._client = client
        self._tokenizer = tokenizer
        self._adapters = adapters
        self._loaded: list[str] = []
        # A server outlives a run, and refuses a name that it has loaded already.
        self._run = secrets.token_hex(4)

    def served(self) -> str:
        """The name of the base model that the server serves.

        Raises:
            RolloutFailed: the server is not there.
        """
        return asyncio.run(self._served())

    def take_up(self, model: PeftModel, step: int) -> None:
        """Give the server the model's adapter as it is now; its name tells the step.

        Raises:
            RolloutFailed: the server could not be reached or refused.
        """
        name = f"{self._run}-step-{step}"
        if name not in self._loaded:
            model.save_pretrained(str(self._adapters / name))
            asyncio.run(self._load(name))

    def sample(
        self, prompts: Sequence[Conversation], sampling: Sampling, finished: Finished
    ) -> list[SampledCompletion]:
        """See :class:`rl.rollout.base.Sampler`; the server batches as it sees fit."""
        return asyncio.run(self._sampled(prompts, sampling, finished))

    async def _served(self) -> str:
        async with self._client.session() as session:
            return await self._client.served(session)

    async def _load(self, name: str) -> None:
        async with self._client.session() as session:
            await self._client.load_adapter(session, name, (self._adapters / name).resolve())
            self._loaded.append(name)
            while len(self._loaded) > _KEPT_ADAPTERS:
                old = self._loaded.pop(0)
                await self._client.unload_adapter(session, old)
                shutil.rmtree(self._adapters / old, ignore_errors=True)

    async def _sampled(
        self, prompts: Sequence[Conversation], sampling: Sampling, finished: Finished
    ) -> list[SampledCompletion]:
        adapter = self._loaded[-1]
        async with self._client.session() as session:

            async def one(place: int, prompt: Conversation) -> SampledCompletion:
                asked = token_ids(self._tokenizer, prompt, ask=True)
                ids, logprobs = await self._client.complete(session, adapter, asked, sampling)
                text = str(self._tokenizer.decode(ids, skip_special_tokens=True))
                finished(place, text)
                return SampledCompletion(text, asked, ids, logprobs)

            try:
                async with asyncio.TaskGroup() as group:
                    running = [
                        group.create_task(one(place, prompt))
                        for place, prompt in enumerate(prompts)
                    ]
            except* RolloutFailed as failures:
                raise failures.exceptions[0] from None
        return [task.result() for task in running]
