"""``rewardsvc`` with one more format: an answer of ``slow`` sleeps in the real sandbox.

It injects what tests of deadlines and cancellation need: work that takes as long as it says.
"""

import functools

from rewardsvc import local
from rewardsvc.analysis import InProcess
from rewardsvc.artifact import Artifact
from rewardsvc.cli import main
from rewardsvc.types import Component, Stage, StageStatus, Target
from rewardsvc.verifiers import VERIFIERS
from rewardsvc.verifiers.base import Findings, Workbench
from sandbox.base import Command


class SlowVerifier:
    format = "slow"
    languages = frozenset({"slow"})
    default_path = "seconds"
    many = False
    tools: tuple[str, ...] = ()
    targets: frozenset[Target] = frozenset()

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        seconds = artifact.files[0].text.strip()
        float(seconds)  # what is no number raises: a fault that nobody foresaw
        result = await workbench.sandbox.run(Command.one("sleep", ["sleep", seconds]))
        assert result.steps[0].exit_code == 0
        return Findings((Stage("slept", Component.SYNTAX, StageStatus.PASSED, 1.0),))


if __name__ == "__main__":
    assert isinstance(VERIFIERS, dict)
    VERIFIERS["slow"] = SlowVerifier()
    # Readers in processes of their own do not know of it.
    local.LocalScorer.__init__ = functools.partialmethod(  # type: ignore[method-assign]
        local.LocalScorer.__init__, readers=InProcess
    )
    main()
