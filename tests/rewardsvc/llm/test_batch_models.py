"""The official SDKs' batches against a real server that forgets, breaks off, or is a portal."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from rewardsvc.llm import (
    BatchModel,
    ModelName,
    ModelRefused,
    ModelSilent,
    NotAnAnswer,
    open_batches,
)

KINDS = ["openai", "anthropic"]
LINE = '{"custom_id": "x"}\n'
Answer = Callable[[web.Request], web.StreamResponse]


class Served:
    """``told``: bodies by path. ``content``: what the requests for results are answered with;
    ``broken``: it is broken off. ``page``: all is answered with a page for people."""

    def __init__(self) -> None:
        self.address = ""
        self.told: dict[str, dict[str, Any]] = {}
        self.missing: set[str] = set()
        self.broken = self.page = self.paged_results = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if self.page:
            return web.Response(text="<html>Log in", content_type="text/html")
        if request.path in self.missing:
            return web.json_response({"error": {"message": "it is gone"}}, status=404)
        if request.path in self.told:
            return web.json_response(self.told[request.path])
        if self.paged_results:
            return web.Response(text="<html>Log in", content_type="text/html")
        response = web.StreamResponse(headers={"Content-Length": str(2 * len(LINE))})
        await response.prepare(request)
        await response.write(LINE.encode())
        if self.broken:
            assert request.transport is not None
            request.transport.close()
        else:
            await response.write(LINE.encode())
        return response

    def model(self, kind: str) -> BatchModel:
        path = "/v1" if kind == "openai" else ""
        return open_batches(ModelName(kind, "m", self.address + path), timeout_seconds=10)

    def hold(self, kind: str, *, kept: bool = True) -> str:
        """A batch that has ended; gives its id."""
        if kind == "openai":
            self.told["/v1/batches/b"] = {
                "id": "b", "object": "batch", "status": "completed", "created_at": 1,
                "output_file_id": "lines", "error_file_id": "errors",
            }  # fmt: skip
            if not kept:
                self.missing |= {f"/v1/files/{id}/content" for id in ("lines", "errors")}
        else:
            self.told["/v1/messages/batches/b"] = anthropic_batch(
                "b", datetime.now(UTC), f"{self.address}/v1/results" if kept else None
            )
        return "b"


def anthropic_batch(id: str, created: datetime, results: str | None = None) -> dict[str, Any]:
    counts = {"processing": 0, "succeeded": 1, "errored": 0, "canceled": 0, "expired": 0}
    return {
        "id": id, "type": "message_batch", "created_at": created.isoformat(),
        "expires_at": created.isoformat(), "request_counts": counts,
        "processing_status": "ended", "results_url": results,
    }  # fmt: skip


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    service, application = Served(), web.Application()
    application.router.add_route("*", "/{path:.*}", service.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    service.address = f"http://{host}:{port}"
    yield service
    await runner.cleanup()


@pytest.mark.parametrize("kind", KINDS)
async def test_results_come_as_they_are(kind: str, served: Served, tmp_path: Path) -> None:
    model, file = served.model(kind), tmp_path / "results"
    await model.fetch(served.hold(kind), file)
    assert LINE in file.read_text()
    await model.aclose()


@pytest.mark.parametrize("kind", KINDS)
async def test_results_that_break_off_are_silence(
    kind: str, served: Served, tmp_path: Path
) -> None:
    model, served.broken = served.model(kind), True
    with pytest.raises(ModelSilent):
        await model.fetch(served.hold(kind), tmp_path / "results")
    await model.aclose()


@pytest.mark.parametrize("kind", KINDS)
async def test_results_that_are_kept_no_more_are_not_found(
    kind: str, served: Served, tmp_path: Path
) -> None:
    model = served.model(kind)
    with pytest.raises(ModelRefused) as refused:
        await model.fetch(served.hold(kind, kept=False), tmp_path / "results")
    assert refused.value.status == 404
    await model.aclose()


async def test_of_two_files_the_one_that_is_kept_is_taken(served: Served, tmp_path: Path) -> None:
    model, batch = served.model("openai"), served.hold("openai")
    served.missing.add("/v1/files/errors/content")
    await model.fetch(batch, tmp_path / "results")
    assert (tmp_path / "results").read_text().split("\n")[0] == LINE.strip()
    await model.aclose()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_portals_page_is_no_word_of_a_batch(
    kind: str, served: Served, tmp_path: Path
) -> None:
    model, file = served.model(kind), tmp_path / "lines"
    file.write_text("{}\n")
    batch, served.paged_results = served.hold(kind), True
    with pytest.raises(NotAnAnswer):
        await model.fetch(batch, tmp_path / "results")
    served.page = True
    for asked in (
        model.submit(file, "mark"),
        model.status(batch),
        model.found("mark", 1, datetime.now(UTC), ()),
        model.fetch(batch, tmp_path / "results"),
    ):
        with pytest.raises(NotAnAnswer, match="HTTP 200"):
            await asked
    await model.aclose()


async def test_of_batches_without_marks_the_oldest_is_looked_at_first(served: Served) -> None:
    times = [datetime(2026, 1, 1, 12, minute, tzinfo=UTC) for minute in (0, 5, 10, 15)]
    held = [anthropic_batch(f"b{number}", at) for number, at in enumerate(times)]
    newest_first = {"data": held[::-1], "has_more": False, "first_id": None, "last_id": None}
    served.told["/v1/messages/batches"] = newest_first
    model = served.model("anthropic")
    assert await model.found("mark", 1, times[1], ()) == "b1"
    assert await model.found("mark", 1, times[1], {"b1"}) == "b2"
    assert await model.found("mark", 2, times[1], ()) is None
    await model.aclose()
