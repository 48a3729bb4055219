"""Kubernetes on the fixtures of kubeconform: its verdicts are ours.

The files are read from ../shared/data, and the tests are skipped where it is not.
"""

import json
from pathlib import Path

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.verification.verifier import Findings, Workbench

SHARED = Path(__file__).resolve().parents[4] / "shared/data/kubernetes"
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here"),
]


def sample(path: Path) -> Artifact:
    return Artifact((File("manifest.yaml", "yaml", path.read_text()),))


async def verify(path: Path, workbench: Workbench) -> Findings:
    return await FORMATS["kubernetes"].verifier.verify(sample(path), workbench)


DIFFERENT = {
    # kubeconform's own command line is not strict there, ours always is.
    "fixtures/extra_property.yaml": "only -strict rejects a property that the schema does not know",
    "fixtures/duplicate_property.yaml": "a key that occurs twice: YAML forbids it, -strict too",
}
"""Fixtures that kubeconform passes in one of its tests and we never do, and why."""

_OTHER_SCHEMAS = ("-schema-location", "-kubernetes-version 1.25", "-skip ", "HTTPS_PROXY")
"""Tests of kubeconform's own options: what it says there is not about the manifest."""

_NO_SCHEMA_OF_OURS = frozenset(
    {
        "fixtures/test_crd.yaml",
        "fixtures/httpproxy.yaml",
        "fixtures/grafana-alert-rule-group-sample.yaml",
    }
)
"""Custom resources: kubeconform is told to ignore that there is no schema, or given one."""


async def test_kubeconforms_own_fixtures_get_its_verdicts(workbench: Workbench) -> None:
    expected: dict[str, set[bool]] = {}
    for test in json.loads((SHARED / "kubeconform/expected.json").read_text()):
        if any(option in test["cmd"] for option in _OTHER_SCHEMAS):
            continue
        for fixture in test["fixtures"]:
            if (SHARED / "kubeconform" / fixture).is_file() and fixture not in _NO_SCHEMA_OF_OURS:
                expected.setdefault(fixture, set()).add(test["exit"] == 0)
    different = set()
    for fixture, passed in expected.items():
        findings = await verify(SHARED / "kubeconform" / fixture, workbench)
        ours = findings.parsed and all(stage.score == 1.0 for stage in findings.stages[:2])
        if passed != {ours}:
            different.add(fixture)
            assert not ours, fixture
    assert len(expected) >= 12
    assert different == DIFFERENT.keys()


async def test_a_fixture_of_a_kind_that_nobody_knows_never_passes(workbench: Workbench) -> None:
    for fixture in _NO_SCHEMA_OF_OURS:
        findings = await verify(SHARED / "kubeconform" / fixture, workbench)
        assert findings.vacuous or findings.lacking, fixture
