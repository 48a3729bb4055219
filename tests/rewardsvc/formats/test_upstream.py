"""What upstream projects wrote is accepted, but for the files that ``tests/upstream`` lists.

The files are read from ../shared/data, and the tests are skipped where it is not.
"""

import re
import tomllib
from pathlib import Path

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.types import Component, StageStatus
from rewardsvc.verification.verifier import Findings, Workbench
from tests.imports import ROOT

DATA = ROOT.parent / "shared/data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")

LISTED: dict[str, dict[str, str]] = tomllib.loads((ROOT / "tests/upstream/listed.toml").read_text())

FOLDERS = {
    "azure-pipelines/templates": "azure-pipelines",
    "compose/compose-go": "compose",
    "compose/good": "compose",
    "dockerfile/upstream": "dockerfile",
    "github-actions/good": "github-actions",
    "github-actions/starter": "github-actions",
    "gitlab-ci/gitlab-ci-local": "gitlab-ci",
    "jenkinsfile/good": "jenkinsfile",
    "kubernetes/argo": "kubernetes",
    "kubernetes/examples": "kubernetes",
    "kubernetes/kserve": "kubernetes",
    "kubernetes/kuberay": "kubernetes",
}

KINDS = frozenset({"faulty", "template", "retired", "something else", "another operator's"})

PLACEHOLDERS = {
    "azure-pipelines/templates": ((re.compile(r"\{\{ *\w[^{}]*\}\}"), "main"),),
    "github-actions/starter": (
        (re.compile(r"\$cron-(?:daily|weekly)\b"), "30 4 * * 1"),
        (
            re.compile(r"\$codeql-languages-matrix\b"),
            "{include: [{language: go, build-mode: none}]}",
        ),
    ),
}
"""What the templates of a folder leave to whoever takes them, and what is put in."""


def files_of(folder: str) -> list[Path]:
    found = sorted(path for path in (DATA / folder).iterdir() if path.is_file())
    return [path for path in found if path.suffix != ".md" and "LICENSE" not in path.name]


def is_refused(findings: Findings) -> bool:
    """Whether a stage of syntax has something against it; to do nothing is no fault here."""
    return any(
        stage.component is Component.SYNTAX and stage.status is StageStatus.FAILED
        for stage in findings.stages
    )


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("folder", FOLDERS)
async def test_upstreams_files_are_accepted_or_listed(folder: str, workbench: Workbench) -> None:
    verifier = FORMATS[FOLDERS[folder]].verifier
    language = FORMATS[FOLDERS[folder]].fence
    refused = {}
    for path in files_of(folder):
        text = path.read_text()
        for placeholder, filled in PLACEHOLDERS.get(folder, ()):
            text = placeholder.sub(filled, text)
        artifact = Artifact((File(verifier.default_path, language, text),))
        findings = await verifier.verify(artifact, workbench)
        if findings.lacking:
            refused[path.name] = ["lacking"]
        elif is_refused(findings):
            refused[path.name] = [
                each.message
                for stage in findings.stages
                for each in stage.diagnostics
                if each.severity == "error"
            ]
    listed = LISTED.get(folder, {})
    assert {name: said for name, said in refused.items() if name not in listed} == {}
    assert sorted(refused) == sorted(listed), "listed, and accepted"


def test_each_listed_file_has_its_reason() -> None:
    for folder, files in LISTED.items():
        for name, reason in files.items():
            kind, _, why = reason.partition(": ")
            assert folder in FOLDERS and kind in KINDS and why, name
