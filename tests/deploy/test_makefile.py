"""What the Makefile promises of its targets."""

import os
import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def _commands(target: str) -> str:
    """What `make` would run, without its running."""
    env = {**os.environ, "ASSAY_TERRAFORM_MIRROR": "unused"}
    run = ["make", "--dry-run", target]
    return subprocess.run(run, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


def test_the_fast_tests_are_there() -> None:
    named = re.findall(r"tests/\S+\.py", _commands("test-fast"))
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_git_and_make_look_at_the_same() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    (repo,) = config["repos"]
    assert repo["repo"] == "local"  # what is fetched would not be what the lock says
    tools = {" ".join(hook["entry"].split()[:2]) for hook in repo["hooks"]}
    assert tools == set(re.findall(r"\.venv/bin/(?:ruff \w+|mypy)", _commands("lint")))
    assert {".venv/bin/mypy"} == set(re.findall(r"\.venv/bin/mypy", _commands("typecheck")))
