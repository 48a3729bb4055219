"""The program that readers are forked from, with one more format: ``hostile`` does to its reader
what the answer says, as a mistake in a parser would. ``hostile_readers.py serve`` is a server that
reads with it.
"""

import asyncio
import ctypes
import functools
import logging
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import cast

from rewardsvc import local
from rewardsvc.analysis import ReaderPool, zygote
from rewardsvc.analysis.frames import HEAD, pickled
from rewardsvc.artifact import Artifact
from rewardsvc.format import Format
from rewardsvc.formats import FORMATS
from rewardsvc.pipeline import Examined
from rewardsvc.types import Component, Stage, StageStatus, Target
from rewardsvc.verification.verifier import Findings, Verifier, Workbench
from sandbox.base import Command


class Panic(BaseException):
    """As PyO3's, which a panic in Rust becomes: no Exception."""


class HostileVerifier:
    format = "hostile"
    languages = frozenset({"hostile"})
    default_path = "deed"
    many = False
    companions = False
    tools: tuple[str, ...] = ()

    @property
    def targets(self) -> frozenset[Target]:
        return frozenset({Target.DOCUMENTS})

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        deed, _, rest = artifact.files[0].text.strip().partition(" ")
        await getattr(self, deed)(rest, workbench)
        return Findings((Stage("parse", Component.SYNTAX, StageStatus.PASSED, 1.0),))

    async def calm(self, rest: str, workbench: Workbench) -> None:
        logging.getLogger("hostile").warning("calm %d", os.getpid())

    async def spin(self, rest: str, workbench: Workbench) -> None:
        while True:
            pass

    async def spin_in_one_call(self, rest: str, workbench: Workbench) -> None:
        re.fullmatch(r"(a+)+", "a" * 64 + "b")

    async def eat(self, rest: str, workbench: Workbench) -> None:
        held = []
        while True:
            held.append(bytearray(1 << 20))

    async def nest(self, rest: str, workbench: Workbench) -> None:
        await self.nest(rest, workbench)

    async def crash(self, rest: str, workbench: Workbench) -> None:
        ctypes.string_at(0)

    async def panic(self, rest: str, workbench: Workbench) -> None:
        raise Panic

    async def crash_once(self, rest: str, workbench: Workbench) -> None:
        if _first("crash"):
            ctypes.string_at(0)

    async def killed_once(self, rest: str, workbench: Workbench) -> None:
        if _first("kill"):
            os.kill(os.getpid(), signal.SIGKILL)

    async def killed(self, rest: str, workbench: Workbench) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    async def sleep(self, rest: str, workbench: Workbench) -> None:
        await asyncio.get_running_loop().create_future()

    async def ask(self, rest: str, workbench: Workbench) -> None:
        await workbench.sandbox.run(Command.one("asked", rest.split()))

    async def busy(self, rest: str, workbench: Workbench) -> None:
        end = time.monotonic() + float(rest)
        while time.monotonic() < end:
            pass

    async def babble(self, rest: str, workbench: Workbench) -> None:
        _say(b"\3\0\0\0...")

    async def say(self, rest: str, workbench: Workbench) -> None:
        """What no reader of ours says, of its job and of the next one."""
        job = _job()
        verdict = ("", Examined((Stage("parse", Component.SYNTAX, StageStatus.PASSED, 1.0),)))
        messages: dict[str, tuple[object, ...]] = {
            "nothing": ("done", job),
            "too-much": ("invalid", job, "task", "no", "more"),
            "not-begun": ("not-begun", job),
            "the-next-is-done": ("done", job + 1, verdict),
            "the-next-is-invalid": ("invalid", job + 1, "task", "so it is"),
            "another-is-done": ("done", [job], verdict),
        }
        message = pickled(messages[rest])
        _say(HEAD.pack(len(message)) + message)
        while True:
            pass


def _job() -> int:
    """The number of the job that this reader does."""
    frame = sys._getframe()
    while frame.f_code.co_name != "_done":
        assert frame.f_back is not None
        frame = frame.f_back
    number: int = frame.f_locals["number"]
    return number


def _say(data: bytes) -> None:
    """To the server, wherever it listens."""
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, data)
        except OSError:
            continue


def _first(deed: str) -> bool:
    """Whether no reader of this box did it before."""
    try:
        Path(f"/tmp/{deed}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


class SlowToCompile(HostileVerifier):
    format = "slow-to-compile"

    @property
    def targets(self) -> frozenset[Target]:
        while True:
            pass


HOSTILE = {
    verifier.format: Format(
        verifier=cast(Verifier, verifier),
        fence="text",
        prompt="a deed",
        comments=str,
        light="bubblewrap" not in verifier.tools,
    )
    for verifier in (HostileVerifier(), SlowToCompile())
}

if __name__ == "__main__":
    assert isinstance(FORMATS, dict)
    FORMATS.update(HOSTILE)
    if sys.argv[1] == "serve":
        from rewardsvc.cli import main

        local.LocalScorer.__init__ = functools.partialmethod(  # type: ignore[assignment, method-assign]
            local.LocalScorer.__init__,
            readers=functools.partial(ReaderPool, program=Path(__file__)),
        )
        main()
    zygote.serve(sys.argv[1:])
