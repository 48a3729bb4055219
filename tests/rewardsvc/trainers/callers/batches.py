"""What the programs in this folder have in common, each run where its trainer is installed.

A batch is a line of JSON on stdin, ``{"grpc", "http", "seconds", "asked"}``, with a list of rows
and completions. It is answered by the line ``answer [...]`` on stdout: a reward for each
completion, None or the words of a fault. Trainers write lines of their own to both outputs.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

Outcomes = list[Any]


def answer(rewards: Callable[[dict[str, Any]], Awaitable[Outcomes]]) -> None:
    """Answer all batches, in one event loop."""
    print("ready", flush=True)

    async def all() -> None:
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(f"answer {json.dumps(await rewards(json.loads(line)))}", flush=True)

    asyncio.run(all())


def rows_with_numbers(batch: dict[str, Any]) -> str:
    """A ``tasks.jsonl`` of the batch's rows, each with its number for an id, asking for
    ``Task <number>``: by that a model knows which completion is due."""
    rows = [json.loads(row) for row, _ in batch["asked"]]
    numbered = [row | {"id": str(n), "instruction": f"Task {n}"} for n, row in enumerate(rows)]
    return "".join(f"{json.dumps(row)}\n" for row in numbered)


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The address of an ASGI application that uvicorn serves meanwhile."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def byte_tokenizer() -> Any:
    """A token for each byte, of transformers' own class."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytewise = Tokenizer(models.BPE(vocab={each: n for n, each in enumerate(letters)}, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=bytewise)
