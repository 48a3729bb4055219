"""Repositories that tests make with git, and an HTTP server on loopback that lends them out.

The server answers as GitHub and Azure DevOps do, as far as collecting asks; clones go through
git's own ``http-backend``, so that what is fetched is fetched by the real protocol.
"""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from identify.vendor.licenses import LICENSES

MIT = dict(LICENSES)["MIT"]
GPL = dict(LICENSES)["GPL-3.0"]

BUCKET = {
    "main.tf": """\
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_s3_bucket" "logs" {
  bucket        = var.name
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = "Enabled"
  }
}
""",
    "variables.tf": """\
variable "name" {
  type        = string
  description = "Name of the bucket that access logs go to"
  default     = "acme-access-logs"
}
""",
    "outputs.tf": """\
output "arn" {
  description = "ARN of the bucket"
  value       = aws_s3_bucket.logs.arn
}
""",
}

COMPOSE = """\
# A cache and what fills it.
services:
  cache:
    image: redis:7.4
    restart: always
    ports:
      - "6379:6379"
  worker:
    image: ghcr.io/acme/worker:2.3.1
    restart: on-failure
"""

WORKFLOW = """\
# Tests of every push.
name: test
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-go@v5
        with:
          go-version: "1.23"
      - run: go test ./...
"""


def run_git(folder: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    }
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout


def repository(folder: Path, files: Mapping[str, str], *, links: Mapping[str, str] = {}) -> Path:
    """A repository of one commit; ``links``: symbolic links, by their paths."""
    folder.mkdir(parents=True)
    run_git(folder, "init", "-q", "-b", "main")
    run_git(folder, "config", "uploadpack.allowFilter", "true")
    run_git(folder, "config", "http.receivepack", "false")
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    for path, target in links.items():
        (folder / path).symlink_to(target)
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-q", "-m", "first")
    return folder


@dataclass
class Answered:
    """One answer of a script."""

    data: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    """Whether the body ends before its length."""


Headers = Message
Script = Callable[[str, dict[str, str], Headers], Answered]
"""From a path, its query and the headers to an answer."""


class LoopbackService:
    """``asked``: paths with their queries, in order, those of clones apart in ``cloned``, with the
    header of authorization that came with each."""

    def __init__(self, script: Script, repositories: Path) -> None:
        self.script = script
        self.repositories = repositories
        self.asked: list[str] = []
        self.cloned: list[tuple[str, str]] = []
        self.address = ""


@contextmanager
def served(script: Script, repositories: Path) -> Iterator[LoopbackService]:
    """The service, as long as the body runs."""
    service = LoopbackService(script, repositories)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            if parts.path.startswith("/git/"):
                service.cloned.append((parts.path, self.headers.get("Authorization", "")))
                self._lend(parts.path.removeprefix("/git"), parts.query)
                return
            service.asked.append(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            said = service.script(parts.path, query, self.headers)
            body = json.dumps(said.data).encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + 10 * said.cut))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = said.cut

        def _lend(self, path: str, query: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(service.repositories),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            }
            said = subprocess.run(
                ["git", "http-backend"],
                input=body,
                env=environment,
                check=True,
                capture_output=True,
            ).stdout
            head, _, content = said.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)  # it blocks
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
