"""Evaluates checks, each job in a process of its own: ``process.py SOCKET SECONDS MEMORY``.

Run in a box. A job comes over a connection: the length of a head (4 bytes), the head (JSON), the
data (JSON) up to the end of what is sent. The answer is JSON, then 12 bytes: how the job's process
ended (as ``waitpid`` tells) and the most memory it had in KiB. A job's process has SECONDS of CPU
time and MEMORY bytes; it ends with the connection.
"""

import contextlib
import importlib.util
import json
import os
import re
import resource
import select
import signal
import socket
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jmespath

try:
    import regorus
except ImportError:  # its wheels are for x86_64 only; JMESPath is evaluated without it
    regorus = None  # type: ignore[assignment]

TRAILER = struct.Struct("<iQ")
HEAD = struct.Struct("<I")
QUEUE = 64

_THE_POLICYS = re.compile(
    r"could not find function|undefined variable|is unsafe|used before definition|"
    r"duplicated definition|recursion detected|cyclic evaluation|expecting |cannot be parsed|"
    r"invalid .{0,100}statement|invalid ref|not a valid |not scheduled|could not schedule|"
    r"undefined rule|empty path in with|rule conflicts with|multiple default rules|"
    r"conflict type with the default|only be used with numeric literals|"
    r"mismatch in number of arguments|` expects (at (least|most) )?\d+ argument|internal error|"
    r"This is likely a bug|loop hoisting"
)
"""What regorus says of a policy only when it evaluates it: of its form, or of its own faults.

From the errors of its interpreter, scheduler and compiler (microsoft/regorus 0.9); what it says of
values ("expects numeric argument", "multiple outputs", "divide by zero") is the data's."""


class Refused(Exception):
    """What was asked cannot be evaluated, whatever the data; the message says why."""


def main(path: str, seconds: float, memory: int) -> None:
    """Serve until killed; the first line says that it does."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o777)  # noqa: PTH101 - the server has another identity
    listener.listen(QUEUE)
    print("ready", flush=True)
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(told, select.POLLIN)
    working: dict[int, socket.socket] = {}
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == listener.fileno():
                connection, _ = listener.accept()
                pid = os.fork()
                if pid == 0:
                    listener.close()
                    _work(connection, seconds, memory)
                working[pid] = connection
                poll.register(connection, 0)  # POLLHUP alone: nobody waits for the answer
            elif descriptor == told:
                os.read(told, 4096)
                for pid, status, peak in _ended():
                    connection = working.pop(pid)
                    poll.unregister(connection)
                    with contextlib.suppress(OSError):
                        # The descriptor is one with the child's, which blocks.
                        connection.send(TRAILER.pack(status, peak), socket.MSG_DONTWAIT)
                    connection.close()
            else:
                for pid, connection in working.items():
                    if connection.fileno() == descriptor:
                        os.kill(pid, signal.SIGKILL)


def _ended() -> list[tuple[int, int, int]]:
    found = []
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                break
            found.append((pid, status, usage.ru_maxrss))
    return found


def _work(connection: socket.socket, seconds: float, memory: int) -> None:
    """Do one job and exit; the limits end it wherever it is."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)  # not of wall time, which a busy machine takes
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # a policy may print
        os.dup2(nothing, descriptor)
    code = 1
    try:
        with connection.makefile("rb") as given:
            (length,) = HEAD.unpack(given.read(HEAD.size))
            head = json.loads(given.read(length))
            data = given.read()
        try:
            answer: dict[str, Any] = {"answers": _evaluated(head, data)}
        except Refused as refused:
            answer = {"refused": str(refused)}
        connection.sendall(json.dumps(answer).encode())
        code = 0
    except MemoryError:
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel would
    finally:
        os._exit(code)


def _evaluated(head: Mapping[str, Any], data: bytes) -> list[Mapping[str, Any]]:
    """One answer for each question: ``values``, or ``problem``."""
    if head["kind"] == "jmespath":
        parsed = json.loads(data)
        return [_searched(expression, parsed) for expression in head["expressions"]]
    if not head["old"]:
        return _consulted(head, data, old=False)
    try:
        return _consulted(head, data, old=True)
    except Refused:
        with contextlib.suppress(Refused):  # `some x in` needs no import in version 1
            return _consulted(head, data, old=False)
        raise


def _functions() -> Any:
    """``rewardsvc/checks/functions.py``, by its path: this process has nothing else of ours."""
    path = Path(__file__).parents[1] / "functions.py"
    spec = importlib.util.spec_from_file_location("check_functions", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_OPTIONS = _functions().OPTIONS


def _searched(expression: str, data: Any) -> Mapping[str, Any]:
    compiled = jmespath.compile(expression)
    try:
        value = compiled.search(data, options=_OPTIONS)
        json.dumps(value)
    except (
        jmespath.exceptions.JMESPathError,
        ArithmeticError,
        TypeError,
        ValueError,
        RecursionError,
    ) as error:
        return {"problem": str(error) or type(error).__name__}
    return {"values": [value]}


def _consulted(head: Mapping[str, Any], data: bytes, old: bool) -> list[Mapping[str, Any]]:
    """The answers of a policy in version 0 of the language, or in version 1.

    Raises:
        Refused: it, or a query, cannot be evaluated.
    """
    for query in head["queries"]:  # in a rule: to parse is not to evaluate it
        rule = "q {" if old else "q if {"
        _add(_engine(head, old), "query", f"package assay_asked\n{rule}\n{query}\n}}")
    engine = _engine(head, old)
    _add(engine, "policy", head["policy"])
    text = data.decode()
    try:
        engine.set_input_json(text)
    except RuntimeError as error:  # nested deeper, or a larger number, than it reads
        return [{"problem": f"the data cannot be read: {_plain(error)}"}] * len(head["queries"])
    return [_answer(engine, query, text) for query in head["queries"]]


def _engine(head: Mapping[str, Any], old: bool) -> Any:
    if regorus is None:
        raise Refused("regorus, which evaluates Rego, is not installed")
    engine = regorus.Engine()
    engine.add_policy("functions", head["functions"])
    engine.set_rego_v0(old)
    return engine


def _add(engine: Any, name: str, text: str) -> None:
    try:
        engine.add_policy(name, text)
    except RuntimeError as error:
        raise Refused(f"the {name} does not parse: {_plain(error)}") from error


def _answer(engine: Any, query: str, data: str) -> Mapping[str, Any]:
    """The value of the query's last expression, for each way to satisfy it.

    Raises:
        Refused: it says so of the policy, and not in words that it may have from the data.
    """
    try:
        said = engine.eval_query_as_json(query)
    except RuntimeError as error:
        problem = _plain(error)
        said_so = _THE_POLICYS.search(problem)
        if said_so and said_so[0] not in data:
            raise Refused(problem) from error
        return {"problem": problem}
    try:
        results = json.loads(said).get("result", [])
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, for one
        return {"problem": f"the value cannot be read: {error}"}
    return {"values": [result["expressions"][-1]["value"] for result in results]}


def _plain(error: Exception) -> str:
    """What regorus says, on one line."""
    words = str(error).partition("Stack backtrace")[0]
    return " ".join(words.split())[:1000]


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
