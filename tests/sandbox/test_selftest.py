"""The self-test finds what is broken, and a sandbox that fails it does not open."""
# ruff: noqa: ASYNC221 (what the test itself looks at)

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.base import BOX_ID, Bind, Command, Limits, Result, Running, Sandbox, Service
from sandbox.bubblewrap import BubblewrapSandbox, host, layout, nesting, reusable, seccomp
from sandbox.bubblewrap.reusable import kind, launcher
from sandbox.cgroups import PREFIX, Group
from sandbox.errors import IsolationMissing, SandboxError
from sandbox.select import open_sandbox
from sandbox.selftest import self_test
from tests.needs import lacks

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_promise_holds_and_is_quickly_tried(sandbox: Sandbox) -> None:
    began = time.monotonic()
    promises = await self_test(sandbox)
    assert time.monotonic() - began < 5
    assert [promise for promise in promises if not promise.holds] == []
    assert len(promises) >= 13
    assert all(promise.detail == "" for promise in promises)


@pytest.mark.usefixtures("grouped")
@pytest.mark.parametrize(
    ("weakened", "promise"),
    [
        ("--unshare-net", "namespaces of its own.*net"),
        ("--unshare-ipc", "namespaces of its own.*ipc"),
        ("--unshare-uts", "namespaces of its own.*uts"),
    ],
)
async def test_a_shared_namespace_is_found(
    monkeypatch: pytest.MonkeyPatch, weakened: str, promise: str
) -> None:
    kept = tuple(word for word in layout.ISOLATION if word != weakened)
    if weakened == "--unshare-uts":
        at = kept.index("--hostname")
        kept = kept[:at] + kept[at + 2 :]
    monkeypatch.setattr(layout, "ISOLATION", kept)
    with pytest.raises(IsolationMissing, match=promise):
        await BubblewrapSandbox().__aenter__()


async def _nothing_to_mount(*_: object) -> nesting.Nesting:
    return nesting.Nesting(own_proc=False, sysctl=True)


async def test_a_box_without_a_proc_is_looked_at_from_outside(
    boxed: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nesting, "find_out", _nothing_to_mount)
    async with BubblewrapSandbox() as blind:
        listed = await blind.run(Command.one("ls", ("ls", "-A", "/proc")))
        assert (listed.steps[0].exit_code, listed.steps[0].stdout) == (0, b"")
        names = [promise.name for promise in await self_test(blind) if promise.holds]
        assert names == [promise.name for promise in await self_test(boxed)]
        assert any("/proc is empty" in remark for remark in blind.remarks)


@pytest.mark.usefixtures("boxed")
async def test_what_a_box_without_a_proc_shares_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nesting, "find_out", _nothing_to_mount)
    kept = tuple(word for word in layout.ISOLATION if word not in {"--unshare-net"})
    monkeypatch.setattr(layout, "ISOLATION", kept)
    with pytest.raises(IsolationMissing, match=r"namespaces of its own.*net"):
        await BubblewrapSandbox().__aenter__()


@pytest.mark.usefixtures("grouped")
@pytest.mark.parametrize(
    ("last", "promise"),
    [
        ((), "root is read-only.*writable: /"),
        (("--ro-bind", "/var", "/var", *layout.CLOSED), "hidden.*/var"),
        (("--ro-bind", "/tmp", "/tmp", *layout.CLOSED), "hidden.*/tmp/"),
    ],
)
async def test_a_leaking_file_system_is_found(
    monkeypatch: pytest.MonkeyPatch, last: tuple[str, ...], promise: str
) -> None:
    monkeypatch.setattr(layout, "CLOSED", last)
    with pytest.raises(IsolationMissing, match=promise):
        await BubblewrapSandbox().__aenter__()


@pytest.mark.usefixtures("grouped")
async def test_limits_that_do_not_bite_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Group, "limit", lambda self, memory_bytes, processes: None)
    with pytest.raises(IsolationMissing, match=r"memory is limited.*processes are limited"):
        await BubblewrapSandbox().__aenter__()


@pytest.mark.usefixtures("grouped")
async def test_what_stands_beside_a_program_that_watches_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layout, "ALONE", ())
    with pytest.raises(IsolationMissing, match=r"watches others is alone \(beside it: /proc/1;"):
        await BubblewrapSandbox().__aenter__()


@pytest.mark.usefixtures("grouped")
async def test_a_filter_that_lets_programs_limit_others_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seccomp, "no_side_doors", seccomp.no_user_namespaces)
    with pytest.raises(IsolationMissing, match=r"nobody limits others \(prlimit works"):
        await BubblewrapSandbox().__aenter__()


@pytest.mark.usefixtures("grouped")
async def test_a_sandbox_that_does_not_open_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "CLOSED", ())
    sandbox = BubblewrapSandbox()
    with pytest.raises(IsolationMissing):
        await sandbox.__aenter__()
    with pytest.raises(SandboxError, match="not open"):
        await sandbox.run(Command.one("x", ("true",)))


SHARED = "in a shared box: "

ReusableLayout = Callable[[Sequence[str], Sequence[Bind]], tuple[str, ...]]
real_reusable: ReusableLayout = layout.reusable


def _without(*words: str) -> ReusableLayout:
    """The layout of a shared box less these arguments, which follow each other in it."""

    def reusable_layout(base: Sequence[str], binds: Sequence[Bind]) -> tuple[str, ...]:
        arguments = real_reusable(base, binds)
        places = [at for at in range(len(arguments)) if arguments[at : at + len(words)] == words]
        (at,) = places
        return arguments[:at] + arguments[at + len(words) :]

    return reusable_layout


def _with(*words: str) -> ReusableLayout:
    """The same with these arguments before all that is said of the root."""

    def reusable_layout(base: Sequence[str], binds: Sequence[Bind]) -> tuple[str, ...]:
        arguments = real_reusable(base, binds)
        at = arguments.index("--chdir")
        return (*arguments[:at], *words, *arguments[at:])

    return reusable_layout


def _below_the_launchers_python() -> str:
    """A directory of the host that is there in a shared box only as the way to Python."""
    kind = reusable.kind_of(Command.one("x", ("/bin/true",), stateless=True))
    assert kind is not None
    targets = [Path(bind.target) for bind in reusable.binds_of(kind)]
    found = [path for path in targets if path.parts[1] in {"root", "home", "srv", "var"}]
    if not found:
        pytest.skip("the Python of this machine lies in no directory that is hidden")
    return f"/{found[0].parts[1]}/beside"


def _launcher(folder: Path, ours: str, other: str) -> Bind:
    """A launcher in which a piece of the text is another one."""
    text = Path(launcher.__file__).read_text()
    assert text.count(ours) == 1
    (folder / "launcher.py").write_text(text.replace(ours, other))
    return Bind(folder / "launcher.py", "/launcher.py")


async def _reusable_promises(sandbox: Sandbox) -> list[str]:
    return [promise.name for promise in await self_test(sandbox) if promise.of_reusable]


async def test_a_shared_box_is_tried_and_nothing_of_that_stays(boxed: Sandbox) -> None:
    assert isinstance(boxed, BubblewrapSandbox)
    assert await boxed._reusable.end() == 0
    assert len(await _reusable_promises(boxed)) >= 12
    assert await boxed._reusable.end() == 0
    assert not any("kept" in remark for remark in boxed.remarks)


@pytest.mark.usefixtures("grouped")
@pytest.mark.parametrize(
    ("leaking", "promise"),
    [
        (_with("--share-net"), "namespaces of its own.*shared with the host: net"),
        (_with("--share-net"), "no network"),
        (_with("--cap-add", "CAP_NET_RAW"), "no capabilities.*CapEff"),
        (_with("--ro-bind", "/var", "/var"), "hidden.*visible: /var"),
        (_with("--ro-bind", "/tmp", "/tmp"), "hidden.*visible: /tmp/"),
        (_with("--proc", "/proc"), "processes are hidden.*visible: /proc/1"),
        (_without(*layout.CLOSED), "nothing can be written.*writable: /,"),
        (_without("--remount-ro", "/dev"), "nothing can be written.*writable: /dev,"),
        (_without("--remount-ro", "/dev/pts"), "nothing can be written.*writable: /dev/pts"),
        (_with("--tmpfs", "/dev/shm"), "nothing can be written.*writable: /dev/shm"),
        (_with("--tmpfs", "/tmp"), "nothing can be written.*writable: /tmp"),
        (_with("--dir", "/new", "--tmpfs", "/new"), "nothing can be written.*writable: /new"),
        (_with("--bind", "/usr/share", "/more"), "nothing can be written.*writable: /more"),
    ],
)
async def test_a_shared_box_that_shows_or_lets_change_too_much_is_found(
    monkeypatch: pytest.MonkeyPatch, leaking: ReusableLayout, promise: str
) -> None:
    monkeypatch.setattr(layout, "reusable", leaking)
    with pytest.raises(IsolationMissing, match=f"^[^;]*: {SHARED}.*{promise}"):
        await BubblewrapSandbox().__aenter__()


@pytest.mark.usefixtures("grouped")
async def test_what_lies_beside_the_way_to_python_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        layout, "reusable", _with("--dir", (beside := _below_the_launchers_python()))
    )
    with pytest.raises(IsolationMissing, match=f"{SHARED}host files are hidden.*{beside}"):
        await BubblewrapSandbox().__aenter__()


@pytest.mark.usefixtures("grouped")
@pytest.mark.parametrize(
    ("ours", "other", "left"),
    [
        ("    _end_all()\n", "", "its processes"),
        ("            for each in given:", "            for each in ():", "descriptor 3"),
        ("    for each in lent:", "    for each in ():", "descriptor"),
    ],
)
async def test_a_launcher_that_passes_something_on_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ours: str, other: str, left: str
) -> None:
    monkeypatch.setattr(kind, "_SCRIPT", _launcher(tmp_path, ours, other))
    if "lent" in ours and os.geteuid():
        pytest.skip("bwrap is lent nothing that it does not close itself")
    with pytest.raises(IsolationMissing, match=f"{SHARED}nothing reaches the next.*left: {left}"):
        await BubblewrapSandbox().__aenter__()


@pytest.mark.usefixtures("grouped")
async def test_a_filter_that_leaves_something_open_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seccomp, "nothing_for_the_next", seccomp.no_side_doors)
    with pytest.raises(IsolationMissing, match=f"{SHARED}nothing reaches.*left: a message queue"):
        await BubblewrapSandbox().__aenter__()


class Unbounded(BubblewrapSandbox):
    """Bounds the processes of each command's own box, not those of a shared one."""

    def _group(self, limits: Limits, own_bytes: int = 0) -> Group | None:
        return super()._group(replace(limits, processes=512) if own_bytes else limits, own_bytes)


@pytest.mark.usefixtures("grouped")
async def test_a_shared_box_without_a_bound_is_found() -> None:
    with pytest.raises(IsolationMissing, match=f"{SHARED}processes are limited"):
        await Unbounded().__aenter__()


def _owned(sandbox: BubblewrapSandbox) -> tuple[int, set[Path]]:
    """How many descriptors this process has, and its temporary files and control groups."""
    parents = sandbox._tree.parents.values() if sandbox._tree is not None else ()
    groups = {path for each in parents for path in each.parent.glob(f"{PREFIX}{os.getpid()}-*")}
    files = set(Path(tempfile.gettempdir()).iterdir())
    return len(list(Path("/proc/self/fd").iterdir())), files | groups


async def test_a_sandbox_whose_shared_box_leaks_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, grouped: BubblewrapSandbox
) -> None:
    monkeypatch.setattr(layout, "reusable", _without(*layout.CLOSED))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = _owned(grouped)
    with pytest.raises(IsolationMissing):
        await BubblewrapSandbox().__aenter__()
    assert _owned(grouped) == before


STATELESS = Command.one("x", ("/bin/sh", "-c", "echo $$; : >here"), stateless=True)


@pytest.mark.parametrize("how", ["no filter", "no launcher", "ends after each"])
async def test_where_no_box_can_be_shared_each_command_has_its_own(
    boxed: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str
) -> None:
    why = "did not share one"
    if how == "no filter":
        monkeypatch.setattr(seccomp, "nothing_for_the_next", lambda: None)
        why = "no system-call filter"
    elif how == "no launcher":
        monkeypatch.setattr(reusable, "program", lambda *_: ("/bin/false",))
        why = "was not ready"
    else:
        once = ("while True:\n            m", "if True:\n            m")
        monkeypatch.setattr(kind, "_SCRIPT", _launcher(tmp_path, *once))
    async with type(boxed)() as sandbox:
        assert isinstance(sandbox, BubblewrapSandbox)
        (remark,) = (words for words in sandbox.remarks if "no box is kept" in words)
        assert why in remark
        assert await _reusable_promises(sandbox) == []
        monkeypatch.undo()  # not even once it could be done: it was not tried
        ran = [await sandbox.run(STATELESS) for _ in range(2)]
        assert [result.steps[0].exit_code for result in ran] == [0, 0]
        assert ran[0].steps[0].stdout == ran[1].steps[0].stdout


class Broken:
    """A sandbox whose set-up fails."""

    name = "broken"

    async def __aenter__(self) -> "Broken":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def run(self, command: Command) -> Result:
        raise SandboxError("bwrap: No permissions to create new namespace")

    async def start(self, service: Service) -> Running:
        raise SandboxError("bwrap: No permissions to create new namespace")


async def test_a_sandbox_that_runs_nothing_keeps_no_promise() -> None:
    (promise,) = await self_test(Broken())
    assert not promise.holds
    assert "No permissions" in promise.detail
    assert "sysctl" in promise.detail


async def test_a_missing_bubblewrap_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    with pytest.raises(IsolationMissing, match="install bubblewrap"):
        await open_sandbox("auto").__aenter__()


async def test_an_old_bubblewrap_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho bubblewrap 0.6.1\n")
    old.chmod(0o755)
    monkeypatch.setattr(host, "find", lambda program, package: str(old))
    with pytest.raises(IsolationMissing, match=r"0\.8 or newer.*0\.6\.1"):
        await open_sandbox().__aenter__()


async def test_an_ordinary_user_gets_the_same_isolation(
    isolation_missing: dict[type[BubblewrapSandbox], str],
) -> None:
    """As nobody, with the system's Python: a virtual environment may lie in a private home."""
    python = shutil.which("python3", path="/usr/bin")
    root = Path(__file__).parents[2]
    if reason := isolation_missing[BubblewrapSandbox]:
        lacks("bubblewrap", reason)
    script = (
        "import asyncio, sys\n"
        "sys.version_info >= (3, 11) or sys.exit('old')\n"
        f"sys.path.insert(0, {str(root)!r})\n"
        "from sandbox.select import open_sandbox\n"
        "from sandbox.selftest import self_test\n"
        "from sandbox.base import Command\n"
        "async def main():\n"
        "    async with open_sandbox() as box:\n"
        "        assert all(promise.holds for promise in await self_test(box))\n"
        "        result = await box.run(Command.one('x', ('id', '-u')))\n"
        "        print(result.steps[0].stdout.decode())\n"
        "asyncio.run(main())\n"
    )
    drop = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")
    ran = subprocess.run(
        [*drop, python or "python3", "-B", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd="/",
    )
    if ran.returncode and any(
        word in ran.stderr for word in ("old", "EPERM", "setresuid", "No mod")
    ):
        pytest.skip(f"cannot try as another user: {ran.stderr.splitlines()[-1]}")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == str(BOX_ID)
