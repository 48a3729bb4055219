"""The command line: verdicts on stdout, words on stderr, exit codes that scripts rely on."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rewardsvc.cli import main
from rewardsvc.replay import differences
from rewardsvc.wire.json import verdict_from_json

GOOD = '```dockerfile\nFROM debian:12.5-slim\nRUN groupadd app\nUSER app\nCMD ["true"]\n```\n'


def line(id: str, completion: str = GOOD, **task: Any) -> bytes:
    request = {"id": id, "task": {"format": "dockerfile", **task}, "completion": completion}
    return json.dumps(request).encode() + b"\n"


def run(
    *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    command = [sys.executable, "-c", "from rewardsvc.cli import main; main()", *arguments]
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, **(env or {})},
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(command, done.returncode, out, err)


def refused(*arguments: str, stdin: bytes = b"") -> Result:
    """The command in this process: for what ends before any tool is started."""
    return CliRunner().invoke(main, list(arguments), input=stdin)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no requests in it"),
        (b"\n \n", "no requests in it"),
        (b"{\n", ":1: request: not JSON"),
        (b'{"id": "\xff"}\n', ":1: request: not UTF-8"),
        (line("1", check=[]), ":1: task.check: "),
        (b"[]", "no requests in it"),
        (b"[1, 2]", ":1: request: "),
        (line("1").decode().encode("utf-16"), "UTF-16"),
        (b"\x1f\x8b\x08\x00\x00", "no text in it"),
    ],
    ids=[
        *("empty", "blank", "not JSON", "not UTF-8", "unknown field", "empty array"),
        *("numbers", "UTF-16", "compressed"),
    ],
)
def test_a_file_without_a_request_is_refused_before_any_tool_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, words: str
) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_bytes(data)
    monkeypatch.setenv("PATH", str(tmp_path))  # no bubblewrap: to start anything is exit 1
    done = refused("score", str(requests))
    assert done.exit_code == 2
    assert f"{requests}" in done.stderr and words in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (b"{\n", ":3: request: not JSON"),
        (line("1", format="cobol"), ":3: task.format: 'cobol' is unknown"),
        (line("1", checks=[{"on": "ast", "expr": "[x"}]), ":3: task.checks[0].expr: '[x'"),
        (line("1", checks=[{"on": "plan", "expr": "x"}]), ":3: task.checks[0].on: dockerfile has"),
        (b'{"id": "2", "completion": ""}\n', ":3: task: "),
    ],
    ids=["not JSON", "unknown format", "check does not compile", "no such target", "no task"],
)
def test_a_bad_line_is_named_and_the_others_are_scored(
    tmp_path: Path, bad: bytes, words: str
) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_bytes(line("before", "") + b"\n" + bad + line("after", ""))
    done = run("score", str(requests))
    assert done.returncode == 2
    assert [json.loads(each)["id"] for each in done.stdout.splitlines()] == ["before", "after"]
    (named,) = [each for each in done.stderr.splitlines() if f"{requests}:" in each]
    assert words in named
    assert "3 requests: 2 SCORED, mean reward 0.0000; 1 refused" in done.stderr


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
    assert "1 of 2 verdicts differ" in changed.stderr
    assert refused("replay", str(verdicts), str(requests)).exit_code == 2


def verdict(id: str, **changes: Any) -> bytes:
    """A line that ``score`` might have printed."""
    stage = {"name": "parse", "component": "syntax", "status": "passed", "score": 1.0}
    whole = {
        **{"id": id, "status": "SCORED", "reward": 0.0, "stages": [stage], "failure_kind": ""},
        "components": {"syntax": 0.0, "correctness": 0.0, "format": 0.0},
        **{"failure_reason": "", "toolchain": "t", "cached": False},
        "rule": {"version": "3", "weights": {"syntax": 0.4, "correctness": 0.3, "format": 0.3}},
        **changes,
    }
    return json.dumps(whole).encode() + b"\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (verdict("1"), "1 verdicts for 2 requests"),
        (verdict("1") + verdict("2") + verdict("3"), "3 verdicts for 2 requests"),
        (verdict("2") + verdict("1"), ":1: the verdict of '2' where that of '1' is due"),
        (verdict("1") + b"{}\n", ":2: id: "),
        (verdict("1") + verdict("2", status="GOOD"), ":2: status: "),
        (verdict("1") + verdict("2").replace(b'"reward": 0.0', b'"reward": NaN'), ":2: verdict: "),
    ],
    ids=["too few", "too many", "another order", "no verdict", "unknown word", "not finite"],
)
def test_verdicts_that_are_not_those_of_the_requests_are_refused(
    tmp_path: Path, data: bytes, words: str
) -> None:
    requests, verdicts = tmp_path / "requests.jsonl", tmp_path / "verdicts.jsonl"
    requests.write_bytes(line("1", "") + line("2", ""))
    verdicts.write_bytes(data)
    done = refused("replay", str(requests), str(verdicts))
    assert done.exit_code == 2
    assert f"{verdicts}" in done.stderr and words in done.stderr


def test_a_stage_that_came_out_differently_is_named() -> None:
    old = verdict_from_json(verdict("1"))
    (stage,) = old.stages
    halved = replace(old, stages=(replace(stage, score=0.5), replace(stage, name="lint")))
    assert differences(old, halved) == [
        "stage lint: none -> passed 1",
        "stage parse: passed 1 -> passed 0.5",
    ]
    slower = replace(old, stages=(replace(stage, seconds=9.0),), cached=True, toolchain="u")
    assert differences(old, slower) == []


def test_a_server_that_is_not_there_is_exit_1_with_the_remedy() -> None:
    soon = {"ASSAY_CONNECT_TIMEOUT_SECONDS": "0.5"}
    done = run("score", "--server", "127.0.0.1:1", "-", stdin=line("1"), env=soon)
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr and "rewardsvc serve" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "--server", "a:1", "--terraform", "cold", "-"),
        ("score", "nowhere.jsonl"),
        ("score",),
        ("score", "--workers", "0", "-"),
        ("score", "--workers", "many", "-"),
        ("score", "--sandbox", "none", "-"),
        ("--config", "nowhere.toml", "doctor"),
        ("sc",),
        ("score", "--server", "nobody", "-"),
        ("score", "--server", "localhost:http", "-"),
        ("score", "--server", "localhost:65536", "-"),
        ("serve", "--listen", "localhost"),
        ("serve", "--listen", "127.0.0.1:99999"),
        ("serve", "--http", "127.0.0.1:-1"),
        ("serve", "--token-file", "nowhere"),
        ("score", "--fail-under", "nan", "-"),
        ("score", "--fail-under", "1.1", "-"),
        ("score", "--resume", "-"),
    ],
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    assert refused(*arguments, stdin=line("1")).exit_code == 2


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("workers = \n", "assay.toml: not TOML: "),
        ("wrokers = 2\n", "setting wrokers: "),
        ("workers = 0\n", "setting workers: "),
        ("weight_syntax = 0\nweight_correctness = 0\nweight_format = 0\n", "are all 0"),
    ],
    ids=["broken", "unknown name", "out of range", "no weight"],
)
def test_a_settings_file_that_is_wrong_is_exit_2_and_said(
    tmp_path: Path, toml: str, words: str
) -> None:
    config = tmp_path / "assay.toml"
    config.write_text(toml)
    done = refused("--config", str(config), "score", "-", stdin=line("1"))
    assert done.exit_code == 2
    assert words in done.stderr


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (b"", "setting token: must be printable ASCII"),
        (b" \n\n", "setting token: must be printable ASCII"),
        ("secrét\n".encode(), "setting token: must be printable ASCII"),
        (b"secr\xff\xe9t", "not UTF-8"),
    ],
    ids=["empty", "blank", "not ASCII", "not UTF-8"],
)
@pytest.mark.parametrize("command", [("serve",), ("score", "--server", "127.0.0.1:1", "-")])
def test_a_token_that_cannot_be_sent_is_refused_and_not_repeated(
    tmp_path: Path, command: tuple[str, ...], token: bytes, words: str
) -> None:
    path = tmp_path / "token"
    path.write_bytes(token)
    done = refused(*command, "--token-file", str(path))
    assert done.exit_code == 2
    assert words in done.stderr
    assert "secr" not in done.output


@pytest.mark.parametrize(
    ("wrong", "place", "words"),
    [
        ({"complettion": ""}, "complettion", "no such key; did you mean 'completion'?"),
        ({"task": {"formta": "x"}}, "task.formta", "no such key; did you mean 'format'?"),
        (
            {"task": {"format": "dockerfile", "checks": [{"on": "ast", "exprs": "x"}]}},
            "task.checks[0].exprs",
            "no such key; did you mean 'expr'?",
        ),
        ({"task": 3}, "task", "must be a JSON object"),
        ({"completion": None}, "completion", ""),
    ],
    ids=["of a request", "of a task", "of a check", "no object", "no text"],
)
def test_a_key_that_is_wrong_is_named_with_the_nearest_right_one(
    tmp_path: Path, wrong: dict[str, Any], place: str, words: str
) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text(json.dumps(json.loads(line("1")) | wrong))
    done = refused("score", str(requests))
    assert done.exit_code == 2
    (named,) = [each for each in done.stderr.splitlines() if f"{requests}:1: " in each]
    assert f": {place}: " in named and words in named


def test_a_settings_file_counts(tmp_path: Path) -> None:
    config = tmp_path / "assay.toml"
    config.write_text("weight_syntax = 0\nweight_correctness = 0\nweight_format = 1\n")
    done = run("--config", str(config), "score", "-", stdin=line("1", GOOD.removesuffix("```\n")))
    scored = json.loads(done.stdout)
    assert scored["rule"]["weights"] == {"syntax": 0.0, "correctness": 0.0, "format": 1.0}
    assert scored["reward"] == scored["components"]["format"] == 0.75


def test_unscored_is_a_verdict_and_exit_0(tmp_path: Path) -> None:
    """On a machine that has bubblewrap and no terraform."""
    bubblewrap = shutil.which("bwrap")
    assert bubblewrap, "nothing of this package works without bubblewrap"
    (tmp_path / "bwrap").symlink_to(bubblewrap)
    bare = {"PATH": str(tmp_path), "ASSAY_TOOLS": str(tmp_path / "tools")}
    hcl = '```hcl\nresource "aws_s3_bucket" "logs" {\n  bucket = "logs"\n}\n```\n'
    done = run("score", "-", stdin=line("t", hcl, format="terraform") + line("d"), env=bare)
    assert done.returncode == 0, done.stderr
    terraform, dockerfile = map(json.loads, done.stdout.splitlines())
    assert (terraform["status"], terraform["failure_kind"]) == ("UNSCORED", "TOOL_MISSING")
    assert (terraform["reward"], terraform["components"]) == (None, None)
    assert dockerfile["status"] == "SCORED"
    assert "2 requests: 1 SCORED, mean reward" in done.stderr
    assert "; 1 UNSCORED (TOOL_MISSING 1)" in done.stderr


def test_a_completion_that_utf8_cannot_hold_is_scored() -> None:
    broken = line("s\ud800").replace(b"groupadd app", b"groupadd \\ud800")
    assert broken.count(b"\\ud800") == 2
    done = run("score", "-", stdin=broken)
    assert done.returncode == 0, done.stderr
    scored = json.loads(done.stdout)
    assert (scored["id"], scored["status"]) == ("s\ufffd", "SCORED")


def test_doctor_names_the_formats_and_exits_0_where_the_sandbox_holds() -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("dockerfile", "hadolint", "bubblewrap", "holds"):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("doctor", "--sandbox", "docker"), "docker"),
        (("serve", "--sandbox", "docker"), "refusing to run untrusted files"),
        (("score", "--sandbox", "docker"), "refusing to run untrusted files"),
    ],
    ids=["doctor", "serve", "score"],
)
def test_without_isolation_nothing_runs_and_the_exit_is_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    requests = tmp_path / "requests.jsonl"
    requests.write_bytes(line("1"))
    done = refused(*arguments, *([str(requests)] if arguments[0] == "score" else []))
    assert isinstance(done.exception, SystemExit)  # and no other error
    assert done.exit_code == 1
    assert words in done.output
