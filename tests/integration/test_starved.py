"""On a tenth of a core every verdict is as it is otherwise, and nothing is started anew."""

import subprocess
import sys

import pytest

from benchmarks.starved import quota

FEW = ("--terraform", "0", "--bash", "3", "--dockerfile", "3", "--sleepers", "0")


@pytest.fixture(scope="module")
def limitable() -> None:
    with quota() as limited:
        if limited is None:
            pytest.skip("no control group of version 1 for CPU time can be made here")


@pytest.mark.usefixtures("limitable")
@pytest.mark.parametrize(
    "asked",
    [FEW, pytest.param((), marks=pytest.mark.slow)],
    ids=["commands", "terraform, and a script that sleeps"],
)
def test_verdicts_are_the_same_on_a_tenth_of_a_core(
    request: pytest.FixtureRequest, asked: tuple[str, ...]
) -> None:
    if not asked:
        request.getfixturevalue("toolchain")  # skips where Terraform is not to be had
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.starved", *asked],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
