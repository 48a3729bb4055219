"""A server on loopback that speaks the part of vLLM's HTTP API that rollouts use.

It really samples, from the model and the adapters it is told to load, and tells real log
probabilities; faults are injected by the tests. It is not fast and not batched.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from aiohttp import web
from peft import PeftModel

from rl.configs.sections import Config
from rl.models import load

Fault = Callable[[str, int], web.Response | None]
"""Given a path and how often it was called before, an answer instead of the real one."""


class RolloutServer:
    """Serves the model in a folder; a context manager that gives itself.

    ``stale``: it says that it loaded an adapter, and goes on with the first one.
    """

    def __init__(
        self, model: Path, config: Config, fault: Fault | None = None, *, stale: bool = False
    ) -> None:
        self._stale = stale
        self._folder, self._config = model, config
        self._fault = fault or (lambda path, count: None)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._policy: Any = load(model, config)
        self._adapters: dict[str, Path] = {}
        self.calls: dict[str, int] = {}
        self.loaded: list[str] = []
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(30)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application(middlewares=[self._with_faults])
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/load_lora_adapter", self._load)
        app.router.add_post("/v1/unload_lora_adapter", self._unload)
        app.router.add_post("/v1/completions", self._complete)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    @web.middleware
    async def _with_faults(self, request: web.Request, handler: Any) -> web.StreamResponse:
        count = self.calls.get(request.path, 0)
        self.calls[request.path] = count + 1
        faulty = self._fault(request.path, count)
        answer: web.StreamResponse = faulty if faulty is not None else await handler(request)
        return answer

    async def _models(self, request: web.Request) -> web.Response:
        adapters = [{"id": name, "parent": "served"} for name in self._adapters]
        return web.json_response({"data": [{"id": "served", "parent": None}, *adapters]})

    async def _load(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["lora_name"] in self._adapters:
            return web.Response(status=400, text="has already been loaded")
        self._adapters[body["lora_name"]] = Path(body["lora_path"])
        self.loaded.append(body["lora_name"])
        if self._stale and len(self.loaded) > 1:
            return web.Response(text="Success")
        base = load(self._folder, self._config)
        adapted: Any = PeftModel.from_pretrained(base.model, body["lora_path"])
        self._policy = type(base)(adapted, base.tokenizer)
        return web.Response(text=f"Success: LoRA adapter '{body['lora_name']}' added.")

    async def _unload(self, request: web.Request) -> web.Response:
        body = await request.json()
        del self._adapters[body["lora_name"]]
        return web.Response(text="Success")

    async def _complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["model"] not in self._adapters:
            return web.Response(status=404, text="no such model")
        ids, logprobs = self._sample(body["prompt"], body["max_tokens"], body["temperature"])
        choice = {
            "text": self._policy.tokenizer.decode(ids),
            "token_ids": ids,
            "logprobs": {"token_logprobs": logprobs},
            "finish_reason": "stop",
        }
        return web.Response(text=json.dumps({"choices": [choice]}), content_type="application/json")

    def _sample(
        self, prompt: list[int], count: int, temperature: float
    ) -> tuple[list[int], list[float]]:
        model, tokenizer = self._policy.model.eval(), self._policy.tokenizer
        ids, logprobs = list(prompt), list[float]()
        with torch.no_grad():
            for _ in range(count):
                logits = model(torch.tensor([ids])).logits[0, -1] / temperature
                logs = torch.log_softmax(logits, dim=-1)
                token = int(torch.multinomial(logs.exp(), 1))
                ids.append(token)
                logprobs.append(float(logs[token]))
                if token == tokenizer.eos_token_id:
                    break
        return ids[len(prompt) :], logprobs
