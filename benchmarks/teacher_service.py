"""A model's service with faults and a ledger of its own: who asks it can be held to what it gave.

It speaks OpenAI's chat completions and Anthropic's messages on loopback. Its answers are the
references of the records that it knows, so that they are verified as any teacher's; what it says
of a question is the same each time. Faults are of two kinds:

- of an answer (truncated or malformed JSON, empty content, a refusal): always the same question's,
  and paid for;
- of the way (429, 500, a stall, a body cut off, a portal's page with HTTP 200): the first time that
  a question comes. Whoever asks knows nothing of what became of it, and has to take it as paid for;
  a 429 alone is free.

The usage follows from the question, and hardly two have the same, so that each can be found again
in a journal (:func:`unknown_calls`).
"""

import asyncio
import json
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

from datagen.record import Record
from datagen.teachers.base import pair_as_json
from rewardsvc.llm import Question, Tokens, most_of


class WayFault(StrEnum):
    """What becomes of a request on its way."""

    NONE = "none"
    BUSY = "429"
    BROKEN = "500"
    STALLED = "stall"
    CUT = "cut body"
    PORTAL = "portal"


class AnswerFault(StrEnum):
    """What is wrong with an answer."""

    NONE = "none"
    TRUNCATED = "truncated JSON"
    MALFORMED = "malformed JSON"
    EMPTY = "empty content"
    REFUSAL = "refusal"


_WAYS = (*(each for each in WayFault), *((WayFault.NONE,) * 6))
_ANSWERS = (*(each for each in AnswerFault), *((AnswerFault.NONE,) * 12))


@dataclass(frozen=True)
class ServedCall:
    """A request that came. ``took``: what it is billed, None where it is free; ``most``: what it
    may take at most; ``known``: whether the client was told."""

    most: Tokens
    took: Tokens | None
    known: bool


@dataclass
class TeacherService:
    """``known``: answers by the instruction that a question has in it. ``faulty``: whether it has
    faults; ``faulty_ways``: also of the way. ``seconds``: what an answer takes."""

    known: dict[str, str]
    faulty: bool = True
    faulty_ways: bool = True
    seconds: float = 0.05
    key: str = "sk-right"
    ledger: list[ServedCall] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    entered: asyncio.Condition = field(default_factory=asyncio.Condition)
    address: str = ""

    @property
    def name(self) -> str:
        """As a teacher."""
        return f"openai:m@{self.address}/v1"

    def forget(self) -> None:
        """Begin anew."""
        self.ledger.clear()
        self.seen.clear()

    @property
    def billed(self) -> Tokens:
        """What all answers took."""
        return sum((call.took for call in self.ledger if call.took), Tokens())

    async def asked(self, requests: int) -> None:
        """Wait until so many came."""
        async with self.entered:
            await self.entered.wait_for(lambda: len(self.ledger) >= requests)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        body = json.loads(await request.read())
        if self.key not in "".join(request.headers.values()):
            return _error(401, "there is no such key")
        question = question_in(body)
        text = question.prompt
        way, answer = WayFault.NONE, AnswerFault.NONE
        number = zlib.crc32(text.encode())
        if self.faulty:
            if self.faulty_ways and text not in self.seen:
                way = _WAYS[number % len(_WAYS)]
            answer = _ANSWERS[number // 64 % len(_ANSWERS)]
        self.seen.add(text)
        most = most_of(question)
        if way is WayFault.BUSY:
            await self._enter(ServedCall(most, None, known=True))
            return _error(429, "too many requests")
        # A model works also for whom it cannot reach any more.
        took = Tokens(most.input // 5 + number % 97, 100 + number % 4_999)
        await self._enter(ServedCall(most, took, known=way is WayFault.NONE))
        await asyncio.sleep(3600 if way is WayFault.STALLED else self.seconds)
        if way is WayFault.BROKEN:
            return _error(500, "it broke")
        if way is WayFault.PORTAL:
            return web.Response(text="<html>Log in first</html>", content_type="text/html")
        said = json.dumps(_envelope(request.path, self._text(text, answer), answer, took))
        if way is WayFault.CUT:
            cut = web.StreamResponse(headers={"content-length": str(len(said))})
            await cut.prepare(request)
            await cut.write(said[: len(said) // 2].encode())
            assert request.transport is not None
            request.transport.close()
            return cut
        return web.Response(text=said, content_type="application/json")

    def answer_to(self, prompt: str, path: str) -> tuple[dict[str, Any], Tokens]:
        """What it answers to a question that came in a batch, and the tokens beside a fifth of the
        most that it reads. Faults of answers are those that it has alone; of the way it has none.
        """
        number = zlib.crc32(prompt.encode())
        fault = _ANSWERS[number // 64 % len(_ANSWERS)] if self.faulty else AnswerFault.NONE
        took = Tokens(number % 97, 100 + number % 4_999)
        return _envelope(path, self._text(prompt, fault), fault, took), took

    async def _enter(self, call: ServedCall) -> None:
        async with self.entered:
            self.ledger.append(call)
            self.entered.notify_all()

    def _text(self, prompt: str, fault: AnswerFault) -> str:
        instruction = next((each for each in self.known if f"\n{each}" in prompt), "")
        if not instruction:
            raise web.HTTPBadRequest(text=f"nobody knows {prompt[-200:]!r}")
        pair = pair_as_json(instruction, _unfenced(self.known[instruction]))
        match fault:
            case AnswerFault.TRUNCATED:
                return pair[: len(pair) // 2]
            case AnswerFault.MALFORMED:
                return pair.replace('":', '"')
            case AnswerFault.EMPTY | AnswerFault.REFUSAL:
                return ""
            case AnswerFault.NONE:
                return pair


def question_in(body: Mapping[str, Any]) -> Question:
    """What was asked, out of a request of either API."""
    if "response_format" in body:
        schema = body["response_format"]["json_schema"]
        return Question(
            body["messages"][0]["content"],
            body["messages"][-1]["content"],
            schema["name"],
            schema["schema"],
            body["max_completion_tokens"],
        )
    schema = body["output_config"]["format"]["schema"]
    prompt = body["messages"][-1]["content"]
    return Question(body["system"], prompt, "pair", schema, body["max_tokens"])


@asynccontextmanager
async def served(service: TeacherService) -> AsyncIterator[TeacherService]:
    """The service, listening on loopback."""
    application = web.Application()
    application.router.add_post("/{path:.*}", service.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    service.address = f"http://{host}:{port}"
    try:
        yield service
    finally:
        await runner.cleanup()


def unknown_calls(ledger: Iterable[ServedCall], entered: Iterable[Tokens]) -> int:
    """How many of the calls that a client entered it knew no end of, for it was killed; all others
    are as the service has them: what the client was told by what it took, the rest in full. Pure.

    Raises:
        AssertionError: a call that was billed is not entered, or for less.
    """
    left = Counter(entered)
    left.pop(Tokens(), None)  # what is free
    unknown = 0
    for call in ledger:
        if call.took is None:
            continue
        known = call.known and left[call.took] > 0
        charged = call.took if known else call.most
        assert left[charged] > 0, f"{call} is not entered"
        left[charged] -= 1
        unknown += call.known and not known
    return unknown + left.total()


def answers_of(records: Iterable[Record]) -> dict[str, str]:
    """What it has to know to answer for these."""
    return {record.task.instruction: record.reference for record in records}


def _unfenced(reference: str) -> str:
    return "\n".join(reference.splitlines()[1:-1])


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message}}, status=status)


def _envelope(path: str, text: str, fault: AnswerFault, took: Tokens) -> dict[str, Any]:
    refused, cut = fault is AnswerFault.REFUSAL, fault is AnswerFault.TRUNCATED
    if path.endswith("/chat/completions"):
        message = {"role": "assistant", "content": text, "refusal": "I cannot" if refused else None}
        choice = {"index": 0, "finish_reason": "length" if cut else "stop", "message": message}
        usage = {"prompt_tokens": took.input, "completion_tokens": took.output}
        return {
            "id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [choice], "usage": usage,
        }  # fmt: skip
    stop = "refusal" if refused else "max_tokens" if cut else "end_turn"
    return {
        "id": "m", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None,
        "content": [{"type": "text", "text": text}], "stop_reason": stop,
        "usage": {"input_tokens": took.input, "output_tokens": took.output},
    }  # fmt: skip
