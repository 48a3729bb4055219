"""What a machine lacks is skipped, but not where a run is bound to have it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import VARIABLE

TESTS = """
import pytest

from tests.needs import lacks

@pytest.fixture
def engine():
    lacks("docker", "no Docker engine answers")

def test_with_docker(engine): ...

def test_with_terraform():
    lacks("terraform", "no AWS provider")
"""


@pytest.mark.parametrize(
    ("required", "summary", "says"),
    [
        ("", "2 skipped", "no Docker engine answers"),
        (
            "bubblewrap docker",
            "1 skipped, 1 error",
            f"docker is required here ({VARIABLE}), and is missing: no Docker engine answers",
        ),
        ("bubblewrap docker terraform", "1 failed, 1 error", "and is missing: no AWS provider"),
        ("podman", "1 failed, 1 error", f"{VARIABLE} names podman; known are ansible"),
    ],
)
def test_a_need_that_is_required_fails_what_would_be_skipped(
    tmp_path: Path, required: str, summary: str, says: str
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_some.py").write_text(TESTS)
    root = str(Path(__file__).parents[1])
    run = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "."]
    env = {**os.environ, "PYTHONPATH": root, VARIABLE: required}
    done = subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert summary in done.stdout.splitlines()[-1], done.stdout
    assert says in done.stdout
