"""The HTTP face of the reward server: the same verdicts, and errors that name the field."""

import asyncio
import json

import aiohttp
import pytest

from tests.integration.served import GOOD, Server, sleeping, until
from tests.integration.slow_format import sleepers


async def test_the_http_face_scores_and_reports(server: Server) -> None:
    base = f"http://{server.http}"
    body = {"id": "h", "task": {"format": "dockerfile"}, "completion": GOOD}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{base}/v1/score", json=body) as response:
            assert response.status == 200
            assert (await response.json())["status"] == "SCORED"
        async with session.get(f"{base}/healthz") as response:
            assert response.status == 200
        async with session.get(f"{base}/metrics") as response:
            assert 'assay_verdicts_total{cached="' in await response.text()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "request"),
        (b'{"completion": "\xff"}', "request"),
        (b'{"task": {"format": "dockerfile"}}', "completion"),
        (b'{"task": {"format": "cobol"}, "completion": ""}', "task.format"),
        (
            b'{"task": {"format": "dockerfile", "checks": [{"on": "ast", "expr": "["}]},'
            b' "completion": ""}',
            "task.checks[0].expr",
        ),
    ],
)
async def test_the_http_face_refuses_by_field(server: Server, body: bytes, field: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://{server.http}/v1/score", data=body) as response,
    ):
        assert response.status == 400
        refused = await response.json()
    assert refused["field"] == field
    assert refused["message"]


async def test_the_http_face_passes_over_marks_before_the_body(server: Server) -> None:
    body = json.dumps({"task": {"format": "dockerfile"}, "completion": "\ufeff" + GOOD})
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://{server.http}/v1/score", data=f"\ufeff{body}") as response,
    ):
        assert (await response.json())["reward"] == 1.0


async def test_an_http_client_that_hangs_up_takes_its_tools_along(server: Server) -> None:
    body = {"task": {"format": "slow"}, "completion": sleeping("21.5")}
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.post(f"http://{server.http}/v1/score", json=body))
        assert await until(lambda: bool(sleepers("21.5"))), "the tool never started"
        call.cancel()
        assert await until(lambda: not sleepers("21.5")), "the tool went on"
