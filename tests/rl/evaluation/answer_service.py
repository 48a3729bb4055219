"""A model's service on loopback, with a ledger of its own: who asks it can be held to what it gave.

It speaks OpenAI's chat completions. Its answers are those it is given, by the last message.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class AnswerService:
    """``answers``: by question. ``seconds``: what one takes. ``refuses``: the HTTP status and the
    question of what is turned away. ``garbled``: questions whose answers no client can read."""

    answers: Mapping[str, str]
    seconds: float = 0.0
    refuses: Mapping[str, int] = field(default_factory=dict)
    garbled: set[str] = field(default_factory=set)
    ledger: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    address: str = ""

    def text(self, asked: str) -> str:
        """What it answers to a question."""
        return self.answers[asked]

    @property
    def name(self) -> str:
        """As a model."""
        return f"openai:tiny@{self.address}/v1"


@contextmanager
def served(service: AnswerService) -> Iterator[AnswerService]:
    """The service, listening."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked = body["messages"][-1]["content"]
            with lock:
                service.ledger.append(asked)
                service.bodies.append(body)
            time.sleep(service.seconds)
            status = service.refuses.get(asked, 200)
            said: dict[str, Any] = {"error": {"message": "no"}}
            if status == 200:
                text = service.text(asked)
                content = [text] if asked in service.garbled else text
                message = {"role": "assistant", "content": content}
                said = {
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 11, "completion_tokens": 7},
                }
            data = json.dumps(said).encode()
            try:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                pass  # who asked is gone

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
