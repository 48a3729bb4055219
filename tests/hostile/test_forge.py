"""Nobody forges a report: every way of every channel is closed, and open without its mend.

Run as answers are run, on both back ends. What is told of an answer that disturbs its watcher is
the truth, or that it did not run to its end; never a fault of ours.
"""

import contextlib
import platform
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rewardsvc.verifiers.bash import execution
from rewardsvc.verifiers.bash.fixtures import Fixtures
from rewardsvc.verifiers.boxed import watching
from rewardsvc.verifiers.boxed.watching import SUPERVISOR, Watched
from sandbox import selftest
from sandbox.base import DESCRIPTORS, MIB, STACK_BYTES, Command, Limits, Sandbox
from sandbox.bubblewrap import BubblewrapSandbox, namespaces
from sandbox.docker import DockerSandbox
from sandbox.docker import seccomp as docker_seccomp
from sandbox.errors import SandboxError
from sandbox.selftest import Promise
from tests.hostile.attacks import PRELUDE
from tests.hostile.conftest import docker_image
from tests.hostile.forging import (
    DISTURBANCES,
    FORGE,
    FORGED,
    OTHERS,
    STOP,
    TRUTH,
    WAYS,
    Mend,
    scripts,
)
from tests.hostile.forging import program as tried

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the calls have other numbers"),
]

BACK_ENDS = ("bubblewrap", "docker")

LIMITS = Limits(
    wall_seconds=10.0, cpu_seconds=10.0, memory_bytes=256 * MIB, processes=32, file_bytes=8 * MIB
)

VARIANTS = {
    Mend.UNREADABLE: ("libc.prctl(PR_SET_DUMPABLE, 0)", "0"),
    Mend.DESCRIPTORS: (
        "        os.closerange(3, MAX_DESCRIPTORS)\n        for each",
        "        for each in range(3, 32):\n            with contextlib.suppress(OSError):\n"
        "                os.set_inheritable(each, True)\n        for each",
    ),
}
"""The supervisor without a mend: what is in its text, and instead."""


async def _promised(_: Sandbox) -> tuple[Promise, ...]:
    """In the place of the self-test, which would not let a sandbox open that lacks a mend."""
    return ()


@contextlib.contextmanager
def _without(mend: Mend | None) -> Iterator[None]:
    """Sandboxes that are opened in here lack it."""
    with pytest.MonkeyPatch.context() as patch:
        if mend is not None:
            patch.setattr(selftest, "require_isolation", _promised)
        if mend in {Mend.FILTER, Mend.NAMESPACES}:
            patch.setattr(docker_seccomp, "profile", lambda: "unconfined")
        if mend is Mend.NAMESPACES:
            holder = namespaces._HOLDER.replace(
                " && echo 0 >/proc/sys/user/max_user_namespaces", ""
            )
            assert holder != namespaces._HOLDER
            patch.setattr(namespaces, "_HOLDER", holder)
        yield


class Unfiltered(BubblewrapSandbox):
    """Without the filter that every box has."""

    def __init__(self) -> None:
        super().__init__()
        self._doors = None


@contextlib.asynccontextmanager
async def _opened(back_end: str, mend: Mend | None = None) -> AsyncIterator[Sandbox]:
    with _without(mend):
        if back_end == "docker":
            sandbox: Any = DockerSandbox(await docker_image(), warm=2)
        else:
            sandbox = Unfiltered() if mend is Mend.FILTER else BubblewrapSandbox()
        async with contextlib.AsyncExitStack() as opening:
            try:
                opened = await opening.enter_async_context(sandbox)
            except SandboxError as error:
                pytest.skip(f"{back_end}: {error}")
            yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACK_ENDS)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    async with _opened(request.param) as opened:
        yield opened


def _command(program: str, **changed: Any) -> Command:
    return replace(
        execution.command(scripts(program), "main.sh", Fixtures()), limits=LIMITS, **changed
    )


def _lacking(mend: Mend, program: str, folder: Path) -> Command:
    """The command of a run whose watcher lacks a mend, where that is one of the watcher's."""
    command = _command(program, watches=mend is not Mend.ALONE)
    if mend not in VARIANTS:
        return command
    ours, other = VARIANTS[mend]
    text = SUPERVISOR.read_text()
    assert text.count(ours) == 1
    return replace(
        command, files={**command.files, SUPERVISOR.name: text.replace(ours, other).encode()}
    )


def _said(watched: Watched) -> list[str]:
    assert watched.report is not None, watched
    assert watched.report["exit_code"] == TRUTH, watched
    lines = str(watched.report["stdout"]).splitlines()
    assert not watched.report["stderr"] or "Traceback" not in watched.report["stderr"], watched
    return lines


def _names(lines: list[str], word: str, ways: list[str]) -> set[str]:
    return {way for way in ways for line in lines if line.startswith(f"{word} {way} ")}


@pytest.mark.parametrize("channel", WAYS)
async def test_no_way_of_a_channel_leads_out_of_the_answer(sandbox: Sandbox, channel: str) -> None:
    ways = WAYS[channel]
    program = tried(*((name, way.program) for name, way in ways.items()))
    lines = _said(await watching.watch(sandbox, _command(program)))
    assert _names(lines, "denied", list(ways)) == set(ways), lines
    assert len(ways) >= 3


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("mend", Mend)
async def test_each_way_is_open_without_its_mend(back_end: str, mend: Mend, tmp_path: Path) -> None:
    ways = {
        name: way.program
        for channel in WAYS.values()
        for name, way in channel.items()
        if way.mend is mend
    }
    async with _opened(back_end, mend) as lacking:
        command = _lacking(mend, tried(*ways.items()), tmp_path)
        lines = _said(await watching.watch(lacking, command))
    assert _names(lines, "got", list(ways)) == set(ways), lines


async def test_a_forged_report_is_not_believed(sandbox: Sandbox) -> None:
    watched = await watching.watch(sandbox, _command(PRELUDE + OTHERS + FORGE))
    if watched.report is not None:
        assert watched.report["exit_code"] == TRUTH
        assert "report.txt" not in watched.report["files"]


async def test_a_forged_report_is_believed_where_something_stands_beside_the_watcher(
    sandbox: Sandbox,
) -> None:
    command = _command(PRELUDE + OTHERS + FORGE, watches=False)
    watched = await watching.watch(sandbox, command)
    assert watched.report is not None
    assert watched.report["files"] == {"report.txt": FORGED}


@pytest.mark.parametrize("name", DISTURBANCES)
async def test_who_disturbs_the_watcher_is_told_of_all_the_same(
    sandbox: Sandbox, name: str
) -> None:
    """Its report is the truth (a script that killed itself with the rest ended by that), or it is
    the answer's doing that there is none. Neither is a fault of ours, which would raise."""
    watched = await watching.watch(sandbox, _command(PRELUDE + OTHERS + DISTURBANCES[name]))
    if watched.report is None:
        assert watched.overrun
    else:
        assert watched.report["exit_code"] in {TRUTH, 137}


SIGNALS = ("kills it", "lets it crash", "sends it all signals that there are")


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("alone", [True, False])
async def test_no_signal_ends_a_watcher_that_is_the_first_process(
    sandbox: Sandbox, name: str, alone: bool
) -> None:
    """The first process of a container is the engine's: there a signal ends it in any case."""
    command = _command(PRELUDE + OTHERS + DISTURBANCES[name], watches=alone)
    watched = watching.read(await sandbox.run(command))
    survives = alone and sandbox.name == "bubblewrap"
    assert (watched.report is not None) is survives
    assert watched.lost is not survives


async def test_a_watcher_that_is_stopped_is_out_of_time(sandbox: Sandbox) -> None:
    command = replace(
        _command(PRELUDE + OTHERS + STOP, watches=isinstance(sandbox, DockerSandbox)),
        limits=replace(LIMITS, wall_seconds=1.5),
    )
    assert "wall time" in (await watching.watch(sandbox, command)).overrun


async def test_descriptors_and_stack_of_a_box_are_bounded_whatever_the_server_has(
    sandbox: Sandbox,
) -> None:
    script = "ulimit -Sn; ulimit -Hn; ulimit -Ss; ulimit -Hs"
    result = await sandbox.run(Command.one("x", ("/bin/bash", "-c", script)))
    soft, hard = DESCRIPTORS
    stack = STACK_BYTES // 1024
    assert result.steps[0].stdout.decode().split() == [*map(str, (soft, hard, stack, stack))]


async def test_an_answer_finds_nothing_of_ours_in_its_box(sandbox: Sandbox) -> None:
    script = (
        "cat /proc/[0-9]*/cmdline /proc/self/mountinfo /proc/self/environ | tr '\\0' ' '\n"
        "ls -R /work /tmp\n"
    )
    command = execution.command({"main.sh": script}, "main.sh", Fixtures())
    watched = await watching.watch(sandbox, command)
    assert watched.report is not None
    said = str(watched.report["stdout"])
    assert [word for word in ("supervisor", "rewardsvc", "order") if word in said] == []
