"""Kubernetes on what upstream projects wrote: their good files pass, each exception has its reason.

The files are read from ../shared/data, and the tests are skipped where it is not.
"""

import json
from pathlib import Path

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.types import Component, StageStatus
from rewardsvc.verification.verifier import Findings, Workbench

SHARED = Path(__file__).resolve().parents[4] / "shared/data/kubernetes"
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here"),
]

_NO_YAML = "not YAML: a block mapping is indented wrongly, every parser rejects it"
_NO_MANIFEST = "clusterloader2's test configuration, no Kubernetes resource"
_NO_ALIBI = "KServe removed the alibi explainer and cpu: 0.1 is no quantity of a custom resource"
_UNSCORED = "UNSCORED: a custom resource of another operator, whose schema is not installed"

_KSERVE = "kserve/docs__samples__"
EXCEPTIONS = {
    f"{_KSERVE}bentoml__bentoml.yaml": _NO_YAML,
    f"{_KSERVE}explanation__aif__germancredit__bias-v1alpha1.yaml": "serving.kserve.io/v1alpha2 "
    "InferenceService was removed by KServe",
    f"{_KSERVE}explanation__alibi__moviesentiment__moviesentiment.yaml": _NO_ALIBI,
    f"{_KSERVE}explanation__alibi__moviesentiment__moviesentiment2.yaml": _NO_ALIBI,
    f"{_KSERVE}fluid__dataload.yaml": _UNSCORED,
    f"{_KSERVE}fluid__jindo.yaml": _UNSCORED,
    f"{_KSERVE}gcp-iap__sklearn-iap-with-authz.yaml": "serving.kubeflow.org was KFServing's group "
    "before it became KServe",
    f"{_KSERVE}llmisvc__dp-ep__deepseek-r1-gpu-rdma-roce__network-roce.yaml": _UNSCORED,
    f"{_KSERVE}llmisvc__e2e-gpt-oss__ai-gateway-route.yaml": _UNSCORED,
    f"{_KSERVE}llmisvc__kv-cache-offloading__llm-inference-service-kv-cache-offloading.yaml": "the "
    "CRD beside it has no spec.workload",
    f"{_KSERVE}logger__knative-eventing__broker.yaml": _UNSCORED,
    f"{_KSERVE}multimodelserving__triton__minio.yaml": "extensions/v1beta1 Deployment was removed "
    "in Kubernetes 1.16",
    f"{_KSERVE}rollout-strategy__rollout-strategy-example.yaml": "the CRD beside it has no "
    "transformer.custom",
    f"{_KSERVE}storage__hf__hf_secret.yaml": "its token is no base64: 51 characters",
    f"{_KSERVE}v1beta1__custom__torchserve__autoscale.yaml": _NO_YAML,
    f"{_KSERVE}v1beta1__custom__torchserve__bert-sample__bert.yaml": _NO_YAML,
    f"{_KSERVE}v1beta1__custom__torchserve__canary.yaml": _NO_YAML,
    f"{_KSERVE}v1beta1__custom__torchserve__gpu.yaml": _NO_YAML,
    f"{_KSERVE}v1beta1__custom__torchserve__logger__torchserve-logger.yaml": _NO_YAML,
    f"{_KSERVE}v1beta1__torchserve__model-archiver__model-archiver.yaml": _NO_YAML,
    f"{_KSERVE}v1beta1__torchserve__v1__bloom__bloom-560m.yaml": "nodeName stands beside predictor "
    "instead of in it",
    "kuberay/benchmark__perf-tests__100-raycluster__config.yaml": _NO_MANIFEST,
    "kuberay/benchmark__perf-tests__100-rayjob__config.yaml": _NO_MANIFEST,
    "kuberay/benchmark__perf-tests__1000-raycluster__config.yaml": _NO_MANIFEST,
    "kuberay/benchmark__perf-tests__10000-rayjob__config.yaml": _NO_MANIFEST,
    "kuberay/ray-operator__config__samples__ray-job.volcano-scheduler-queue.yaml": _UNSCORED,
}
"""Upstream's known-good files that do not earn full syntax, and why its maintainers would agree."""


def sample(path: Path) -> Artifact:
    return Artifact((File("manifest.yaml", "yaml", path.read_text()),))


async def verify(path: Path, workbench: Workbench) -> Findings:
    return await FORMATS["kubernetes"].verifier.verify(sample(path), workbench)


def syntax(findings: Findings) -> float:
    score = 1.0
    for stage in findings.stages:
        if stage.component is Component.SYNTAX and stage.status is not StageStatus.SKIPPED:
            score *= stage.score
    return score


async def test_every_sample_of_upstream_earns_full_syntax_or_is_listed(
    workbench: Workbench,
) -> None:
    if workbench.toolchain.crd_schemas is None:
        pytest.skip("the schemas of custom resources are not here: run `make setup`")
    found = {}
    paths = [path for folder in ("kuberay", "kserve") for path in (SHARED / folder).glob("*.y*ml")]
    for path in sorted(paths):
        findings = await verify(path, workbench)
        name = f"{path.parent.name}/{path.name}"
        if findings.lacking:
            found[name] = _UNSCORED
        elif syntax(findings) < 1 or findings.vacuous:
            found[name] = "rejected"
    assert len(paths) > 100
    assert sorted(found) == sorted(EXCEPTIONS)
    unscored = {name for name, reason in EXCEPTIONS.items() if reason is _UNSCORED}
    assert {name for name, what in found.items() if what is _UNSCORED} == unscored


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
