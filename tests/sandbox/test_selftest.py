"""The self-test finds what is broken, and a sandbox that fails it does not open."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from sandbox import bubblewrap, layout, nesting
from sandbox.base import Command, Result, Sandbox
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.cgroups import Group
from sandbox.errors import IsolationMissing, SandboxError
from sandbox.namespaces import BOX_ID
from sandbox.select import open_sandbox
from sandbox.selftest import self_test


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
async def test_a_sandbox_that_does_not_open_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "CLOSED", ())
    sandbox = BubblewrapSandbox()
    with pytest.raises(IsolationMissing):
        await sandbox.__aenter__()
    with pytest.raises(SandboxError, match="not open"):
        await sandbox.run(Command.one("x", ("true",)))


class Broken:
    """A sandbox whose set-up fails."""

    name = "broken"

    async def __aenter__(self) -> "Broken":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def run(self, command: Command) -> Result:
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
    monkeypatch.setattr(bubblewrap, "_find", lambda program, package: str(old))
    with pytest.raises(IsolationMissing, match=r"0\.8 or newer.*0\.6\.1"):
        await open_sandbox().__aenter__()


def test_an_ordinary_user_gets_the_same_isolation(
    isolation_missing: dict[type[BubblewrapSandbox], str],
) -> None:
    """As nobody, with the system's Python: a virtual environment may lie in a private home."""
    python = shutil.which("python3", path="/usr/bin")
    root = Path(__file__).parents[2]
    if reason := isolation_missing[BubblewrapSandbox]:
        pytest.skip(reason)
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
