"""What the programs in this folder have in common, each run where its trainer is installed.

A batch is a line of JSON on stdin, ``{"grpc", "http", "seconds", "asked"}``, with a list of rows
and completions. It is answered by the line ``answer [...]`` on stdout: a reward for each
completion, None or the words of a fault. Trainers write lines of their own to both outputs.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

Outcomes = list[Any]


def answer(rewards: Callable[[dict[str, Any]], Awaitable[Outcomes]]) -> None:
    """Answer all batches, in one event loop."""
    print("ready", flush=True)

    async def all() -> None:
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(f"answer {json.dumps(await rewards(json.loads(line)))}", flush=True)

    asyncio.run(all())


def byte_tokenizer() -> Any:
    """A token for each byte, of transformers' own class."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytewise = Tokenizer(models.BPE(vocab={each: n for n, each in enumerate(letters)}, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=bytewise)
