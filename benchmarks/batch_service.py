"""Both batch APIs on loopback, over the answers and the ledger of a
:class:`benchmarks.teacher_service.TeacherService`.

OpenAI's files and batches, Anthropic's batches of messages. A batch takes a while; of its requests
some fail the first time that they come (one expires, one meets a broken server, of one nothing is
said at all), and what is answered is billed. A batch can be made to go wrong as a whole.
"""

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from benchmarks.teacher_service import ServedCall, TeacherService, question_in
from rewardsvc.llm import Tokens, most_of

_FAULTS = ("expired", "broken", "silent")


@dataclass
class HeldBatch:
    """``requests``: name and body of each. ``seconds``: until it has ended."""

    id: str
    requests: list[tuple[str, Mapping[str, Any]]]
    metadata: Mapping[str, str]
    seconds: float
    began: float = field(default_factory=time.monotonic)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failure: str = ""

    @property
    def ended(self) -> bool:
        """Whether it has."""
        return time.monotonic() - self.began >= self.seconds


@dataclass
class BatchService:
    """``seconds``: what a batch takes. ``faulty``: whether requests fail the first time.
    ``failures``: codes of batches that fail as a whole, the next one first. ``deaf``: so many times
    a batch is taken, and nobody is told."""

    teacher: TeacherService
    seconds: float = 0.5
    faulty: bool = True
    failures: list[str] = field(default_factory=list)
    deaf: int = 0
    batches: dict[str, HeldBatch] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    taken: asyncio.Condition = field(default_factory=asyncio.Condition)
    address: str = ""

    def name(self, provider: str) -> str:
        """As a teacher."""
        return f"{provider}:m@{self.address}" + ("/v1" if provider == "openai" else "")

    async def came(self, batches: int) -> None:
        """Wait until so many were taken."""
        async with self.taken:
            await self.taken.wait_for(lambda: len(self.batches) >= batches)

    async def uploaded(self, request: web.Request) -> web.Response:
        """OpenAI: a file of requests."""
        form = await request.post()
        content = form["file"]
        assert isinstance(content, web.FileField)
        id = f"file-{len(self.files)}"
        self.files[id] = content.file.read()
        return web.json_response(
            {"id": id, "object": "file", "bytes": len(self.files[id]), "created_at": 1,
             "filename": content.filename, "purpose": "batch", "status": "processed"}
        )  # fmt: skip

    async def created(self, request: web.Request) -> web.StreamResponse:
        """Of either API: a batch."""
        self._authorized(request)
        body = json.loads(await request.read())
        if "input_file_id" in body:
            lines = self.files[body["input_file_id"]].decode().splitlines()
            parsed = [json.loads(line) for line in lines]
            requests = [(each["custom_id"], each["body"]) for each in parsed]
            id = f"batch_{len(self.batches)}"
        else:
            requests = [(each["custom_id"], each["params"]) for each in body["requests"]]
            id = f"msgbatch_{len(self.batches)}"
        assert len({name for name, _ in requests}) == len(requests)
        held = HeldBatch(id, requests, body.get("metadata") or {}, self.seconds)
        held.failure = self.failures.pop(0) if self.failures else ""
        if not held.failure:
            for name, asked in requests:
                self._answer(held, name, asked, openai="input_file_id" in body)
        async with self.taken:
            self.batches[id] = held
            self.taken.notify_all()
        if self.deaf:
            self.deaf -= 1
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return web.json_response(self._told(held))

    async def told(self, request: web.Request) -> web.Response:
        """How far a batch is."""
        self._authorized(request)
        held = self.batches.get(request.match_info["id"])
        if held is None:
            return web.json_response({"error": {"message": "there is no such batch"}}, status=404)
        return web.json_response(self._told(held))

    async def listed(self, request: web.Request) -> web.Response:
        """All batches of the API, the newest first."""
        prefix = "msgbatch_" if "messages" in request.path else "batch_"
        after = request.query.get("after") or request.query.get("after_id")
        newest = [each for each in reversed(self.batches.values()) if each.id.startswith(prefix)]
        data = [] if after else [self._told(each) for each in newest]
        ids: dict[str, Any] = {"first_id": None, "last_id": None}
        return web.json_response({"object": "list", "data": data, "has_more": False, **ids})

    async def content(self, request: web.Request) -> web.Response:
        """The lines of a batch that has ended."""
        self._authorized(request)
        id, _, part = request.match_info["id"].partition(".")
        held = self.batches[id]
        lines = held.errors if part == "errors" else held.lines
        return web.Response(text="".join(f"{line}\n" for line in lines))

    def _authorized(self, request: web.Request) -> None:
        if self.teacher.key not in "".join(request.headers.values()):
            error = json.dumps({"error": {"message": "there is no such key"}})
            raise web.HTTPUnauthorized(text=error, content_type="application/json")

    def _answer(self, held: HeldBatch, name: str, body: Mapping[str, Any], *, openai: bool) -> None:
        number, fault = zlib.crc32(name.encode()), ""
        if self.faulty and name not in self.seen and number % 4 < len(_FAULTS):
            fault = _FAULTS[number % 4]
        self.seen.add(name)
        if fault == "silent":
            return
        if fault:
            held.errors.append(_error_line(name, fault, openai=openai))
            return
        question = question_in(body)
        path = "/chat/completions" if openai else "/messages"
        answer, took = self.teacher.answer_to(question.prompt, path)
        most = most_of(question)
        took = Tokens(most.input // 5 + took.input, took.output)
        answer["usage"] = (
            {"prompt_tokens": took.input, "completion_tokens": took.output}
            if openai
            else {"input_tokens": took.input, "output_tokens": took.output}
        )
        self.teacher.ledger.append(ServedCall(most, took, known=True))
        if openai:
            response = {"status_code": 200, "request_id": "r", "body": answer}
            line: dict[str, Any] = {"id": "x", "custom_id": name, "response": response}
        else:
            result = {"type": "succeeded", "message": answer}
            line = {"custom_id": name, "result": result}
        held.lines.append(json.dumps(line))

    def _told(self, held: HeldBatch) -> dict[str, Any]:
        total, errors = len(held.requests), len(held.errors)
        if held.id.startswith("batch_"):
            status = "failed" if held.failure else "completed" if held.ended else "in_progress"
            error = {"code": held.failure, "message": f"it failed: {held.failure}"}
            done = held.ended and not held.failure
            return {
                "id": held.id, "object": "batch", "endpoint": "/v1/chat/completions",
                "completion_window": "24h", "input_file_id": "file-0", "status": status,
                "created_at": int(held.created.timestamp()), "metadata": dict(held.metadata),
                "errors": {"object": "list", "data": [error]} if held.failure else None,
                "output_file_id": f"{held.id}.lines" if done and held.lines else None,
                "error_file_id": f"{held.id}.errors" if done and held.errors else None,
                "request_counts": {
                    "total": total, "completed": len(held.lines) * done, "failed": errors * done,
                },
            }  # fmt: skip
        counts = {"processing": total, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
        if held.ended:
            silent = total - errors - len(held.lines)
            counts |= {"processing": 0, "succeeded": len(held.lines), "errored": errors + silent}
        return {
            "id": held.id, "type": "message_batch", "archived_at": None, "ended_at": None,
            "cancel_initiated_at": None, "created_at": held.created.isoformat(),
            "expires_at": held.created.isoformat(), "request_counts": counts,
            "processing_status": "ended" if held.ended else "in_progress",
            "results_url": (
                f"{self.address}/v1/messages/batches/{held.id}/results" if held.ended else None
            ),
        }  # fmt: skip


def _error_line(name: str, fault: str, *, openai: bool) -> str:
    if openai and fault == "expired":
        error = {"code": "batch_expired", "message": "it could not be done in time"}
        return json.dumps({"id": "x", "custom_id": name, "response": None, "error": error})
    if openai:
        body = {"error": {"message": "it broke", "type": "server_error"}}
        response = {"status_code": 500, "request_id": "r", "body": body}
        return json.dumps({"id": "x", "custom_id": name, "response": response, "error": None})
    if fault == "expired":
        return json.dumps({"custom_id": name, "result": {"type": "expired"}})
    envelope = {"type": "error", "error": {"type": "api_error", "message": "it broke"}}
    return json.dumps({"custom_id": name, "result": {"type": "errored", "error": envelope}})


@asynccontextmanager
async def served_batches(service: BatchService) -> AsyncIterator[BatchService]:
    """Both APIs, listening on loopback; a question that comes alone is the teacher's."""
    application = web.Application(client_max_size=300_000_000)
    router = application.router
    router.add_post("/v1/files", service.uploaded)
    router.add_get("/v1/files/{id}/content", service.content)
    for path in ("/v1/batches", "/v1/messages/batches"):
        router.add_post(path, service.created)
        router.add_get(path, service.listed)
        router.add_get(f"{path}/{{id}}", service.told)
    router.add_get("/v1/messages/batches/{id}/results", _with_errors(service))
    router.add_post("/{path:.*}", service.teacher.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    service.address = service.teacher.address = f"http://{host}:{port}"
    try:
        yield service
    finally:
        await runner.cleanup()


def _with_errors(service: BatchService) -> Any:
    """Anthropic's results: answers and errors in one file."""

    async def results(request: web.Request) -> web.Response:
        held = service.batches[request.match_info["id"]]
        return web.Response(text="".join(f"{line}\n" for line in (*held.errors, *held.lines)))

    return results
