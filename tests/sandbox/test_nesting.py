"""A box made where less is allowed than on a bare machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.base import Command
from sandbox.bubblewrap import BubblewrapSandbox, nesting
from sandbox.bubblewrap.layout import system

_SYSTEM = (*system(), "--ro-bind", "/usr", "/usr")


def _read(path: str) -> str:
    return Path(path).read_text()


async def test_without_groups_boxes_are_the_first_to_go_when_memory_runs_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BubblewrapSandbox, "_open_tree", lambda self: None)
    async with BubblewrapSandbox() as sandbox:
        result = await sandbox.run(Command.one("read", ("cat", "/proc/self/oom_score_adj")))
    assert result.steps[0].stdout == b"1000\n"
    assert int(_read("/proc/self/oom_score_adj")) < 1000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can cover parts of /proc")
def test_what_a_container_covers_is_found_out() -> None:
    # As a container engine does it; a new user namespace is bound by it, whoever makes it.
    script = f"""
mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys || exit 3
exec {sys.executable} -c '
import asyncio
from sandbox.bubblewrap.nesting import find_out
identity = ("--unshare-user", "--uid", "60999", "--gid", "60999")
print(asyncio.run(find_out(("bwrap", "--unshare-pid"), identity, {_SYSTEM!r}, ())))
'
"""
    script = script.replace(repr(_SYSTEM), repr(_SYSTEM).replace("'", '"'))
    done = subprocess.run(
        ("unshare", "--mount", "--", "sh", "-c", script),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(nesting.Nesting(own_proc=False, sysctl=False)), done.stderr
