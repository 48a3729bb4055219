"""Jobs of a parallel GitLab job, which others name one by one."""

import pytest

from rewardsvc.verification.verifier import Workbench
from tests.rewardsvc.formats.verified import assert_references, verified

pytestmark = pytest.mark.asyncio(loop_scope="module")

_MATRIX = "{matrix: [{OS: [linux, darwin], ARCH: [amd64, arm64]}, {OS: windows, ARCH: amd64}]}"


@pytest.mark.parametrize(
    ("parallel", "named", "says"),
    [
        (_MATRIX, "build: [linux, amd64]", None),
        (_MATRIX, "build: [windows, amd64]", None),
        (_MATRIX, "build: [windows, arm64]", "not there"),
        (_MATRIX, "build: [amd64, linux]", "not there"),
        (_MATRIX, "build 1/5", "not there"),
        (_MATRIX, "other: [linux, amd64]", "not there"),
        ("{matrix: [{V: ['3.11', '3.12']}]}", "build: [3.12]", None),
        ("{matrix: [{V: [$A]}]}", "build: [3.12]", None),
        ("3", "build 3/3", None),
        ("3", "build 4/3", "not there"),
        ("3", "build 1/4", "not there"),
        ("3", "build: [linux]", "not there"),
    ],
)
@pytest.mark.parametrize("key", ["needs", "dependencies"])
async def test_a_part_of_a_parallel_job_is_there(
    key: str, parallel: str, named: str, says: str | None, workbench: Workbench
) -> None:
    text = (
        f"build: {{stage: build, script: make, parallel: {parallel}}}\n"
        f"check: {{stage: test, script: make check, {key}: ['{named}']}}\n"
    )
    assert_references(await verified("gitlab-ci", text, workbench), says)


async def test_a_part_of_a_job_that_is_needed_may_give_its_artifacts(workbench: Workbench) -> None:
    text = (
        "build: {stage: build, script: make, parallel: 2}\n"
        "check: {stage: test, script: make, needs: [build], dependencies: ['build 1/2']}\n"
    )
    assert_references(await verified("gitlab-ci", text, workbench), None)
