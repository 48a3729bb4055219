"""Whether what a model's service allows is used, and how often it has to refuse:
``python -m benchmarks.rate [--limits 60,300] [--minutes 6] [--counting bucket] [--tells]``.

A server on loopback speaks OpenAI's API and allows so many requests a minute, of which nobody told
the client. It asks through the official SDK, with more places than the limit can fill. Printed is,
from the second minute on, granted / allowed (at least 0.95) and the share that was refused (at most
0.05), for each limit and with and without ``Retry-After``; exit code 1 where one is missed. Each
takes all the minutes; ``--side-by-side`` has them all at once.
"""

import argparse
import asyncio
import os
import sys
import time
from dataclasses import dataclass, field

from aiohttp import web

from rewardsvc.llm import Asker, ModelName, ModelUnavailable, Question, RateLimit, open_model
from rewardsvc.llm.asking import retries_of

QUESTION = Question("Be brief.", "Say yes.", "answer", {"type": "object"}, 10)
ANSWER_SECONDS = 0.5
PLACES = 4
"""Times as many as the limit can fill."""


@dataclass
class LimitedService:
    """Allows so many a minute: a bucket that holds ``capacity``, or what a minute of the clock
    has."""

    per_minute: int
    capacity: float
    clock: bool
    tells: bool
    began: float = field(default_factory=time.monotonic)
    granted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    level: float = 0.0
    at: float = 0.0

    async def answer(self, request: web.Request) -> web.Response:
        """One request."""
        await request.read()
        now = time.monotonic() - self.began
        wait = self._wait(now)
        if wait:
            self.refused.append(now)
            headers = {"retry-after-ms": str(int(wait * 1000) + 1)} if self.tells else {}
            error = {"error": {"message": "too many", "type": "requests"}}
            return web.json_response(error, status=429, headers=headers)
        self.granted.append(now)
        await asyncio.sleep(ANSWER_SECONDS)
        message = {"role": "assistant", "content": "{}"}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11}
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [choice], "usage": usage}
        )  # fmt: skip

    def _wait(self, now: float) -> float:
        """Seconds until it grants one; 0 where it does."""
        if self.clock:
            if int(now // 60) != int(self.at // 60):
                self.level = 0.0
            self.at = now
            if self.level >= self.per_minute:
                return 60 - now % 60
            self.level += 1
            return 0.0
        self.level = min(self.capacity, self.level + (now - self.at) * self.per_minute / 60)
        self.at = now
        if self.level < 1:
            return (1 - self.level) * 60 / self.per_minute
        self.level -= 1
        return 0.0


async def measured(service: LimitedService, minutes: float) -> tuple[float, float]:
    """Granted of what is allowed, and the share of refusals, without the first minute."""
    application = web.Application()
    application.router.add_post("/{path:.*}", service.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    name = ModelName("openai", "m", f"http://{host}:{port}/v1")
    places = max(2, int(PLACES * service.per_minute / 60 * ANSWER_SECONDS))
    asker = Asker(open_model(name, timeout_seconds=30), RateLimit(None, places), retries_of(4))

    async def one_after_the_other() -> None:
        while True:
            try:
                await asker.ask(QUESTION)
            except ModelUnavailable as error:
                print(error, file=sys.stderr)

    service.began = time.monotonic()
    try:
        async with asyncio.timeout(minutes * 60), asyncio.TaskGroup() as group:
            for _ in range(places):
                group.create_task(one_after_the_other())
    except TimeoutError:
        pass
    await asker.aclose()
    await runner.cleanup()
    granted = sum(60 <= at < minutes * 60 for at in service.granted)
    refused = sum(60 <= at < minutes * 60 for at in service.refused)
    allowed = service.per_minute * (minutes - 1)
    return granted / allowed, refused / max(1, granted + refused)


async def run(arguments: argparse.Namespace) -> int:
    """Measure and print; 1 where one is missed."""
    cases = [
        (limit, tells)
        for limit in map(int, arguments.limits.split(","))
        for tells in ([True] if arguments.tells else [False, True])
    ]
    print("limit a minute | Retry-After | granted / allowed | refused", flush=True)
    missed = 0

    async def case(limit: int, tells: bool) -> None:
        nonlocal missed
        clock = arguments.counting == "clock"
        service = LimitedService(
            limit, capacity=max(1.0, limit / 60 * arguments.holds), clock=clock, tells=tells
        )
        granted, refused = await measured(service, arguments.minutes)
        missed += granted < 0.95 or refused > 0.05
        print(f"{limit} | {'yes' if tells else 'no'} | {granted:.3f} | {refused:.3f}", flush=True)

    if arguments.side_by_side:
        await asyncio.gather(*(case(*each) for each in cases))
    else:
        for each in cases:
            await case(*each)
    return 1 if missed else 0


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limits", default="60,300", help="requests a minute, with commas")
    parser.add_argument("--minutes", type=float, default=6)
    parser.add_argument("--counting", choices=["bucket", "clock"], default="bucket")
    parser.add_argument("--holds", type=float, default=5, help="seconds' worth that a bucket holds")
    parser.add_argument("--tells", action="store_true", help="with Retry-After alone")
    parser.add_argument("--side-by-side", action="store_true", help="all limits at once")
    arguments = parser.parse_args()
    os.environ.setdefault("OPENAI_API_KEY", "none")
    return asyncio.run(run(arguments))


if __name__ == "__main__":
    sys.exit(main())
