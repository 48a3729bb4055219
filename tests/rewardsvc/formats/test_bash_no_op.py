"""What checks of a bash task would see of a script that does nothing."""

import pytest

from rewardsvc.formats.bash.execution import execute, no_op
from rewardsvc.formats.bash.fixtures import Fixtures
from rewardsvc.pipeline import decide, prepare
from rewardsvc.reward import DEFAULT_WEIGHTS
from rewardsvc.types import Check, ScoreRequest, Target, Task
from rewardsvc.verification.verifier import Workbench

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIXTURES = Fixtures({"a/b/c.txt": "text\n", "bin/tool": "#!/bin/sh\n", "d.txt": "more\n"})


async def test_it_is_known_without_running_one(workbench: Workbench) -> None:
    done = await execute({"script.sh": "true\n"}, "script.sh", FIXTURES, workbench)
    assert done.document == no_op(FIXTURES)


async def test_its_exit_code_is_no_evidence_of_work(workbench: Workbench) -> None:
    checks = (
        Check(on=Target.DOCUMENTS, expr="[0].exit_code", expect=0),
        Check(on=Target.DOCUMENTS, expr='[0].files."d.txt"', expect="more\n"),
        Check(on=Target.DOCUMENTS, expr='[0].files."e.txt"', expect="made\n"),
    )
    task = Task(format="bash", input="```text path=d.txt\nmore\n```\n", checks=checks)
    rewards = []
    for script in ("ls -la\n", "printf 'made\\n' > e.txt\n"):
        request = ScoreRequest(task=task, completion=f"```bash\n#!/bin/bash\n{script}```\n")
        verdict = await decide(prepare(request), workbench, DEFAULT_WEIGHTS)
        rewards.append(verdict.reward)
    assert rewards == [0.35, 1.0]
