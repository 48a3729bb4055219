"""Nobody forges what a Python answer was built to: the workshop's report, and its AWS's record.

With botocore, which is here for the emulator; the other libraries change nothing of the ways.
"""

import importlib.util
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from rewardsvc.formats.python import build as building
from rewardsvc.formats.python.build import Built, Kind, build
from rewardsvc.formats.python.making import judge
from rewardsvc.formats.python.stub import MAX_DEPTH
from rewardsvc.verification.boxed import watching
from sandbox.base import Command, Sandbox
from tests.hostile.attacks import PRELUDE
from tests.hostile.forging import OTHERS, Mend
from tests.hostile.weakened import BACK_ENDS, VARIANTS, opened, variant

pytestmark = pytest.mark.asyncio(loop_scope="module")

JOB = "CreateTrainingJob"

POST = """
import json, urllib.request
def post(body, target="SageMaker.CreateTrainingJob"):
    asked = urllib.request.Request(E("AWS_ENDPOINT_URL"), body, {"X-Amz-Target": target})
    try:
        urllib.request.urlopen(asked, timeout=9).read()
    except OSError as error:
        print(error)
"""

BEGIN = PRELUDE + OTHERS + POST + "WATCHER = os.getppid()\nOTHERS += [WATCHER]\n"

REPORTED = """
report = json.dumps({"exit_code": 0, "stdout": "", "stderr": "", "output_cut": False,
    "requests": [{"service": "sagemaker", "operation": "CreateTrainingJob", "request": {}}],
    "result": json.dumps({"documents": [], "error": None, "stand_ins": []})})
"""

REPORT = """
for pid in @WHERE@:
    try:
        os.kill(WATCHER, signal.SIGSTOP)
        with open(f"/proc/{pid}/fd/1", "w") as out:
            out.write(report)
        os.kill(WATCHER, signal.SIGKILL)
    except OSError:
        os.kill(WATCHER, signal.SIGCONT)
    else:
        signal.alarm(1)
        signal.pause()
"""

RESULT = """
name = next(w for w in read("/proc/self/cmdline").decode().split("\\0") if w.endswith(".json"))
"""


def _report(where: str) -> str:
    return REPORTED + REPORT.replace("@WHERE@", where)


def _deep(depth: int) -> str:
    return f"post(b'{{\"a\": ' + b'[' * {depth} + b']' * {depth} + b'}}')\n"


UNSOUND: Mapping[str, str] = {
    "deep": _deep(MAX_DEPTH + 1),
    "a number that is none": 'post(b\'{"a": NaN, "b": -Infinity}\')\n',
    "a number without end": "post(b'{\"a\": 1e999}')\n",
    "no Unicode": 'post(b\'{"a": "\\\\ud800"}\')\n',
    "no object": "post(b'[1]')\n",
}

DISTURBANCES: Mapping[str, str] = {
    "kills the workshop": "os.kill(WATCHER, signal.SIGKILL)",
    "kills everybody": "os.kill(-1, signal.SIGKILL)",
    "takes all processes": """
try:
    while True:
        if os.fork() == 0:
            signal.pause()
except OSError: pass
print("no more")""",
    "asks what nobody can follow": _deep(100_000),
    "asks in another language": """
port = int(E("AWS_ENDPOINT_URL").rpartition(":")[2])
for text in (b"\\0\\0\\0", b"POST / HTTP/1.1\\r\\nContent-Length: -5\\r\\n\\r\\n", b"A" * 70000,
             b"POST / HTTP/1.1\\r\\nContent-Length: x\\r\\n\\r\\n",
             b"GET /%ff%00 HTTP/9\\r\\n\\r\\n"):
    with socket.create_connection(("127.0.0.1", port)) as out:
        out.sendall(text)""",
    "leaves a link for a result": RESULT + "os.symlink('/etc/passwd', name); os._exit(0)",
    "leaves a pipe for a result": RESULT + "os.mkfifo(name); os._exit(0)",
    "leaves a folder for a result": RESULT + "os.mkdir(name); os._exit(0)",
    "leaves a result without end": RESULT
    + "open(name, 'w').write('[' * 200000 + ']' * 200000); os._exit(0)",
    "leaves a line that no file has": RESULT
    + """open(name, "w").write(json.dumps({"documents": [], "stand_ins": [],
    "error": {"type": "E", "message": "", "line": 1e999, "bases": []}})); os._exit(0)""",
}


@pytest.fixture(scope="module")
def libraries() -> Path:
    found = importlib.util.find_spec("botocore")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent.parent


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACK_ENDS)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    async with opened(request.param) as up:
        yield up


async def _built(program: str, libraries: Path, sandbox: Sandbox) -> Built:
    bench: Any = SimpleNamespace(sandbox=sandbox)
    files = {"main.py": BEGIN + program}
    return await build(Kind.SAGEMAKER, files, "main.py", libraries, bench)


def _jobs(built: Built) -> list[str]:
    return [str(each["operation"]) for each in built.requests]


@pytest.fixture(params=[Mend.ALONE, Mend.UNREADABLE])
def weaker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Without a mend of the watcher; gives whose output is open then."""
    real = watching.command

    def command(*arguments: Any, **keywords: Any) -> Command:
        return replace(real(*arguments, **keywords), watches=False)

    with pytest.MonkeyPatch.context() as patch:
        if request.param is Mend.ALONE:
            patch.setattr(watching, "command", command)
            yield "OTHERS"
        else:
            assert Mend.UNREADABLE in VARIANTS
            supervisor = tmp_path / watching.SUPERVISOR.name
            supervisor.write_text(variant(Mend.UNREADABLE))
            patch.setattr(watching, "SUPERVISOR", supervisor)
            yield "[WATCHER]"


async def test_an_honest_submission_is_recorded(sandbox: Sandbox, libraries: Path) -> None:
    assert _jobs(await _built("post(b'{}')", libraries, sandbox)) == [JOB]


@pytest.mark.parametrize("where", ["OTHERS", "[WATCHER]"])
async def test_a_forged_report_is_not_believed(
    sandbox: Sandbox, libraries: Path, where: str
) -> None:
    assert _jobs(await _built(_report(where), libraries, sandbox)) == []


async def test_a_forged_report_would_be_written_where_the_output_is_open(
    sandbox: Sandbox, libraries: Path, weaker: str
) -> None:
    """In a process namespace the workshop cannot be ended, so there the forgery is seen in that
    its own report is none any more."""
    built = await _built(_report(weaker), libraries, sandbox)
    unkillable = weaker == "[WATCHER]" and sandbox.name == "bubblewrap"
    assert _jobs(built) == ([] if unkillable else [JOB])
    assert bool(built.overrun) is unkillable


async def test_what_cannot_be_told_is_refused_and_not_recorded(
    sandbox: Sandbox, libraries: Path
) -> None:
    built = await _built("".join(UNSOUND.values()) + "post(b'{}')", libraries, sandbox)
    assert [each["request"] for each in built.requests] == [{}]


async def test_what_cannot_be_told_would_be_recorded(
    sandbox: Sandbox, libraries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = tmp_path / "stub.py"
    checked = "    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()\n"
    text = building._STUB.read_text()
    assert checked in text
    stub.write_text(text.replace(checked, "    return value\n"))
    monkeypatch.setattr(building, "_STUB", stub)
    built = await _built("".join(UNSOUND.values()), libraries, sandbox)
    assert len(built.requests) == len(UNSOUND) - 1  # but what is no object


LENDS_A_MODULE = (
    REPORTED
    + """
with open("/work/traceback.py", "w") as file:
    file.write("import os\\nos.write(1, %r)\\nos._exit(0)\\n" % report.encode())
port = int(E("AWS_ENDPOINT_URL").rpartition(":")[2])
for _ in range(5):  # a handler that fails: the library imports what prints a traceback
    with socket.create_connection(("127.0.0.1", port)) as out:
        out.sendall(b"POST / HTTP/1.1\\r\\nContent-Length: x\\r\\n\\r\\n")
        try: out.recv(9)
        except OSError: pass
"""
)


@pytest.mark.parametrize("closed", [True, False])
async def test_the_workshop_takes_no_module_of_the_answers(
    sandbox: Sandbox, libraries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    if not closed:
        workshop = tmp_path / "workshop.py"
        text = building._WORKSHOP.read_text()
        assert "sys.path.pop(0)" in text
        workshop.write_text(text.replace("sys.path.pop(0)", "pass"))
        monkeypatch.setattr(building, "_WORKSHOP", workshop)
    built = await _built(LENDS_A_MODULE, libraries, sandbox)
    assert _jobs(built) == ([] if closed else [JOB])


@pytest.mark.parametrize("name", DISTURBANCES)
async def test_who_disturbs_the_workshop_has_built_nothing(
    sandbox: Sandbox, libraries: Path, name: str
) -> None:
    """That is no fault of ours, which would raise, neither here nor in what judges it."""
    built = await _built(DISTURBANCES[name], libraries, sandbox)
    facts = {"ast": {"calls": [{"in": "", "name": "post"}], "functions": [], "classes": []}}
    assert judge(Kind.SAGEMAKER, built, facts, "main.py").stage.score < 1.0
