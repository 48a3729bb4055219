"""The HTTP face as strangers meet it: slow, broken, many, too large; and always told in JSON."""

import asyncio
import gzip
import json
import logging
import socket
import ssl
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import trustme

from rewardsvc.http import MAX_JSON_VALUES, MAX_REQUESTS, serving_http
from rewardsvc.http_connections import DEFAULT_BOUNDS, ConnectionLimits
from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings

GOOD = '```dockerfile\nFROM debian:12.5-slim\nRUN groupadd app\nUSER app\nCMD ["true"]\n```\n'
REQUEST = {"id": "h", "task": {"format": "dockerfile"}, "completion": GOOD}
BOUNDS = ConnectionLimits(
    connections=8, idle_seconds=0.4, body_seconds=0.4, body_bytes=100_000, bodies_bytes=150_000
)
"""So tight that a test meets them at once."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scorer() -> AsyncIterator[LocalScorer]:
    async with LocalScorer(Settings.load()) as opened:
        yield opened


@asynccontextmanager
async def face(
    scorer: LocalScorer, bounds: ConnectionLimits = DEFAULT_BOUNDS, **settings: Any
) -> AsyncIterator[str]:
    async with serving_http(scorer, Settings.load(**settings), "127.0.0.1:0", bounds) as address:
        yield address


async def said(address: str, data: bytes, *, wait: float = 5.0) -> bytes:
    """All that is answered to some bytes until the connection is closed."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    async with asyncio.timeout(wait):
        answer = await reader.read()
    writer.close()
    return answer


def posted(body: bytes, *headers: str, path: str = "/v1/score") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: a", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def refusal(answer: bytes) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of an answer; anything else is not how errors are told."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head.lower()
    told = json.loads(body)
    assert set(told) == {"field", "message"} and told["message"]
    return int(head.split()[1]), told


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404),
        (b"GET /v1/score HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS to a plain port
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 400),
        (b"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (
            b"POST /v1/score HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
        ),
        (posted(b"{"), 400),
        (posted(b"[1]"), 400),
        (posted(b"x" * 100_001), 413),
        (posted(b"", "Content-Encoding: br"), 415),
        (posted(b"{}", "Content-Encoding: gzip"), 400),
        (posted(gzip.compress(b"{}")[:-4], "Content-Encoding: gzip"), 400),
        (posted(gzip.compress(b"{}") + b"more", "Content-Encoding: gzip"), 400),
        (posted(gzip.compress(b"{}")[:3] + b"\xff" * 9, "Content-Encoding: gzip"), 400),
        (posted(zlib.compress(b"{}")[1:], "Content-Encoding: deflate"), 400),
        (posted(b"{}", path="/v1/scores"), 400),
    ],
    ids=[
        "no such path",
        "no such method",
        "TLS to a plain port",
        "a version of HTTP that is none",
        "a header without a colon",
        "a header without end",
        "a negative length",
        "chunks that are none",
        "no JSON",
        "no request",
        "too large",
        "an encoding that nobody knows",
        "gzip that is none",
        "gzip that is cut off",
        "gzip and more",
        "gzip that is broken inside",
        "deflate that is none",
        "no array",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_whatever_is_wrong_is_told_in_json_and_logged_on_one_line_at_most(
    scorer: LocalScorer, caplog: pytest.LogCaptureFixture, sent: bytes, status: int
) -> None:
    async with face(scorer, BOUNDS) as address:
        got, _ = refusal(await said(address, sent))
        assert got == status
        # And serving goes on.
        assert b"200 OK" in await said(address, b"GET /healthz HTTP/1.0\r\n\r\n")
    lines = [record for record in caplog.records if record.name.startswith(("rewardsvc", "aio"))]
    assert len(lines) <= 1
    assert all("\n" not in line.getMessage() and line.exc_info is None for line in lines)


@pytest.mark.asyncio(loop_scope="module")
async def test_packed_requests_are_unpacked(scorer: LocalScorer) -> None:
    body = json.dumps(REQUEST).encode()
    async with face(scorer) as address:
        for name, packed in (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body))):
            answer = await said(address, posted(packed, f"Content-Encoding: {name}"), wait=60)
            assert b'"status": "SCORED"' in answer


@pytest.mark.asyncio(loop_scope="module")
async def test_a_small_body_that_unpacks_to_a_large_one_is_refused(scorer: LocalScorer) -> None:
    bomb = gzip.compress(b"\0" * 90_000_000)
    assert len(bomb) < BOUNDS.body_bytes
    async with face(scorer, BOUNDS) as address:
        status, _ = refusal(await said(address, posted(bomb, "Content-Encoding: gzip")))
    assert status == 413


@pytest.mark.asyncio(loop_scope="module")
async def test_many_small_values_are_refused_before_they_are_parsed(scorer: LocalScorer) -> None:
    body = b"[" + b"[]," * MAX_JSON_VALUES + b"[]]"
    async with face(scorer) as address:
        for path in ("/v1/score", "/v1/scores"):
            status, told = refusal(await said(address, posted(body, path=path)))
            assert status == 400 and "values" in told["message"]


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /v1/score HT",
        b"POST /v1/score HTTP/1.1\r\nHost: a\r\nX-Slow: 1\r\n",
    ],
    ids=["nothing", "half a line", "headers without end"],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_who_never_ends_its_headers_is_let_go(scorer: LocalScorer, begun: bytes) -> None:
    async with face(scorer, BOUNDS) as address:
        assert await said(address, begun) == b""


@pytest.mark.asyncio(loop_scope="module")
async def test_who_never_ends_its_body_is_told_and_let_go(scorer: LocalScorer) -> None:
    begun = b"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{"
    async with face(scorer, BOUNDS) as address:
        status, _ = refusal(await said(address, begun))
    assert status == 408


@pytest.mark.asyncio(loop_scope="module")
async def test_who_does_not_take_its_answer_is_let_go(scorer: LocalScorer) -> None:
    bounds = ConnectionLimits(connections=1, answer_seconds=0.5)
    asked = json.dumps([{**REQUEST, "completion": ""}] * MAX_REQUESTS).encode()
    again = posted(asked, path="/v1/scores").replace(b"Connection: close\r\n", b"")
    async with face(scorer, bounds) as address:
        host, port = address.split(":")
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect((host, int(port)))
            client.setblocking(False)
            # More answers than the kernel holds, and not one is read.
            await asyncio.get_running_loop().sock_sendall(client, again * 12)
            health = b"GET /healthz HTTP/1.0\r\n\r\n"
            assert b"503" in await said(address, health)
            for _ in range(300):
                if b"200 OK" in await said(address, health):
                    break
                await asyncio.sleep(0.1)
            else:
                pytest.fail("it still holds the only connection")


@pytest.mark.asyncio(loop_scope="module")
async def test_connections_beyond_the_bound_are_told_to_come_back(scorer: LocalScorer) -> None:
    async with face(scorer, BOUNDS) as address:
        host, port = address.split(":")
        held = [await asyncio.open_connection(host, int(port)) for _ in range(BOUNDS.connections)]
        await asyncio.sleep(0.05)
        status, _ = refusal(await said(address, b"GET /healthz HTTP/1.0\r\n\r\n"))
        assert status == 503
        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.1)
        assert b"200 OK" in await said(address, b"GET /healthz HTTP/1.0\r\n\r\n")


@pytest.mark.asyncio(loop_scope="module")
async def test_large_bodies_are_bounded_together(scorer: LocalScorer) -> None:
    bounds = ConnectionLimits(body_bytes=100_000, bodies_bytes=150_000)
    async with face(scorer, bounds) as address:
        host, port = address.split(":")
        _, first = await asyncio.open_connection(host, int(port))
        first.write(posted(b"x" * 90_000)[:-1])  # all but the last byte
        await first.drain()
        await asyncio.sleep(0.1)
        status, _ = refusal(await said(address, posted(b"x" * 90_000)))
        assert status == 503
        first.close()
        await asyncio.sleep(0.1)
        status, _ = refusal(await said(address, posted(b"x" * 90_000)))
        assert status == 400


@pytest.mark.parametrize("path", ["/v1/score", "/v1/scores"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_large_body_counts_until_its_requests_are_answered(
    scorer: LocalScorer, path: str
) -> None:
    slow = {"task": {"format": "bash"}, "completion": f"```bash\nsleep 60\nls > {path[4:]}\n```\n"}
    body = json.dumps(slow if path == "/v1/score" else [slow]).encode().ljust(90_000)
    async with face(scorer, ConnectionLimits(body_bytes=100_000, bodies_bytes=150_000)) as address:
        host, port = address.split(":")
        _, first = await asyncio.open_connection(host, int(port))
        first.write(posted(body, path=path))
        await first.drain()
        await asyncio.sleep(0.5)
        status, _ = refusal(await said(address, posted(b"x" * 90_000)))
        assert status == 503
        first.close()
        await asyncio.sleep(0.5)
        status, _ = refusal(await said(address, posted(b"x" * 90_000)))
        assert status == 400


@pytest.mark.asyncio(loop_scope="module")
async def test_an_array_is_answered_one_by_one_in_its_order(scorer: LocalScorer) -> None:
    asked: list[Any] = [
        {**REQUEST, "id": "good"},
        {"id": "cobol", "task": {"format": "cobol"}, "completion": ""},
        "no request",
        {**REQUEST, "id": "empty", "completion": ""},
        {**REQUEST, "id": "good"},
        {"id": 7, "task": {"format": "dockerfile"}, "completion": ""},
    ]
    async with face(scorer) as address, aiohttp.ClientSession(f"http://{address}") as client:
        async with client.post("/v1/scores", json=asked) as response:
            assert response.status == 200
            answers = await response.json()
        async with client.post("/v1/scores", json=[]) as response:
            assert (response.status, await response.json()) == (200, [])
    assert [answer["id"] for answer in answers] == ["good", "cobol", "", "empty", "good", ""]
    assert answers[1]["error"]["field"] == "task.format"
    assert answers[2]["error"]["field"] == "request"
    assert answers[5]["error"]["field"] == "id"
    assert answers[0]["reward"] == answers[4]["reward"] > 0.9
    assert (answers[3]["status"], answers[3]["reward"]) == ("SCORED", 0)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_array_has_up_to_a_thousand_requests(scorer: LocalScorer) -> None:
    empty = {**REQUEST, "completion": ""}
    async with face(scorer) as address, aiohttp.ClientSession(f"http://{address}") as client:
        async with client.post("/v1/scores", json=[empty] * MAX_REQUESTS) as response:
            answers = await response.json()
        async with client.post("/v1/scores", json=[empty] * (MAX_REQUESTS + 1)) as response:
            told = await response.json()
    assert len(answers) == MAX_REQUESTS
    assert {answer["status"] for answer in answers} == {"SCORED"}
    assert response.status == 413 and "1001 requests" in told["message"]


@pytest.mark.parametrize(
    "header", [b"Bearer \xe9\xff", b"\xff", b"Bearer ", b"", b"Bearer wrong", b"Basic eDp5"]
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_header_that_is_not_the_token_is_401_whatever_is_in_it(
    scorer: LocalScorer, header: bytes
) -> None:
    sent = b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: %b\r\n\r\n"
    async with face(scorer, token="right") as address:
        answer = await said(address, sent % header)
        assert b"WWW-Authenticate: Bearer" in answer
        assert refusal(answer)[0] == 401
        assert b"200 OK" in await said(address, sent % b"Bearer right")


@pytest.fixture
def pems(tmp_path: Path) -> dict[str, Path]:
    authority = trustme.CA()
    files = {"ca": tmp_path / "ca.pem"}
    authority.cert_pem.write_to_path(files["ca"])
    for name in ("server", "client"):
        issued = authority.issue_cert("127.0.0.1")
        files[name], files[f"{name}-key"] = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        issued.cert_chain_pems[0].write_to_path(files[name])
        issued.private_key_pem.write_to_path(files[f"{name}-key"])
    return files


def trusting(pems: dict[str, Path], *, shows: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=pems["ca"])
    if shows:
        context.load_cert_chain(pems["client"], pems["client-key"])
    return context


async def status_over(address: str, scheme: str, context: ssl.SSLContext | bool) -> int:
    """0 where the connection is refused."""
    try:
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{scheme}://{address}/metrics", ssl=context) as response,
        ):
            return response.status
    except aiohttp.ClientError:
        return 0


@pytest.mark.asyncio(loop_scope="module")
async def test_http_speaks_tls_where_grpc_does_and_demands_what_it_demands(
    scorer: LocalScorer, pems: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    own: dict[str, Any] = {"tls_cert": pems["server"], "tls_key": pems["server-key"]}
    async with face(scorer, **own) as address:
        assert await status_over(address, "https", trusting(pems, shows=False)) == 200
        assert await status_over(address, "http", True) == 0
    async with face(scorer, **own, tls_ca=pems["ca"]) as address:
        assert await status_over(address, "https", trusting(pems, shows=True)) == 200
        assert await status_over(address, "https", trusting(pems, shows=False)) == 0
        assert await status_over(address, "http", True) == 0
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.asyncio(loop_scope="module")
async def test_plain_http_beside_tls_must_be_asked_for(
    scorer: LocalScorer, pems: dict[str, Path]
) -> None:
    own: dict[str, Any] = {
        "tls_cert": pems["server"],
        "tls_key": pems["server-key"],
        "http_plain": True,
    }
    async with face(scorer, **own) as address:
        assert await status_over(address, "http", True) == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_the_access_log_has_one_line_for_each_request(
    scorer: LocalScorer, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = {**REQUEST, "id": 'a"\n2026 GET forged\u2028' + "x" * 500}
    async with (
        face(scorer, access_log=True) as address,
        aiohttp.ClientSession(f"http://{address}") as client,
    ):
        for body in (forged, {"task": {"format": "cobol"}, "completion": ""}):
            await (await client.post("/v1/score", json=body)).read()
        await (await client.post("/v1/scores", json=[REQUEST, 7])).read()
        await (await client.get("/nowhere\n")).read()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert "http POST /v1/score 127.0.0.1 200 id=" in lines[0] and "SCORED reward=" in lines[0]
    assert len(lines[0]) < 350
    assert "http POST /v1/score 127.0.0.1 400" in lines[1]
    assert "http POST /v1/scores 127.0.0.1 200 SCORED=1 invalid=1 seconds=" in lines[2]
    assert "404" in lines[3]
