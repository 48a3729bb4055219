"""A task as Harbor's folder: its own script scores the files that an agent left."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from datagen.outputs.exports.folder import export
from datagen.outputs.exports.settings import Export, RowShape
from rewardsvc.tasks import row_to_json
from tests.datagen.curation.rows import topic_rows
from tests.integration.served import Server


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """The folder of one task."""
    (row,) = topic_rows("docker", "go-static", count=1)
    (tmp_path / "tasks.jsonl").write_text(row_to_json(row))
    (tmp_path / "work").mkdir()
    export(tmp_path, Export(shapes=(RowShape.HARBOR,)), tmp_path / "out")
    return tmp_path / "out" / "harbor" / "train" / row.id


def _score(task: Path, url: str) -> tuple[int, Path]:
    home = task.parents[3]
    env = {**os.environ, "ASSAY_URL": url}
    env |= {"ASSAY_WORK": str(home / "work"), "ASSAY_LOGS": str(home / "logs")}
    for script in ("solution/solve.sh", "tests/test.sh"):
        done = subprocess.run([task / script], env=env, check=False, timeout=120)
    return done.returncode, home / "logs"


def test_the_solution_earns_the_whole_reward_and_an_empty_folder_none(
    task: Path, server: Server
) -> None:
    files = {str(each.relative_to(task)) for each in task.rglob("*") if each.is_file()}
    assert files == {
        "instruction.md", "task.toml", "environment/Dockerfile", "solution/solve.sh",
        "tests/test.sh", "tests/score.py", "tests/request.json",
    }  # fmt: skip
    code, logs = _score(task, f"http://{server.http}")
    assert (code, json.loads((logs / "reward.json").read_text())) == (0, {"reward": 1.0})

    (task / "solution" / "solve.sh").write_text("#!/bin/sh\nrm $ASSAY_WORK/*\n")
    code, logs = _score(task, f"http://{server.http}")
    assert (code, json.loads((logs / "reward.json").read_text())) == (0, {"reward": 0.0})


@pytest.mark.parametrize("status", [200, 503])
def test_a_fault_of_ours_leaves_no_reward(task: Path, status: int) -> None:
    verdict = {"status": "UNSCORED", "failure_kind": "OVERLOADED", "failure_reason": "busy"}
    with _answering(status, verdict) as url:
        code, logs = _score(task, url)
    assert code != 0
    assert not (logs / "reward.json").exists()


@contextmanager
def _answering(status: int, verdict: dict[str, str]) -> Iterator[str]:
    """A server that gives every request this answer."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(verdict).encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
