"""The command line: verdicts on stdout, words on stderr, exit codes that scripts rely on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOOD = '```dockerfile\nFROM debian:12.5-slim\nRUN groupadd app\nUSER app\nCMD ["true"]\n```\n'


def line(id: str, completion: str = GOOD, **task: Any) -> bytes:
    request = {"id": id, "task": {"format": "dockerfile", **task}, "completion": completion}
    return json.dumps(request).encode() + b"\n"


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from rewardsvc.cli import main; main()", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False)
    out, err = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(command, done.returncode, out, err)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no requests in it"),
        (line("1") + b"{\n", ":2: request: not JSON"),
        (b'{"id": "\xff"}\n', ":1: request: not UTF-8"),
        (line("1", format="cobol"), ":1: task.format: 'cobol' is unknown; known: "),
        (line("1", checks=[{"on": "ast", "expr": "[x"}]), ":1: task.checks[0].expr: '[x'"),
    ],
    ids=["empty", "not JSON", "not UTF-8", "unknown format", "check does not compile"],
)
def test_bad_input_is_named_by_line_and_nothing_is_scored(data: bytes, words: str) -> None:
    done = run("score", "-", stdin=data)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""


def test_one_verdict_per_line_in_the_same_order() -> None:
    done = run("score", "-", stdin=line("b") + b"\n" + line("a", "") + line("c"))
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(printed) for printed in done.stdout.splitlines()]
    assert [verdict["id"] for verdict in verdicts] == ["b", "a", "c"]
    assert verdicts[1]["reward"] == 0.0
    assert verdicts[0]["reward"] > 0.9


def test_replay_finds_every_difference_and_only_those(tmp_path: Path) -> None:
    requests, verdicts = tmp_path / "requests.jsonl", tmp_path / "verdicts.jsonl"
    requests.write_bytes(line("same") + line("other", ""))
    verdicts.write_bytes(run("score", str(requests)).stdout.encode())
    again = run("replay", str(requests), str(verdicts))
    assert (again.returncode, again.stdout) == (0, ""), again.stderr
    verdicts.write_bytes(verdicts.read_bytes().replace(b'"reward": 0.0', b'"reward": 0.25'))
    changed = run("replay", str(requests), str(verdicts))
    assert changed.returncode == 1
    assert changed.stdout == "other: reward: 0.25 -> 0.0\n"


def test_a_server_that_is_not_there_is_exit_1_with_the_remedy() -> None:
    done = run("score", "--server", "127.0.0.1:1", "-", stdin=line("1"))
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr and "rewardsvc serve" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("score", "--server", "a:1", "--terraform", "cold", "-"), ("score", "nowhere.jsonl"), ("sc",)],
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments, stdin=line("1")).returncode == 2
