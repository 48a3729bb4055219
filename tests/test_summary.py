"""The summary of a test run: what was not run here is told once, however many tests it is."""

import subprocess
import sys
from pathlib import Path

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_with_docker(number):
    pytest.skip("no Docker engine answers: start it")

@pytest.mark.skipif(True, reason="no Docker engine answers: start it")
def test_with_docker_too(): ...

@pytest.mark.skipif(True, reason="only root can")
def test_as_root(): ...

@pytest.mark.xfail(reason="one day")
def test_of_the_future():
    assert False
"""


def test_each_reason_is_one_line_with_its_count(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_some.py").write_text(TESTS)
    run = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "."]
    printed = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "\n4 skipped: no Docker engine answers: start it\n1 skipped: only root can\n" in printed
    assert "SKIPPED [" not in printed
    assert "XFAIL test_some.py::test_of_the_future - one day" in printed
