"""Asks a server how it is, over gRPC and HTTP, and says how long its answers took.

``probe.py GRPC HTTP``: until its standard input ends; then JSON on standard output, with the
seconds of each answer by the way it came. A process of its own, for what attacks the server is
busy itself.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

EVERY_SECONDS = 0.05
_GIVEN_UP_SECONDS = 30.0


async def main(grpc_address: str, http_address: str) -> None:
    """Ask until nobody wants to know any more."""
    loop = asyncio.get_running_loop()
    stop = loop.run_in_executor(None, sys.stdin.buffer.read)
    url = f"http://{http_address}/healthz"
    async with (
        grpc.aio.insecure_channel(grpc_address) as channel,
        aiohttp.ClientSession() as session,
    ):
        health = health_pb2_grpc.HealthStub(channel)

        async def by_grpc() -> None:
            answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=_GIVEN_UP_SECONDS)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING

        async def by_http() -> None:
            timeout = aiohttp.ClientTimeout(_GIVEN_UP_SECONDS)
            async with session.get(url, timeout=timeout) as response:
                assert response.status == 200

        told = await asyncio.gather(_probed(by_grpc, stop), _probed(by_http, stop))
    print(json.dumps({"gRPC": told[0], "HTTP": told[1]}))


async def _probed(ask: Callable[[], Awaitable[None]], stop: "asyncio.Future[bytes]") -> list[float]:
    seconds = []
    while not stop.done():
        began = time.perf_counter()
        await ask()
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(EVERY_SECONDS)
    return seconds


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
