"""``rewardsvc score --server``: a file that takes far longer than one request may."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVE = (sys.executable, str(Path(__file__).with_name("slow_format.py")), "serve")
"""A server with one more format, ``slow``, whose completions take as long as they say."""

SCORE = (sys.executable, "-c", "from rewardsvc.cli import main; main()", "score")
TOKEN = "a-token-for-one-server"


@pytest.fixture(scope="module")
def token_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("token") / "token"
    path.write_text(f"{TOKEN}\n")
    return path


@pytest.fixture(scope="module")
def server(token_file: Path) -> Iterator[str]:
    log = token_file.with_name("log")
    options = ["--listen", "127.0.0.1:0", "--workers", "2", "--access-log"]
    options += ["--token-file", str(token_file)]
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*SERVE, *options],
            stderr=stderr,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "ASSAY_TERRAFORM": "cold", "ASSAY_CACHE": "false"},
        )
    said = "serving on "
    while said not in log.read_text():
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    yield log.read_text().partition(said)[2].split()[0]
    process.terminate()
    process.wait(30)


def score(*arguments: str | Path, seconds: int = 3) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SCORE, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, "ASSAY_REQUEST_TIMEOUT_SECONDS": str(seconds)},
    )


def sleeping(path: Path, count: int, seconds: float) -> Path:
    rows = [
        {
            "id": str(number),
            "task": {"format": "slow"},
            "completion": f"```slow\n{seconds}{number:04}\n```\n",
        }
        for number in range(count)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.parametrize("order", [[], ["--as-finished"]], ids=["in order", "as finished"])
def test_a_request_does_not_wait_behind_others_on_its_own_time(
    tmp_path: Path, server: str, token_file: Path, order: list[str]
) -> None:
    """Twenty of half a second, for two workers: five seconds, and each request has three."""
    rows = sleeping(tmp_path / "rows.jsonl", 20, 0.5)
    done = score("--server", server, "--token-file", token_file, *order, rows)
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert {verdict["status"] for verdict in verdicts} == {"SCORED"}
    ids = [verdict["id"] for verdict in verdicts]
    assert (sorted(ids, key=int) if order else ids) == [str(number) for number in range(20)]


def test_what_takes_longer_than_its_deadline_by_itself_is_unscored(
    tmp_path: Path, server: str, token_file: Path
) -> None:
    rows = sleeping(tmp_path / "rows.jsonl", 1, 30)
    done = score("--server", server, "--token-file", token_file, rows, seconds=2)
    assert done.returncode == 0, done.stderr
    assert "1 UNSCORED (TIMED_OUT_BY_US 1)" in done.stderr


def test_a_bad_line_is_named_as_the_server_refuses_it(
    tmp_path: Path, server: str, token_file: Path
) -> None:
    rows = sleeping(tmp_path / "rows.jsonl", 2, 0.0)
    with rows.open("a") as file:
        file.write('\n{"id": "x", "task": {"format": "cobol"}, "completion": ""}\n')
    done = score("--server", server, "--token-file", token_file, rows)
    assert done.returncode == 2
    assert f"{rows}:3: task.format: 'cobol' is unknown" in done.stderr
    assert "3 requests: 2 SCORED" in done.stderr


def test_the_access_log_has_a_line_for_each_request(
    tmp_path: Path, server: str, token_file: Path
) -> None:
    rows = sleeping(tmp_path / "rows.jsonl", 2, 0.0)
    rows.write_text(rows.read_text().replace('"id": "', '"id": "logged-'))
    assert score("--server", server, "--token-file", token_file, rows).returncode == 0
    lines = [
        line
        for line in token_file.with_name("log").read_text().splitlines()
        if "grpc Score " in line and 'id="logged-' in line
    ]
    assert len(lines) == 2
    assert TOKEN not in "".join(lines)


def test_without_its_token_a_server_refuses(tmp_path: Path, server: str) -> None:
    done = score("--server", server, sleeping(tmp_path / "rows.jsonl", 1, 0.0))
    assert done.returncode == 1
    assert "bearer token" in done.stderr
    assert TOKEN not in done.stderr
