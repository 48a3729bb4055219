"""Nobody forges a verdict through what answers share: reusable boxes, services, the cache.

Each way is closed, and shown to be one: where the mend is missing, or where the program that has
the right to it stands.
"""

import asyncio
import contextlib
import json
import platform
import subprocess
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rewardsvc.cache.cached import CachedVerdict, sealed, unsealed
from rewardsvc.formats.bash import execution
from rewardsvc.formats.bash.fixtures import Fixtures
from rewardsvc.identity import Conditions, identity
from rewardsvc.pipeline import prepare as prepared
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.types import Components, ScoreRequest, Status, Task, Verdict
from rewardsvc.verification.boxed import interpreter, interpreter_binds, watching
from sandbox.base import DESCRIPTORS, STACK_BYTES, Bind, Command, Limits, Sandbox, Service
from sandbox.bubblewrap import BubblewrapSandbox, seccomp
from sandbox.errors import SandboxError
from sandbox.machine_time import MachineTime
from sandbox.probe import Probe
from sandbox.selftest import Promise
from sandbox.terraform.emulator import Emulator, beside_emulator, emulator_binds
from sandbox.terraform.emulator.process import PORT, SOCKET
from sandbox.terraform.formatter import Formatter
from sandbox.terraform.places import TOOLS
from sandbox.terraform.prepare import Installed, prepare
from sandbox.toolchain import Source, discover
from tests.hostile.attacks import PRELUDE, SMALL
from tests.hostile.conftest import Target
from tests.hostile.forging import TRUTH, scripts
from tests.hostile.weakened import BACK_ENDS, opened
from tests.needs import lacks

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACK_ENDS)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    async with opened(request.param) as up:
        yield up


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clock(sandbox: Sandbox) -> AsyncIterator[MachineTime]:
    async with Probe(sandbox) as probe:
        yield MachineTime(probe.pace)


@pytest.fixture
def folder() -> Iterator[Path]:
    """In /tmp itself: pytest's own folders are private."""
    with tempfile.TemporaryDirectory(prefix="shared-") as name:
        Path(name).chmod(0o755)
        (Path(name) / "own").mkdir()
        yield Path(name) / "own"


def _tries(program: str, names: tuple[str, ...]) -> str:
    return PRELUDE + program + "".join(f"attempt({each!r}, {each})\n" for each in names)


async def _said_by_an_answer(sandbox: Sandbox, program: str, *binds: Bind) -> list[str]:
    command = execution.command(scripts(program), "main.sh", Fixtures())
    watched = await watching.watch(sandbox, replace(command, binds=(*command.binds, *binds)))
    assert watched.report is not None
    assert watched.report["exit_code"] == TRUTH, watched
    return str(watched.report["stdout"]).splitlines()


def _which(lines: list[str], word: str) -> set[str]:
    return {line.split()[1] for line in lines if line.split()[0] == word}


# --- reusable boxes ------------------------------------------------------------------------------

LASTING = ("queue", "segment", "semaphore", "priority", "affinity", "policy", "port")
LEAVE = """
def queue(): return syscall(68, 4711, 0o1666)
def segment(): return syscall(29, 4711, 4096, 0o1666)
def semaphore(): return syscall(64, 4711, 1, 0o1666)
def priority(): return os.setpriority(os.PRIO_PROCESS, 1, 19)
def affinity(): return os.sched_setaffinity(1, {sorted(os.sched_getaffinity(0))[0]})
def policy(): return os.sched_setscheduler(1, os.SCHED_BATCH, os.sched_param(0))
def port():
    with socket.socket() as listening:
        return listening.bind(("127.0.0.1", 4711))
"""
"""What one command would leave in its box for the next; numbers of calls are those of x86-64."""


async def _left_in_a_reusable_box(sandbox: Sandbox) -> list[str]:
    binds = (*interpreter_binds(),)
    target = Target(sandbox, True, str(interpreter()), binds, Path())
    command = replace(target.command(_tries(LEAVE, LASTING), SMALL), stateless=True)
    result = await sandbox.run(command)
    return result.steps[0].stdout.decode().splitlines()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the calls have other numbers")
async def test_nothing_is_left_in_a_reusable_box_that_could_be_without_its_filter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened("bubblewrap") as boxes:
        assert _which(await _left_in_a_reusable_box(boxes), "denied") == set(LASTING)
    monkeypatch.setattr(seccomp, "nothing_for_the_next", seccomp.no_user_namespaces)
    unfiltered = BubblewrapSandbox()
    with pytest.raises(SandboxError, match="nothing reaches the next command"):
        await unfiltered.__aenter__()
    monkeypatch.setattr("sandbox.selftest.require_isolation", _shared)
    async with BubblewrapSandbox() as boxes:
        assert _which(await _left_in_a_reusable_box(boxes), "got") == set(LASTING)


async def _shared(_: Sandbox) -> tuple[Promise, ...]:
    return (Promise("", True, of_reusable=True),)


# --- the warm provider ---------------------------------------------------------------------------

PROVIDER_WAYS = ("path", "abstract", "port")
PROVIDER = """
import socket, sys, threading
path = sys.argv[1] + "/provider.sock"
def served(family, address):
    listening = socket.socket(family)
    listening.bind(address)
    listening.listen()
    def answer():
        while True:
            listening.accept()[0].sendall(b"schema")
    threading.Thread(target=answer, daemon=True).start()
places = ((socket.AF_UNIX, path), (socket.AF_UNIX, "\\0provider"),
          (socket.AF_INET, ("127.0.0.1", 4711)))
for place in places:
    served(*place)
import os
os.chmod(path, 0o777)
for family, address in places:  # the ways are real: this is the box that they lead to
    with socket.socket(family) as out:
        out.connect(address)
        assert out.recv(9) == b"schema"
import resource
limits = [resource.getrlimit(kind) for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_STACK)]
print("ready", *(number for limit in limits for number in limit), flush=True)
threading.Event().wait()
"""
"""Stands where a warm provider and its relay stand: a service with a socket in its folder."""

CONNECT = """
def connected(family, address):
    with socket.socket(family) as out:
        out.settimeout(2)
        out.connect(address)
        return out.recv(9)
def path(): return connected(socket.AF_UNIX, "@FOLDER@/provider.sock")
def abstract(): return connected(socket.AF_UNIX, "\\0provider")
def port(): return connected(socket.AF_INET, ("127.0.0.1", 4711))
"""


async def test_no_answer_reaches_a_warm_provider(sandbox: Sandbox, folder: Path) -> None:
    argv = (str(interpreter()), "-I", "-S", "-c", PROVIDER, str(folder))
    provider = await sandbox.start(Service("provider", argv, folder, binds=interpreter_binds()))
    try:
        bounds = (*(DESCRIPTORS[1],) * 2, *(STACK_BYTES,) * 2)
        said = (await provider.first_line(20)).decode().split()
        assert said == ["ready", *map(str, bounds)], provider.said
        program = _tries(CONNECT.replace("@FOLDER@", str(folder)), PROVIDER_WAYS)
        lines = await _said_by_an_answer(sandbox, program)
        assert _which(lines, "denied") == set(PROVIDER_WAYS)
        lines = await _said_by_an_answer(sandbox, program, Bind(folder, str(folder)))
        assert _which(lines, "got") == {"path"}, "whose box has the folder, reaches it"
    finally:
        await provider.stop()


# --- the emulator --------------------------------------------------------------------------------

EMULATOR_WAYS = ("fill", "empty", "empty_by_port")
DISTURB = f"""
HEAD = ("POST %s HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\nAuthorization: "
        "AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/sns/aws4_request, SignedHeaders=host, "
        "Signature=0\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\n"
        "Content-Length: %d\\r\\n\\r\\n%s")
def asked(family, address, path, body=""):
    with socket.socket(family) as out:
        out.settimeout(9)
        out.connect(address)
        out.sendall((HEAD % (path, len(body), body)).encode())
        status = out.recv(4096).split()[1]
        if status != b"200":
            raise OSError(status)
        return status
def somewhere(path, body=""):
    for place in ("@FOLDER@/{SOCKET}", "{TOOLS}/emulator/{SOCKET}"):
        if os.path.exists(place):
            return asked(socket.AF_UNIX, place, path, body)
    raise OSError("no socket")
def fill(): return somewhere("/", "Action=CreateTopic&Name=forged&Version=2010-03-31")
def empty(): return somewhere("/moto-api/reset")
def empty_by_port(): return asked(socket.AF_INET, ("127.0.0.1", {PORT}), "/moto-api/reset")
"""


async def _topics(folder: Path) -> list[str]:
    reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET))
    with contextlib.closing(writer):
        head = "GET /moto-api/data.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        body = (await reader.read()).partition(b"\r\n\r\n")[2]
    return [each["name"] for each in json.loads(body).get("sns", {}).get("Topic", [])]


async def _disturbed(sandbox: Sandbox, folder: Path, *names: str) -> list[str]:
    """By a program that stands where Terraform stands."""
    program = _tries(DISTURB.replace("@FOLDER@", str(folder)), names)
    words = beside_emulator((str(interpreter()), "-I", "-S", "-c", program))
    binds = (*interpreter_binds(), *emulator_binds(folder))
    unique = tuple({bind.target: bind for bind in binds}.values())
    result = await sandbox.run(Command.one("x", words, binds=unique, limits=Limits()))
    return result.steps[0].stdout.decode().splitlines()


async def test_no_answer_disturbs_the_emulator(
    sandbox: Sandbox, folder: Path, clock: MachineTime
) -> None:
    emulator = await Emulator.start(sandbox, folder, clock)
    try:
        assert _which(await _disturbed(sandbox, folder, "fill"), "got") == {"fill"}
        assert await _topics(folder) == ["forged"]
        program = _tries(DISTURB.replace("@FOLDER@", str(folder)), EMULATOR_WAYS)
        lines = await _said_by_an_answer(sandbox, program)
        assert _which(lines, "denied") == set(EMULATOR_WAYS)
        assert await _topics(folder) == ["forged"]
        for way in ("empty", "empty_by_port"):
            await _disturbed(sandbox, folder, "fill")
            assert _which(await _disturbed(sandbox, folder, way), "got") == {way}
            assert await _topics(folder) == []
    finally:
        await emulator.stop()


# --- the kept formatter --------------------------------------------------------------------------

NEAT = b'variable "a" {\n  type = string\n}\n'
LOOSE = b'variable   "a" {\n type = string\n}\n'
POISONS = {
    "an open block": b'resource "a" "b" {\n',
    "an open heredoc": b"locals {\n  a = <<EOT\n",
    "an open comment": b"/* \n",
    "an open text": b'locals {\n  a = "${\n',
    "a NUL": b"\0\n",
    "no Unicode": b"\xff\xfe\n",
    "a byte-order mark": b"\xef\xbb\xbf" + NEAT,
    "depth": b"locals {\n  a = " + b"[" * 10_000 + b"\n",
    "nothing": b"",
}
JOINED = ("an open block", "an open heredoc", "an open comment", "an open text")
"""Those that change what is said of the file that follows, if the two are not kept apart."""


@pytest.fixture(scope="module")
def installed() -> Installed:
    toolchain = discover()
    if toolchain.tools["terraform"].source is Source.MISSING or not toolchain.providers:
        lacks("terraform", "no Terraform, or no provider: set ASSAY_TERRAFORM_MIRROR")
    return Installed.of(toolchain)


@contextlib.asynccontextmanager
async def _formatter(
    sandbox: Sandbox, installed: Installed, folder: Path, clock: MachineTime
) -> AsyncIterator[Callable[[bytes], Awaitable[bool | None]]]:
    """What says whether a file would be changed; None where the command itself must be asked."""
    formatter = Formatter(installed, sandbox, folder, clock)
    await formatter.open()

    async def changed(text: bytes) -> bool | None:
        step = await formatter.look(prepare({"main.tf": text}, installed))
        return None if step is None else bool(step.stdout)

    try:
        yield changed
    finally:
        await formatter.close()


async def test_no_answer_sways_what_the_formatter_says_of_the_next(
    sandbox: Sandbox, installed: Installed, folder: Path, clock: MachineTime
) -> None:
    said: list[bool | None] = []
    async with _formatter(sandbox, installed, folder, clock) as changed:
        for poison in POISONS.values():
            await changed(poison)
            neat, loose = await changed(NEAT), await changed(LOOSE)
            assert (neat, loose) in {(False, True), (None, True), (None, None), (False, None)}
            said += [neat, loose]
    assert said.count(None) <= len(said) // 2, "it is hardly asked"


@pytest.mark.parametrize("name", JOINED)
async def test_the_formatter_would_be_swayed_by_what_is_not_kept_apart(
    installed: Installed, tmp_path: Path, name: str
) -> None:
    def named(text: bytes) -> tuple[int, bytes]:
        (tmp_path / "main.tf").write_bytes(text)
        words = (str(installed.terraform), "fmt", "-check", "-list=true", str(tmp_path))
        ran = subprocess.run(words, capture_output=True, check=False)
        return ran.returncode, ran.stdout

    assert named(NEAT) == (0, b"")
    assert named(POISONS[name] + NEAT) != (0, b"")


# --- the cache -----------------------------------------------------------------------------------

CONDITIONS = Conditions(
    toolchain="t", code="c", weights=DEFAULT_WEIGHTS, terraform="warm", terraform_deploy=False
)


def _key(completion: str, **task: Any) -> str:
    asked = ScoreRequest(id="a", task=Task(format="kubernetes", **task), completion=completion)
    return identity(prepared(asked), CONDITIONS)


def _fence(path: str, text: str) -> str:
    return f"```yaml path={path}\n{text}```\n"


COLLISIONS = {
    "where one file ends": (
        (_fence("a.yaml", "x: 1\ny: 2\n") + _fence("b.yaml", "z: 3\n"), {}),
        (_fence("a.yaml", "x: 1\n") + _fence("b.yaml", "y: 2\nz: 3\n"), {}),
    ),
    "where the question ends": (
        (_fence("a.yaml", "x: 1\n"), {"instruction": "ab", "input": "c"}),
        (_fence("a.yaml", "x: 1\n"), {"instruction": "a", "input": "bc"}),
    ),
    "letters that look alike": (
        (_fence("a.yaml", "x: caf\u00e9\n"), {}),
        (_fence("a.yaml", "x: cafe\u0301\n"), {}),
    ),
}


def _joined(completion: str, task: dict[str, str]) -> str:
    """A key as one would make it without thinking: all words one after the other, normalised."""
    words = "".join(
        line for line in completion.splitlines(keepends=True) if not line.startswith("```")
    )
    return unicodedata.normalize("NFC", words + "".join(task.values()))


@pytest.mark.parametrize("name", COLLISIONS)
async def test_no_answer_has_the_key_of_another(name: str) -> None:
    (first, task), (second, other) = COLLISIONS[name]
    assert _joined(first, task) == _joined(second, other)
    assert _key(first, **task) != _key(second, **other)


def _verdict(reward: float) -> Verdict:
    return Verdict(
        id="a",
        status=Status.SCORED,
        reward=reward,
        components=Components(reward, reward, reward),
        stages=(),
        failure_kind=None,
        failure_reason="",
        toolchain="t",
        rule=rule_of(DEFAULT_WEIGHTS),
    )


POISONED: dict[str, Callable[[bytes], bytes]] = {
    "another's": lambda _: sealed("another", CachedVerdict.of(_verdict(1.0))),
    "a flipped bit": lambda kept: kept[:-1] + bytes([kept[-1] ^ 1]),
    "a part": lambda kept: kept[:-4],
    "more": lambda kept: kept + kept,
    "without a seal": lambda kept: bytes(16) + kept[16:],
}


@pytest.mark.parametrize("name", POISONED)
async def test_what_a_store_was_not_given_is_not_taken(name: str) -> None:
    kept = sealed("mine", CachedVerdict.of(_verdict(0.25)))
    assert unsealed("mine", kept) is not None
    poisoned = POISONED[name](kept)
    assert unsealed("mine", poisoned) is None


async def test_another_answers_verdict_would_be_taken_without_the_seal() -> None:
    poisoned = POISONED["another's"](b"")
    assert CachedVerdict(poisoned[16:], 1.0).encoded().verdict("mine").reward == 1.0
