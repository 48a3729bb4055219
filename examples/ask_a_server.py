"""Get verdicts of a server (needs no extra): `python examples/ask_a_server.py 127.0.0.1:50051`."""

import asyncio
import sys

from rewardsvc import (
    Connection,
    RemoteScorer,
    RewardServiceError,
    ScoreRequest,
    ServerUnavailable,
    Status,
    Task,
    Verdict,
)

TASK = Task(format="compose", instruction="A Redis that keeps its data.")
ANSWERS = {
    "right": "```yaml\nservices:\n  cache:\n    image: redis:8.2\n    volumes: [data:/data]\n"
    "volumes:\n  data:\n```\n",
    "misspelt": "```yaml\nservices:\n  cache:\n    imagee: redis:8.2\n```\n",
}


async def ask(address: str) -> list[Verdict]:
    requests = [ScoreRequest(id=id, task=TASK, completion=text) for id, text in ANSWERS.items()]
    async with RemoteScorer(address, Connection(request_timeout_seconds=60)) as scorer:
        return await scorer.score(requests)


if __name__ == "__main__":
    try:
        for verdict in asyncio.run(ask(sys.argv[1])):
            scored = verdict.status is Status.SCORED
            print(verdict.id, verdict.reward if scored else verdict.failure_reason)
    except ServerUnavailable as error:
        sys.exit(f"start one with `rewardsvc serve`: {error}")
    except RewardServiceError as error:
        sys.exit(str(error))
