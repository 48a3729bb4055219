"""What each extra promises: that what it is for can be loaded with nothing else installed."""

import ast
import json
import re
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from rewardsvc.extras import BROUGHT, ExtraMissing, needing
from rewardsvc.tasks import TaskRow, row_to_json
from tests.deploy.environments import installed_with
from tests.deploy.extras import PROJECT, ROOT, requirements
from tests.imports import PACKAGES, libraries_of

EXTRAS = set(PROJECT["project"]["optional-dependencies"]) - {"dev"}
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
IN_A_BOX = {"botocore", "kfp", "ray", "requests", "stub", "supervisor", "werkzeug"}
"""What programs import that run with libraries of their own: moto's, or those of answers."""

OF_TRAINERS = {"inspect_ai", "openenv", "openreward", "skyrl_gym"}
"""What faces load of the trainer that calls them (:mod:`rewardsvc.trainers.brought`)."""

OF_GGUF = {"xllamacpp"}
"""What is loaded where somebody has installed it (:mod:`rl.delivery.gguf`)."""

LOADED = {
    "": ("rewardsvc.client",),
    "server": (
        *("rewardsvc.cli.serving", "rewardsvc.cli.scoring", "rewardsvc.cli.mutating"),
        *("rewardsvc.doctor", "rewardsvc.local", "rewardsvc.http", "sandbox.toolchain.setup"),
    ),
    "datagen": ("datagen.cli", "datagen.pipeline", "datagen.outputs.exports.folder"),
    "collect": ("datagen.cli.collect", "datagen.pipeline.providers", "detect_secrets.core.scan"),
    "export": ("datagen.outputs.exports.push", "pyarrow.parquet", "huggingface_hub", "datasets"),
    "rl": (
        *("rl.cli", "rl.run", "rl.training.grpo", "rl.training.sft", "rl.reward.check"),
        *("rl.evaluation.report", "rewardsvc.client"),
    ),
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


def run_with(extras: str, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code where nothing is installed but what the extras ("rl,server") bring."""
    present = {*installed_with(*filter(None, extras.split(","))), PROJECT["project"]["name"]}
    absent = [
        top
        for top, distributions in metadata.packages_distributions().items()
        if present.isdisjoint(map(canonicalize_name, distributions))
    ]
    assert "hypothesis" in absent
    return subprocess.run(
        [sys.executable, "-c", code, json.dumps(absent), *arguments],
        cwd=ROOT,
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
        ("rl", "datagen synth --category docker --out OUT", "datagen"),
        ("server", "rewardsvc calibrate TASKS --judge openai:m --out OUT", "calibrate"),
        ("server", "rewardsvc serve --judge openai:m --listen 127.0.0.1:0", "judge"),
        ("datagen", "datagen synth --category docker --teacher openai:m --out OUT", "teachers"),
        (
            "datagen",
            "datagen synth --category docker --engine ray --server 127.0.0.1:1 --out OUT",
            "ray",
        ),
        ("datagen", "datagen export TASKS --files parquet --out OUT", "export"),
    ],
)
def test_a_command_names_the_extra_that_it_lacks(
    installed: str, command: str, needed: str, tmp_path: Path
) -> None:
    tasks = tmp_path / "tasks.jsonl"
    row = TaskRow(id="1", format="bash", instruction="x", output="```bash\nrm a\n```\n")
    tasks.write_text(f"{row_to_json(row)}\n{row_to_json(replace(row, id='2'))}\n")
    places = {"TASKS": str(tasks), "OUT": str(tmp_path / "out")}
    words = [places.get(word, word) for word in command.split()]
    done = run_with(installed, RUNNING, *words)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{words[0]}: ")
    assert line.endswith(f" is not installed: pip install 'assay[{needed}]'")


@pytest.mark.parametrize(
    ("names", "extra"),
    [
        ("datagen import Topic", "datagen"),
        ("rl import load_config", "rl"),
        ("rewardsvc import Settings", "server"),
    ],
)
def test_a_public_name_says_which_extra_it_lacks(names: str, extra: str) -> None:
    done = run_with("", f"{HIDING}\nfrom {names}")
    assert done.returncode == 1
    assert done.stderr.endswith(f" is not installed: pip install 'assay[{extra}]'\n")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_loads_with_the_extras_that_it_names(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text())) or ""
    named = re.search(r"`assay\[(.+?)]`", said)
    assert named or "needs no extra" in said
    done = run_with(named[1] if named else "", LOADING, f"examples.{path.stem}")
    assert done.returncode == 0, done.stderr


def test_what_extras_bring_is_known_by_the_names_that_are_imported() -> None:
    base, brought = installed_with(), installed_with(*EXTRAS)
    tops: dict[str, set[str]] = {}
    for top, distributions in metadata.packages_distributions().items():
        for each in map(canonicalize_name, distributions):
            tops.setdefault(each, set()).add(top)
    for requirement in requirements(*EXTRAS):
        name = canonicalize_name(requirement.name)
        if name in tops and name not in base:
            assert tops[name] & BROUGHT, f"{name} is imported as one of {tops[name]}"
    of_extras = {top for name in brought - base for top in tops.get(name, ())}
    everywhere = {top for name in base for top in tops.get(name, ())}
    assert not (BROUGHT & set().union(*tops.values())) - of_extras, "no extra brings them"
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            known = BROUGHT | everywhere | IN_A_BOX | {"assay", *PACKAGES}
            if file.is_relative_to(ROOT / "rl/delivery"):
                known |= OF_GGUF
            if file.is_relative_to(ROOT / "rewardsvc/trainers"):
                known |= OF_TRAINERS
            assert not libraries_of(file) - known, file


@pytest.mark.parametrize(
    "code",
    ["import json.absent", "import absent", "import rewardsvc.absent", "import aiohttp.absent"],
)
def test_an_import_that_fails_for_another_reason_is_raised_as_it_is(code: str) -> None:
    with pytest.raises(ModuleNotFoundError) as raised, needing("rl"):
        exec(code)
    assert not isinstance(raised.value, ExtraMissing)


def test_a_hint_says_what_else_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    words = r"^torch is not installed: pip install 'assay\[rl\]' \(for a GPU: 'assay\[gpu\]'\)$"
    with pytest.raises(ExtraMissing, match=words), needing("rl", hint="for a GPU: 'assay[gpu]'"):
        import torch  # noqa: F401


def test_all_is_everything_that_runs_on_any_machine() -> None:
    extras = EXTRAS - {"all", "gpu", "ray"}
    everything = {str(each) for each in requirements("all")}
    for extra in extras:
        assert {str(each) for each in requirements(extra)} <= everything, extra
