"""What each extra promises: that what it is for can be loaded with nothing else installed."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from rewardsvc.tasks import TaskRow, row_to_json
from tests.deploy.extras import PROJECT, requirements

LOADED = {
    "": ("rewardsvc.client",),
    "server": (
        *("rewardsvc.cli.serving", "rewardsvc.cli.scoring", "rewardsvc.cli.mutating"),
        *("rewardsvc.doctor", "rewardsvc.local", "rewardsvc.http", "sandbox.toolchain.setup"),
    ),
    "datagen": ("datagen.cli", "datagen.synthesis"),
    "rl": ("rl.cli", "rl.run", "rl.grpo", "rl.sft", "rl.check", "rl.report", "rewardsvc.client"),
    "calibrate": ("rewardsvc.cli.calibrating",),
}
"""The modules that must load with an extra alone."""

HIDING = """
import json, sys
from importlib.machinery import PathFinder

absent = json.loads(sys.argv.pop(1))

class Installed(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] not in absent:
            return PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
"""
"""Makes modules absent from the interpreter that runs it."""

LOADING = (
    HIDING
    + """
from importlib import import_module

for name in sys.argv[1:]:
    import_module(name)
"""
)

RUNNING = (
    HIDING
    + """
from importlib import import_module

import_module(f"{sys.argv.pop(1)}.__main__").main()
"""
)


def installed_with(extra: str) -> set[str]:
    """The distributions that come with an extra, as far as they are installed here."""
    found: set[str] = set()
    waiting = requirements(extra) if extra else requirements()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        try:
            needs = metadata.requires(name) or ()
        except metadata.PackageNotFoundError:
            continue
        if name in found and not requirement.extras:
            continue
        found.add(name)
        for each in map(Requirement, needs):
            if each.marker is None or any(
                each.marker.evaluate({"extra": asked}) for asked in requirement.extras or {""}
            ):
                waiting.append(each)
    return found


def run_with(extra: str, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code where nothing is installed but what the extra brings."""
    present = {*installed_with(extra), PROJECT["project"]["name"]}
    absent = [
        top
        for top, distributions in metadata.packages_distributions().items()
        if present.isdisjoint(map(canonicalize_name, distributions))
    ]
    assert "hypothesis" in absent
    return subprocess.run(
        [sys.executable, "-c", code, json.dumps(absent), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("extra", LOADED)
def test_an_extra_brings_all_that_it_is_for(extra: str) -> None:
    done = run_with(extra, LOADING, *LOADED[extra])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("installed", "command", "needed"),
    [
        ("commands", "rewardsvc doctor", "server"),
        ("commands", "datagen topics", "datagen"),
        ("commands", "rl run --tasks TASKS", "rl"),
        ("rl", "rl check TASKS", "server"),
        ("rl", "rl run --tasks TASKS", "server"),
        ("rl", "datagen synth --category docker", "datagen"),
    ],
)
def test_a_command_names_the_extra_that_it_lacks(
    installed: str, command: str, needed: str, tmp_path: Path
) -> None:
    tasks = tmp_path / "tasks.jsonl"
    row = TaskRow(id="1", format="bash", instruction="x", output="```bash\nrm a\n```\n")
    tasks.write_text(f"{row_to_json(row)}\n{row_to_json(replace(row, id='2'))}\n")
    words = [str(tasks) if word == "TASKS" else word for word in command.split()]
    done = run_with(installed, RUNNING, *words)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{words[0]}: ")
    assert line.endswith(f" is not installed: pip install 'assay[{needed}]'")


def test_all_is_everything_that_runs_on_any_machine() -> None:
    extras = set(PROJECT["project"]["optional-dependencies"]) - {"all", "dev", "gpu"}
    everything = {str(each) for each in requirements("all")}
    for extra in extras:
        assert {str(each) for each in requirements(extra)} <= everything, extra
