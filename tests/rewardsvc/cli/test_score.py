"""``rewardsvc score``: what it prints, where it writes, and how it ends."""

import asyncio
import fcntl
import json
import os
import pty
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.cli import main
from rewardsvc.cli.request_file import RequestFile
from rewardsvc.cli.scoring import Scoring
from rewardsvc.cli.tally import Tally
from rewardsvc.cli.verdict_file import printed, rounded, writing_to
from rewardsvc.errors import CannotWrite
from rewardsvc.reward import rule_of
from rewardsvc.types import (
    Component,
    Components,
    FailureKind,
    ScoreRequest,
    Stage,
    StageStatus,
    Status,
    Verdict,
)
from rewardsvc.wire.json import verdict_to_json
from tests.opened import HoldsNothing

THIRD = 1 / 3
SCORED = Verdict(
    id="s",
    status=Status.SCORED,
    reward=THIRD,
    components=Components(THIRD, 2 * THIRD, 1.0),
    stages=(Stage("parse", Component.SYNTAX, StageStatus.PASSED, THIRD, 0.123456789),),
    failure_kind=None,
    failure_reason="",
    toolchain="t",
    rule=rule_of(Components(0.4, 0.3, 0.3)),
)
UNSCORED = replace(
    SCORED,
    id="u",
    status=Status.UNSCORED,
    reward=None,
    components=None,
    failure_kind=FailureKind.TOOL_MISSING,
)
EMPTY = "no file in it"
"""A completion that is scored 0 without any tool."""
COMMAND = [sys.executable, "-c", "from rewardsvc.cli import main; main()", "score"]
UNKEPT = {**os.environ, "ASSAY_CACHE": "false"}


def request(id: str, completion: str = EMPTY, **task: Any) -> dict[str, Any]:
    return {"id": id, "task": {"format": "dockerfile", **task}, "completion": completion}


def jsonl(*ids: str) -> bytes:
    return b"".join(json.dumps(request(id)).encode() + b"\n" for id in ids)


def score(*arguments: str | Path) -> Result:
    """The command in this process; those that end in other ways are processes of their own."""
    return CliRunner(env={"ASSAY_CACHE": "false"}).invoke(main, ["score", *map(str, arguments)])


def ids(output: str | bytes) -> list[str]:
    return [json.loads(line)["id"] for line in output.splitlines()]


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(jsonl("a", "b", "c"))
    return path


class Stub(HoldsNothing):
    """A scorer that answers at once, or when its gate is opened."""

    def __init__(self) -> None:
        self.asked = 0

    async def score(self, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        self.asked += len(requests)
        await asyncio.sleep(0)
        return [replace(SCORED, id=request.id) for request in requests]


# What it prints


def test_four_decimals_are_printed_and_the_wire_keeps_all() -> None:
    line = json.loads(printed(SCORED))
    assert line["reward"] == 0.3333
    assert line["components"] == {"syntax": 0.3333, "correctness": 0.6667, "format": 1.0}
    assert (line["stages"][0]["score"], line["stages"][0]["seconds"]) == (0.3333, 0.1235)
    assert line["rule"] == verdict_to_json(SCORED)["rule"]
    assert verdict_to_json(SCORED)["reward"] == THIRD
    assert set(line) == set(verdict_to_json(SCORED))


@given(st.recursive(st.floats(allow_nan=False) | st.text() | st.none(), st.lists))
def test_no_number_is_printed_with_more_than_four_decimals(data: Any) -> None:
    text = json.dumps(rounded(data))
    for number in flattened(json.loads(text)):
        assert number == round(number, 4)


def flattened(data: Any) -> Iterator[float]:
    if isinstance(data, float):
        yield data
    elif isinstance(data, list):
        for item in data:
            yield from flattened(item)


CRASHED = replace(UNSCORED, failure_kind=FailureKind.TOOL_CRASHED)
CHOSEN = replace(UNSCORED, failure_kind=FailureKind.PROVIDER_MISSING, chosen=True)


@pytest.mark.parametrize(
    ("verdicts", "refused", "words"),
    [
        ([SCORED], 0, "1 request: 1 SCORED, mean reward 0.3333"),
        ([UNSCORED], 0, "1 request: 0 SCORED; 1 UNSCORED (TOOL_MISSING 1)"),
        (
            [SCORED, replace(SCORED, reward=1.0), UNSCORED, UNSCORED, CRASHED, CHOSEN],
            2,
            "8 requests: 2 SCORED, mean reward 0.6667; "
            "3 UNSCORED (TOOL_MISSING 2, TOOL_CRASHED 1); "
            "1 UNSCORED by the answer's own choice (PROVIDER_MISSING 1); 2 refused",
        ),
    ],
)
def test_the_summary_counts_everything_once(
    verdicts: list[Verdict], refused: int, words: str
) -> None:
    tally = Tally(refused=refused)
    for verdict in verdicts:
        tally.count(verdict)
    assert tally.words() == words
    assert tally.requests == len(verdicts) + refused


def test_the_summary_comes_last_on_stderr(requests: Path) -> None:
    done = score(requests)
    assert done.exit_code == 0
    assert ids(done.stdout) == ["a", "b", "c"]
    assert done.stderr.splitlines()[-1] == "3 requests: 3 SCORED, mean reward 0.0000"


def test_in_one_process_no_request_is_turned_away(
    requests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_QUEUE", "1")
    monkeypatch.setenv("ASSAY_WORKERS", "1")
    requests.write_bytes(jsonl(*map(str, range(30))))
    assert score(requests).stderr.splitlines()[-1] == "30 requests: 30 SCORED, mean reward 0.0000"


@pytest.mark.parametrize(
    "data",
    [
        json.dumps([request("a"), request("b")]).encode(),
        json.dumps([request("a"), request("b")], indent=2).encode(),
        b"\xef\xbb\xbf" + jsonl("a", "b").replace(b"\n", b"\r\n"),
    ],
    ids=["array", "array over lines", "byte-order mark"],
)
def test_an_array_is_as_good_as_lines(data: bytes, requests: Path) -> None:
    requests.write_bytes(data)
    done = score(requests)
    assert (done.exit_code, ids(done.stdout)) == (0, ["a", "b"])


@pytest.mark.parametrize(
    ("least", "completions", "code", "words"),
    [
        ("0", [EMPTY], 0, ""),
        ("0.0001", [EMPTY], 1, "the mean reward is 0, less than 0.0001"),
        ("0", [], 1, "nothing is SCORED"),
    ],
)
def test_fail_under_looks_at_what_is_scored(
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    least: str,
    completions: list[str],
    code: int,
    words: str,
) -> None:
    """A Terraform answer is UNSCORED without Terraform's binary."""
    hcl = '```hcl\nresource "aws_s3_bucket" "logs" {\n  bucket = "logs"\n}\n```\n'
    rows = [request("t", hcl, format="terraform"), *(request("d", each) for each in completions)]
    requests = tmp_path / "requests.json"
    requests.write_text(json.dumps(rows))
    bubblewrap = shutil.which("bwrap")
    assert bubblewrap, "nothing of this package works without bubblewrap"
    (tmp_path / "bwrap").symlink_to(bubblewrap)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("ASSAY_TOOLS", str(tmp_path / "tools"))
    done = score("--fail-under", least, requests)
    assert done.exit_code == code, done.stderr
    assert words in done.stderr
    assert len(done.stdout.splitlines()) == len(rows)


# Where it writes


def test_verdicts_go_into_a_file_that_is_never_written_over(tmp_path: Path, requests: Path) -> None:
    out = tmp_path / "verdicts.jsonl"
    done = score(requests, "--out", out)
    assert (done.exit_code, done.stdout) == (0, "")
    assert ids(out.read_bytes()) == ["a", "b", "c"]
    before = out.read_bytes()
    again = score(requests, "--out", out)
    assert again.exit_code == 2
    assert "--resume goes on with it" in again.stderr
    assert out.read_bytes() == before


def test_resume_asks_only_for_what_is_not_scored(tmp_path: Path, requests: Path) -> None:
    """Of the file of a process that was killed: a whole line, an UNSCORED one, half a line."""
    out = tmp_path / "verdicts.jsonl"
    kept = printed(replace(SCORED, id="b"))
    cut_off = printed(replace(SCORED, id="a"))[:100]
    out.write_text(f"{kept}\n{printed(replace(UNSCORED, id='c'))}\n{cut_off}")
    done = score(requests, "--out", out, "--resume")
    assert done.exit_code == 0, done.stderr
    assert ids(out.read_bytes()) == ["b", "a", "c"]
    assert out.read_text().startswith(f"{kept}\n")
    assert done.stderr.splitlines()[-1] == "3 requests: 3 SCORED, mean reward 0.1111"
    again = score(requests, "--out", out, "--resume")
    assert again.exit_code == 0
    assert ids(out.read_bytes()) == ["b", "a", "c"]


def test_resume_counts_ids_that_occur_several_times(tmp_path: Path) -> None:
    out, asked = tmp_path / "verdicts.jsonl", tmp_path / "requests.jsonl"
    asked.write_bytes(jsonl("a", "a", "a", ""))
    out.write_text("".join(printed(replace(SCORED, id=id)) + "\n" for id in ("a", "a", "")))
    tally, stub = Tally(), Stub()
    with writing_to(out, resume=True, kept=tally.count) as (write, done):
        scoring = Scoring(RequestFile(str(asked)), write, tally, done)
        due = scoring.due()
        assert due is not None
        asyncio.run(scoring.score(stub, due))
    assert ids(out.read_bytes()) == ["a", "a", "a", ""]
    assert (stub.asked, tally.scored) == (2, 4)


def test_resume_refuses_a_file_of_something_else(tmp_path: Path, requests: Path) -> None:
    out = tmp_path / "verdicts.jsonl"
    out.write_bytes(jsonl("a"))
    done = score(requests, "--out", out, "--resume")
    assert done.exit_code == 2
    assert f"{out}:1: " in done.stderr
    assert out.read_bytes() == jsonl("a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["requests.jsonl", "verdicts.jsonl"]


FILLS_UP = """
import resource, sys
from pathlib import Path
from rewardsvc.cli.verdict_file import VerdictFile
from rewardsvc.errors import CannotWrite
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with VerdictFile(Path(sys.argv[1])) as file:
    try:
        for _ in range(100):
            file.write("x" * 299)
    except CannotWrite as error:
        print(error)
"""


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    """A limit on the file's size, which the kernel tells in the same way."""
    out = tmp_path / "verdicts.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", FILLS_UP, str(out)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == f"{out}: cannot be written: File too large\n"
    assert out.read_text() == ("x" * 299 + "\n") * 3


@pytest.mark.parametrize("out", ["nowhere/verdicts.jsonl", "."])
def test_a_file_that_cannot_be_written_is_said_before_anything_is_scored(
    out: str, tmp_path: Path
) -> None:
    path = tmp_path / out
    opened = writing_to(path, resume=False, kept=Tally().count)
    with pytest.raises(CannotWrite, match=f"{path}: cannot be written"), opened:
        pytest.fail("opened")


def test_standard_output_that_is_full_is_exit_1(requests: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, requests], stdout=full, stderr=subprocess.PIPE, timeout=120, check=False
        )
    assert done.returncode == 1
    assert b"standard output: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("closed", "code", "lines"), [("<&-", 0, 3), ("2>&-", 0, 3), (">&-", 1, 0)]
)
def test_what_the_caller_closed_disturbs_nothing_else(
    requests: Path, closed: str, code: int, lines: int
) -> None:
    command = shlex.join([*COMMAND, str(requests)])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} {closed}"],
        capture_output=True,
        timeout=60,
        check=False,
        env=UNKEPT,
    )
    assert done.returncode == code
    assert len(done.stdout.splitlines()) == lines
    assert b"Traceback" not in done.stderr
    if not lines:
        assert b"standard output is closed: name a file with --out" in done.stderr


def test_a_reader_that_went_away_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(jsonl(*map(str, range(5_000))))
    with subprocess.Popen(
        [*COMMAND, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=UNKEPT
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert ids(process.stdout.readline()) == ["0"]
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(timeout=60) == 128 + signal.SIGPIPE
    assert b"Traceback" not in said and b"BrokenPipe" not in said


def test_a_bar_on_the_terminal_leaves_the_verdicts_where_they_go(
    tmp_path: Path, requests: Path
) -> None:
    """stderr is a terminal, stdout a file: ``rewardsvc score requests.jsonl > verdicts.jsonl``."""
    out = tmp_path / "verdicts.jsonl"
    ours, theirs = pty.openpty()
    with out.open("wb") as file:
        process = subprocess.Popen([*COMMAND, requests], stdout=file, stderr=theirs, env=UNKEPT)
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # the other side of a terminal is closed so
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    assert ids(out.read_bytes()) == ["a", "b", "c"]
    assert b"scoring" in shown and b'"id"' not in shown


# As it goes on, and how it ends


def test_a_verdict_is_printed_before_the_next_request_is_written() -> None:
    with subprocess.Popen(
        [*COMMAND, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=UNKEPT,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for id in "abc":
            process.stdin.write(jsonl(id))
            process.stdin.flush()
            assert ids(process.stdout.readline()) == [id]
        process.stdin.close()
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_whole_what_was_finished(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=UNKEPT,
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(jsonl("a", "b"))
        process.stdin.flush()
        output = process.stdout.readline() + process.stdout.readline()
        process.send_signal(number)
        rest, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert ids(output + rest) == ["a", "b"]
    assert b"interrupted: the verdicts written so far are complete" in said
    assert said.endswith(b"2 requests: 2 SCORED, mean reward 0.0000\n")
    assert b"Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_heard_while_the_first_request_is_waited_for(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=UNKEPT
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        while waiting_in(process.stdin.fileno()):
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    # Python dies of a SIGTERM that nobody handles: a shell reports 128 + 15 for that as well.
    assert process.returncode in (128 + signal.SIGINT, -signal.SIGTERM)
    assert b"Traceback" not in said


def waiting_in(pipe: int) -> int:
    """Bytes that nobody has read yet."""
    (unread,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))
    return int(unread)


async def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Not by an id for each request. Few are under way at once, for how many happen to be read
    ahead and wait is chance: of 256 they weigh more than what grows."""
    few, many = 1_000, 8_000
    peaks = {}
    for count in (few, many):
        path = tmp_path / f"{count}.jsonl"
        path.write_bytes(jsonl(*map(str, range(count))).replace(EMPTY.encode(), b"x" * 1000))
        scoring = Scoring(RequestFile(str(path)), lambda _: None, Tally(), at_once=16)
        due = scoring.due()
        assert due is not None
        tracemalloc.start()
        await scoring.score(Stub(), due)
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert scoring.tally.scored == count
    bytes_a_request = (peaks[many] - peaks[few]) / (many - few)
    assert bytes_a_request < 30, peaks


def test_what_is_expected_is_known_before_the_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(jsonl(*(f"{number:06}" for number in range(5_000))))
    file = RequestFile(str(path))
    assert file.expected() is None
    found = file.requests()
    for _ in range(1_000):
        next(found)
    expected = file.expected()
    assert expected is not None and 3_500 <= expected <= 5_000  # it reads ahead a little
    assert len(list(found)) == 4_000
    assert file.expected() == 5_000
