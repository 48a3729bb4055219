"""``rewardsvc`` with one more format: an answer of ``slow`` sleeps in the real sandbox.

It injects what tests of deadlines and cancellation need: work that takes as long as it says, and
``spin``, which keeps its reader busy for as long as that may be.
"""

import functools
import sys
from contextlib import suppress
from pathlib import Path

from rewardsvc import local
from rewardsvc.analysis import ReaderPool, zygote
from rewardsvc.artifact import Artifact
from rewardsvc.format import Format
from rewardsvc.formats import FORMATS
from rewardsvc.types import Component, Stage, StageStatus, Target
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.base import Command


class SlowVerifier:
    format = "slow"
    languages = frozenset({"slow"})
    default_path = "seconds"
    many = False
    companions = False
    tools: tuple[str, ...] = ("bubblewrap",)
    targets: frozenset[Target] = frozenset()

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        seconds = artifact.files[0].text.strip()
        while seconds == "spin":
            pass
        float(seconds)  # what is no number raises: a fault that nobody foresaw
        result = await workbench.sandbox.run(Command.one("sleep", ["sleep", seconds]))
        assert result.steps[0].exit_code == 0
        return Findings((Stage("slept", Component.SYNTAX, StageStatus.PASSED, 1.0),))


def sleepers(seconds: str) -> list[str]:
    """The processes that sleep for exactly that long."""
    found = []
    for cmdline in (each / "cmdline" for each in Path("/proc").glob("[0-9]*")):
        with suppress(OSError):
            if cmdline.read_bytes().split(b"\0")[:2] == [b"sleep", seconds.encode()]:
                found.append(cmdline.parent.name)
    return found


if __name__ == "__main__":
    assert isinstance(FORMATS, dict)
    FORMATS["slow"] = Format(
        verifier=SlowVerifier(), fence="slow", prompt="seconds", comments=str, light=False
    )
    if sys.argv[1] not in ("serve", "score"):  # the server forks its readers from us
        zygote.serve(sys.argv[1:])
    from rewardsvc.cli import main

    local.LocalScorer.__init__ = functools.partialmethod(  # type: ignore[assignment, method-assign]
        local.LocalScorer.__init__,
        readers=functools.partial(ReaderPool, program=Path(__file__)),
    )
    main()
