"""A real HTTP server that speaks OpenAI's chat completions and Anthropic's messages.

What it answers is up to a test: what a judge would say to the prompt that came, or a fault.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KINDS = ("openai", "anthropic")

BEST = {"intent_fit": "full", "clarity": "clear", "realism": "production"}


def rating(**levels: str) -> str:
    """A rating as a judge writes it; criteria that are not named are at their best."""
    return json.dumps(
        {
            name: {"reasoning": f"because of {name}", "level": level}
            for name, level in {**BEST, **levels}.items()
        }
    )


def winner(word: str) -> str:
    """A comparison as a judge writes it."""
    return json.dumps({"reasoning": "it is better", "winner": word})


def envelope(
    path: str, text: str, *, stop: str | None = None, refusal: str | None = None
) -> dict[str, Any]:
    """A whole answer as the API at that path writes it."""
    if path.endswith("/chat/completions"):
        return {
            "id": "c1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": stop or "stop",
                    "message": {"role": "assistant", "content": text, "refusal": refusal},
                }
            ],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
        }
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop or "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1000, "output_tokens": 200},
    }


@dataclass
class Fault:
    """Instead of an opinion: a status, headers, a body that is sent as it is, or silence."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    stop: Mapping[str, str] | None = None
    text: str = ""
    hang: bool = False


@dataclass
class Asked:
    """One request as it came."""

    path: str
    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def system(self) -> str:
        said: str = (
            self.body["system"] if "system" in self.body else self.body["messages"][0]["content"]
        )
        return said

    @property
    def prompt(self) -> str:
        said: str = self.body["messages"][-1]["content"]
        return said

    @property
    def schema(self) -> dict[str, Any]:
        if "output_config" in self.body:
            found: dict[str, Any] = self.body["output_config"]["format"]["schema"]
        else:
            found = self.body["response_format"]["json_schema"]["schema"]
        return found


Opinion = Callable[[Asked], str]
"""From a request to the text of an answer."""


class JudgeApi:
    """Answers with ``opinion``, after the ``faults`` that are due; remembers what it was asked."""

    def __init__(self) -> None:
        self.opinion: Opinion = lambda asked: rating()
        self.faults: list[Fault] = []
        self.lasting: Fault | None = None
        self.asked: list[Asked] = []
        self.hung_up = asyncio.Event()
        self.under_way = 0
        self.most_under_way = 0
        self.delay = 0.0
        self.address = ""

    def judge(self, kind: str, model: str = "m") -> str:
        """The name under which it is a judge."""
        return f"{kind}:{model}@{self.address}{'/v1' if kind == 'openai' else ''}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(request.path, await request.json(), request.headers)
        self.asked.append(asked)
        fault = self.faults.pop(0) if self.faults else self.lasting
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(3600 if fault and fault.hang else self.delay)
        except asyncio.CancelledError:
            self.hung_up.set()
            raise
        finally:
            self.under_way -= 1
        if fault is None:
            body = envelope(request.path, self.opinion(asked))
            return web.json_response(body)
        kind = "openai" if request.path.endswith("/chat/completions") else "anthropic"
        text = fault.body
        if text is None:
            stop = fault.stop[kind] if fault.stop else None
            text = json.dumps(envelope(request.path, fault.text, stop=stop))
        return web.Response(
            status=fault.status, text=text, content_type="application/json", headers=fault.headers
        )


@asynccontextmanager
async def judge_api() -> AsyncIterator[JudgeApi]:
    """The server, listening."""
    api = JudgeApi()
    application = web.Application()
    application.router.add_post("/{path:.*}", api.handle)
    # A handler learns that its client has hung up.
    runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    api.address = f"http://{host}:{port}"
    try:
        yield api
    finally:
        await runner.cleanup()


_LINE = re.compile(r"^<<<(end of )?([a-z]+) ([0-9a-f]{32})>>>$")


def data_of(prompt: str) -> tuple[str, dict[str, list[str]]]:
    """A prompt as its reader is told to read it: the words outside of blocks, and each block's
    lines. A line that ends a block ends it whoever wrote it, so what breaks out is outside."""
    outside: list[str] = []
    blocks: dict[str, list[str]] = {}
    inside: tuple[str, str] | None = None
    for line in prompt.split("\n"):
        match = _LINE.match(line)
        if inside is None and match and not match[1]:
            inside = (match[2], match[3])
            blocks[match[2]] = []
        elif inside and match and match[1] and (match[2], match[3]) == inside:
            inside = None
        elif inside:
            blocks[inside[0]].append(line)
        else:
            outside.append(line)
    return "\n".join(outside), blocks


def texts(lines: Sequence[str]) -> str:
    """The quoted text of a block's lines, without heads."""
    return "\n".join(line[2:] for line in lines if line.startswith("| "))
