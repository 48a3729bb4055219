"""The digest of the code: it changes with what judges, and with nothing else."""

import re
import shutil
from importlib import metadata
from pathlib import Path

import assay
import pytest

import rewardsvc
import sandbox
from rewardsvc.digest import (
    _JUDGE_NOTHING_EITHER,
    code_that_judges,
    digest_of_code,
    libraries_that_judge,
)
from rewardsvc.errors import CannotServe
from sandbox.standins import STANDINS
from tests.deploy.extras import PROJECT
from tests.imports import ROOT, import_graph, libraries_of, module_of, reached

STARTED = (
    "rewardsvc.analysis.zygote",
    "rewardsvc.formats.cloudformation.program",
    "rewardsvc.formats.python.reader",
    "rewardsvc.formats.python.workshop",
    "sandbox.emulator_container",
    "sandbox.terraform.deploy.fingerprint",
    "sandbox.emulated.moto_process",
    "sandbox.standins.serve",
    *(f"sandbox.standins.kinds.{standin.name}" for standin in STANDINS.values()),
)
"""Programs of their own, which nobody imports."""

ELSEWHERE = {"anthropic", "openai", "genai_prices", "botocore"}
"""Who judges is among the conditions, and what it costs changes no judgement; what runs inside of a
box imports what the toolchain has."""


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packages once more, in a folder where they may be changed."""
    for package in (assay, rewardsvc, sandbox):
        (place,) = package.__path__
        copy = tmp_path / package.__name__
        shutil.copytree(place, copy, ignore=shutil.ignore_patterns("__pycache__"))
        monkeypatch.setattr(package, "__path__", [str(copy)])
    return tmp_path


@pytest.mark.parametrize(
    ("file", "judges"),
    [
        ("rewardsvc/formats/kubernetes/vacuity.py", True),
        ("rewardsvc/checks/jmes.py", True),
        ("rewardsvc/judge/rubric.py", True),
        ("rewardsvc/wire/protobuf.py", True),
        ("rewardsvc/reward.py", True),
        ("rewardsvc/analysis/zygote.py", True),
        ("sandbox/bubblewrap/layout.py", True),
        ("sandbox/terraform/engine.py", True),
        ("sandbox/hcl/outline.py", True),
        ("assay/reward/v1/reward_pb2.py", True),
        ("rewardsvc/audit/mutation/values.py", False),
        ("rewardsvc/audit/gaming/bash.py", False),
        ("rewardsvc/cli/score.py", False),
        ("rewardsvc/client.py", False),
        ("rewardsvc/server.py", False),
        ("rewardsvc/http.py", False),
        ("rewardsvc/report/statistics.py", False),
        ("sandbox/toolchain/report.py", False),
        ("sandbox/toolchain/table.py", True),
    ],
)
def test_one_byte_of_what_judges_changes_the_digest_and_nothing_else_does(
    file: str, judges: bool, copied: Path
) -> None:
    before, again = digest_of_code(), digest_of_code()
    with (copied / file).open("a") as changed:
        changed.write("\n")
    assert before == again
    assert (digest_of_code() != before) is judges


def test_the_code_on_the_way_of_a_completion_is_hashed_and_no_other() -> None:
    # The package itself loads its public names late, so importing a part of it brings none.
    graph = {name: found - {"rewardsvc"} for name, found in import_graph().items()}
    needed = reached(graph, ["rewardsvc.local", *STARTED])
    hashed = {module_of(ROOT / name) for name, _ in code_that_judges() if "assay/" not in name}
    assert not needed - hashed, "cached verdicts would outlive a change of them"
    idle = hashed - needed
    assert not idle, "no verdict depends on them: name them in rewardsvc/digest.py"


def test_what_the_code_that_judges_imports_of_others_is_hashed_by_its_version() -> None:
    owners = metadata.packages_distributions()
    own = {"assay", "rewardsvc", "sandbox"}
    named = {name for name, _ in libraries_that_judge()}
    assert {"kubernetes-validate", "pyyaml", "moto", "lark"} <= named
    assert not {"torch", "scipy", "pytest", "mypy", "rich", "grpcio-reflection"} & named
    for name, file in code_that_judges():
        for library in libraries_of(file) - own - ELSEWHERE:
            owned = {_plain(each) for each in owners.get(library, ())}
            assert not owned or named & owned, f"{name}: {library}"


def test_without_its_own_metadata_no_digest_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the packages are found by PYTHONPATH alone."""
    requires = metadata.requires

    def of_others(name: str) -> list[str] | None:
        if name == "assay":
            raise metadata.PackageNotFoundError(name)
        return requires(name)

    monkeypatch.setattr(metadata, "requires", of_others)
    with pytest.raises(CannotServe, match="assay is not installed"):
        digest_of_code()


def test_the_extras_that_judge_nothing_are_extras() -> None:
    assert set(PROJECT["project"]["optional-dependencies"]) > _JUDGE_NOTHING_EITHER


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
