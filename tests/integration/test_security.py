"""TLS, mutual TLS and the bearer token: who is let in, over real sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest
import trustme
from grpc_health.v1 import health_pb2, health_pb2_grpc

from examples import trl_reward
from rewardsvc.client import RemoteScorer
from rewardsvc.connection import Connection
from rewardsvc.errors import CannotServe, ServerUnavailable
from rewardsvc.http import serving_http
from rewardsvc.local import LocalScorer
from rewardsvc.server import serving
from rewardsvc.settings import Settings
from rewardsvc.tasks import TaskRow
from rewardsvc.types import ScoreRequest, Status, Task

REQUEST = ScoreRequest(task=Task(format="kubernetes"), completion="```yaml\nkind: Nothing\n```\n")


@asynccontextmanager
async def _server(**settings: Any) -> AsyncIterator[str]:
    chosen = Settings.load(**settings)
    async with LocalScorer(chosen) as scorer, serving(scorer, chosen, "localhost:0") as address:
        yield address


async def _status(address: str, **settings: Any) -> Status:
    chosen = Settings.load(connect_timeout_seconds=1, **settings)
    async with RemoteScorer(address, chosen.connection) as scorer:
        (verdict,) = await scorer.score([REQUEST])
    return verdict.status


@pytest.fixture
def pems(tmp_path: Path) -> dict[str, Path]:
    """Files of one authority, of a server and a client that it signed, and of a stranger."""
    authority = trustme.CA()
    files = {"ca": tmp_path / "ca.pem", "stranger": tmp_path / "stranger.pem"}
    authority.cert_pem.write_to_path(files["ca"])
    trustme.CA().cert_pem.write_to_path(files["stranger"])
    for name in ("server", "client"):
        issued = authority.issue_cert("localhost")
        files[name], files[f"{name}-key"] = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        issued.cert_chain_pems[0].write_to_path(files[name])
        issued.private_key_pem.write_to_path(files[f"{name}-key"])
    return files


async def test_a_client_that_trusts_the_authority_talks_over_tls(pems: dict[str, Path]) -> None:
    async with _server(tls_cert=pems["server"], tls_key=pems["server-key"]) as address:
        assert await _status(address, tls_ca=pems["ca"]) is Status.SCORED
        for wrong in ({}, {"tls_ca": pems["stranger"]}):
            with pytest.raises(ServerUnavailable, match=address):
                await _status(address, **wrong)


async def test_mutual_tls_demands_a_certificate_of_the_client(pems: dict[str, Path]) -> None:
    mine = {"tls_cert": pems["client"], "tls_key": pems["client-key"]}
    async with _server(
        tls_cert=pems["server"], tls_key=pems["server-key"], tls_ca=pems["ca"]
    ) as address:
        assert await _status(address, tls_ca=pems["ca"], **mine) is Status.SCORED
        with pytest.raises(ServerUnavailable):
            await _status(address, tls_ca=pems["ca"])


async def test_the_token_opens_everything_but_health_which_is_open() -> None:
    async with _server(token="right") as address:
        assert await _status(address, token="right") is Status.SCORED
        for wrong in ({}, {"token": "wrong"}):
            with pytest.raises(ServerUnavailable, match="bearer token"):
                await _status(address, **wrong)
        async with grpc.aio.insecure_channel(address) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_the_example_for_trl_is_let_in_with_what_the_environment_says(
    pems: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {"1": TaskRow(id="1", format="kubernetes", instruction="A pod.")}
    given = {"completions": [REQUEST.completion], "task": ["1"]}
    async with _server(
        token="right", tls_cert=pems["server"], tls_key=pems["server-key"]
    ) as address:
        monkeypatch.setenv("ASSAY_CONNECT_TIMEOUT_SECONDS", "1")
        monkeypatch.setenv("ASSAY_TLS_CA", str(pems["ca"]))
        with pytest.raises(ServerUnavailable, match="bearer token"):
            await trl_reward.assay_reward(rows, address)(**given)
        chosen = Connection(tls_ca=str(pems["ca"]), token="right")
        (by_hand,) = await trl_reward.assay_reward(rows, address, chosen)(**given)
        monkeypatch.setenv("ASSAY_TOKEN", "right")
        (rewarded,) = await trl_reward.assay_reward(rows, address)(**given)
    assert by_hand is not None and by_hand == rewarded


async def test_http_demands_the_token_too() -> None:
    chosen = Settings.load(token="right")
    async with (
        LocalScorer(chosen) as scorer,
        serving_http(scorer, chosen, "127.0.0.1:0") as address,
        aiohttp.ClientSession(f"http://{address}") as client,
    ):
        statuses = {}
        for path in ("/healthz", "/metrics"):
            for token in ("right", "wrong"):
                headers = {"Authorization": f"Bearer {token}"}
                async with client.get(path, headers=headers) as response:
                    statuses[path, token] = response.status
    assert statuses == {
        ("/healthz", "right"): 200,
        ("/healthz", "wrong"): 200,
        ("/metrics", "right"): 200,
        ("/metrics", "wrong"): 401,
    }


@pytest.mark.parametrize("given", [{"tls_cert": "cert.pem"}, {"tls_ca": "ca.pem"}])
async def test_half_of_a_tls_configuration_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(CannotServe, match="tls_cert and tls_key"):
        async with _server(**given):
            pass


async def test_a_missing_pem_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match=r"absent\.pem"):
        async with _server(tls_cert=tmp_path / "absent.pem", tls_key=tmp_path / "absent.pem"):
            pass
