"""verifiers' ``vf-eval`` evaluates a model on the package in ``examples/environments``.

The model is an OpenAI-compatible server that gives each task the completion of its batch.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from batches import answer, rows_with_numbers

BIN = Path(sys.executable).parent


class Model(BaseHTTPRequestHandler):
    completions: ClassVar[dict[str, str]] = {}
    """By the text that their prompts begin with."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = body["messages"][-1]["content"].partition("\n")[0]
        delta = {"role": "assistant", "content": self.completions[asked]}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "given"}
        first = {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        last = {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for each in (json.dumps(first), json.dumps(last), "[DONE]"):
            self.wfile.write(f"data: {each}\n\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def evaluated(batch: dict[str, Any], model: str) -> list[float | str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Model.completions = {f"Task {n}": text for n, (_, text) in enumerate(batch["asked"])}
        (folder / "tasks.jsonl").write_text(rows_with_numbers(batch))
        options = {
            "--env.taskset.tasks": folder / "tasks.jsonl",
            "--env.taskset.task.server": batch["grpc"],
            "--env.taskset.task.deadline-seconds": batch["seconds"],
            "--env.agent.harness.id": "null",
            "--env.agent.runtime.type": "subprocess",
            "--client.base-url": model,
            "--output-dir": folder / "outputs",
            "--model": "given",
        }
        words = [str(word) for option in options.items() for word in option]
        subprocess.run(
            [BIN / "vf-eval", "assay-iac", *words, "--no-push", "--no-rich"],
            check=True,
            stdout=sys.stderr,
            env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"},  # it calls uv
        )
        (found,) = (folder / "outputs").glob("*/traces.jsonl")
        traces = [json.loads(line)["traces"][0] for line in found.read_text().splitlines()]
        told = {trace["task"]["data"]["id"]: outcome(trace) for trace in traces}
        return [told[str(number)] for number in range(len(batch["asked"]))]


def outcome(trace: dict[str, Any]) -> float | str:
    """Its reward, or the error that prime-rl drops the trace for."""
    if trace["errors"]:
        return f"{trace['errors'][-1]['type']}: {trace['errors'][-1]['message']}"
    return float(trace["rewards"]["assay"]["score"])


async def rewards(batch: dict[str, Any]) -> list[float | str]:
    return await asyncio.to_thread(evaluated, batch, MODEL)


serving = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=serving.serve_forever, daemon=True).start()
MODEL = f"http://127.0.0.1:{serving.server_port}/v1"
answer(rewards)
