"""Nobody forges a report: every way of every channel is closed, and open without its mend.

Run as answers are run, on both back ends. What is told of an answer that disturbs its watcher is
the truth, or that it did not run to its end; never a fault of ours.
"""

import platform
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Literal

import pytest
import pytest_asyncio

from rewardsvc.formats.bash import execution
from rewardsvc.formats.bash.fixtures import Fixtures
from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.types import Check, ScoreRequest, Target, Task
from rewardsvc.verification.boxed import interpreter, interpreter_binds, watching
from rewardsvc.verification.boxed.watching import SUPERVISOR, Watched
from sandbox.base import DESCRIPTORS, MIB, STACK_BYTES, Command, Limits, Sandbox, Step
from sandbox.docker import IMAGE, DockerSandbox
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
from tests.hostile.weakened import BACK_ENDS, VARIANTS, opened, variant, weakened

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the calls have other numbers"),
]

LIMITS = Limits(
    wall_seconds=10.0, cpu_seconds=10.0, memory_bytes=256 * MIB, processes=32, file_bytes=8 * MIB
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACK_ENDS)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    async with opened(request.param) as up:
        yield up


def _command(program: str, **changed: Any) -> Command:
    return replace(
        execution.command(scripts(program), "main.sh", Fixtures()), limits=LIMITS, **changed
    )


def _lacking(mend: Mend, program: str) -> Command:
    """The command of a run whose watcher lacks a mend, where that is one of the watcher's."""
    command = _command(program, watches=mend is not Mend.ALONE)
    if mend not in VARIANTS:
        return command
    return replace(command, files={**command.files, SUPERVISOR.name: variant(mend).encode()})


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


@pytest.mark.parametrize("mend", Mend)
async def test_each_way_is_open_without_its_mend(sandbox: Sandbox, mend: Mend) -> None:
    ways = {
        name: way.program
        for channel in WAYS.values()
        for name, way in channel.items()
        if way.mend is mend
    }
    async with weakened(sandbox, mend) as weak:
        lines = _said(await watching.watch(weak, _lacking(mend, tried(*ways.items()))))
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


READS_THE_WORD = r"""#!/bin/bash
python3 - <<'E'
import re, json, os
word = None
for line in open("/proc/1/maps"):
    where, rights = line.split()[:2]
    if "[stack]" not in line: continue
    low, high = (int(x, 16) for x in where.split("-"))
    with open("/proc/1/mem", "rb", 0) as memory:
        memory.seek(low)
        found = re.search(rb'"word": "([0-9a-f]{32})"', memory.read(high - low))
        word = found and found[1].decode()
answer = {"exit_code": 0, "stdout": "FORGED", "stderr": "", "output_cut": False,
          "files": {"report.txt": "never written\n"}, "modes": {"report.txt": "4755"},
          "links": {}, "folders": [], "files_cut": False}
with open("/proc/1/fd/1", "w") as out:
    out.write("\n" + word + " " + json.dumps(answer) + "\n")
E
exit 3
"""
"""The first forgery that was seen: it read the word that a report began with, when that was what
told a report from what others print."""

SEEN = {
    "reads the watcher's word": (
        READS_THE_WORD,
        (
            Check(on=Target.DOCUMENTS, expr="[0].exit_code", expect=0),
            Check(
                on=Target.DOCUMENTS,
                expr='[0].files."report.txt"',
                expect="never written\n",
            ),
        ),
    ),
    "limits its watcher": (
        "#!/bin/bash\nprlimit --pid $PPID --as=1000000\necho done\n",
        (Check(on=Target.DOCUMENTS, expr="[0].exit_code", expect=7),),
    ),
    "kills its watcher": (
        "#!/bin/bash\nls > list\nkill -KILL $PPID\nsleep 1\n",
        (Check(on=Target.DOCUMENTS, expr="[0].exit_code", expect=7),),
    ),
}


async def test_who_was_seen_to_forge_or_to_flee_is_scored_as_valid_nonsense(
    sandbox: Sandbox,
) -> None:
    back_end: Literal["bubblewrap", "docker"] = (
        "docker" if sandbox.name == "docker" else "bubblewrap"
    )
    image = await docker_image() if back_end == "docker" else IMAGE
    settings = Settings(
        sandbox=back_end, docker_image=image, cache=False, workers=2, terraform="cold"
    )
    requests = [
        ScoreRequest(
            id=name,
            task=Task(format="bash", checks=checks),
            completion=f"```bash\n{script}```\n",
        )
        for name, (script, checks) in SEEN.items()
    ]
    async with LocalScorer(settings) as scorer:
        verdicts = await scorer.score(requests)
    assert [(each.status, each.reward) for each in verdicts if each.reward != 0.35] == []


PATCH = """
for name in glob.glob("[0-9]*", root_dir="/proc"):
    if int(name) == os.getpid():
        continue
    try:
        ranges = read(f"/proc/{name}/maps").decode().splitlines()
        memory = open(f"/proc/{name}/mem", "r+b", 0)
    except OSError:
        continue
    for line in ranges:
        if line.split()[1] != "rw-p":
            continue
        low, high = (int(each, 16) for each in line.split()[0].split("-"))
        try:
            memory.seek(low)
            text = memory.read(high - low)
            for found in re.finditer(b"/bin/false", text):
                memory.seek(low + found.start())
                memory.write(b"/bin/true" + bytes(1))
        except OSError:
            pass
"""
"""Writes into what sees to all steps what a later one is to run."""


@pytest.mark.parametrize("watches", [True, False])
async def test_no_step_says_what_a_later_one_comes_to(sandbox: Sandbox, watches: bool) -> None:
    """In a container each step is seen to by a process of its own, so there is no way at all."""
    python = (str(interpreter()), "-I", "-S", "-c", PRELUDE + PATCH)
    steps = (Step("hostile", python), Step("later", ("/bin/false",)))
    command = Command(steps, binds=interpreter_binds(), watches=watches)
    hostile, later = (await sandbox.run(command)).steps
    assert (hostile.exit_code, hostile.stderr) == (0, b"")
    forged = not watches and sandbox.name == "bubblewrap"
    assert later.exit_code == (0 if forged else 1)
