"""Kubernetes: strict schemas, unknown and uninstalled kinds, references, real manifests."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.types import FailureKind, StageStatus, Target
from rewardsvc.verifiers import VERIFIERS
from rewardsvc.verifiers.base import Findings, Workbench

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHARED = Path(__file__).resolve().parents[3] / "shared/data/kubernetes"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: a}}\nspec:\n  containers:\n"
CONTAINER = "    - {name: c, image: i, ports: [{containerPort: 80, name: web}]}\n"


async def _verify(text: str, workbench: Workbench) -> Findings:
    artifact = Artifact((File("manifest.yaml", "yaml", text),))
    return await VERIFIERS["kubernetes"].verify(artifact, workbench)


def _messages(findings: Findings, stage: str) -> list[str]:
    return [
        found.message
        for one in findings.stages
        if one.name == stage
        for found in one.diagnostics
        if found.severity != "info"
    ]


def _service(port: str, selector: str = "{app: a}") -> str:
    return (
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
        f"spec: {{selector: {selector}, ports: [{port}]}}\n"
    )


async def test_the_schema_used_is_named(workbench: Workbench) -> None:
    findings = await _verify(POD + CONTAINER, workbench)
    schema = next(stage for stage in findings.stages if stage.name == "schema")
    assert schema.diagnostics[0].severity == "info"
    assert "kubernetes-validate" in schema.diagnostics[0].message


async def test_errors_name_file_and_line(workbench: Workbench) -> None:
    findings = await _verify(POD + CONTAINER + "  restartPolicyy: Never\n", workbench)
    schema = next(stage for stage in findings.stages if stage.name == "schema")
    error = schema.diagnostics[-1]
    assert (error.file, error.line) == ("manifest.yaml", 4)
    assert "'restartPolicyy' was unexpected" in error.message


async def test_more_errors_never_score_higher(workbench: Workbench) -> None:
    scores = []
    for errors in range(4):
        extra = "".join(f"  wrong{number}: 1\n" for number in range(errors))
        text = POD + CONTAINER + extra + ("  hostPID: maybe\n" if errors == 3 else "")
        findings = await _verify(text, workbench)
        scores.append(next(stage.score for stage in findings.stages if stage.name == "schema"))
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)


async def test_checks_see_only_what_a_schema_accepted(workbench: Workbench) -> None:
    text = (
        POD + CONTAINER + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: q}\nspec: {x: 1}\n"
        "---\napiVersion: example.com/v1\nkind: Thing\nspec: {a: 1}\n"
    )
    findings = await _verify(text, workbench)
    documents = findings.projections[Target.DOCUMENTS]
    assert [document["metadata"]["name"] for document in documents] == ["p"]


@pytest.mark.parametrize(
    ("text", "vacuous"),
    [
        ("", True),
        ("# nothing\n", True),
        ("---\n---\n", True),
        ("apiVersion: v1\nkind: List\nitems: []\n", True),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", True),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {}\n", True),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y}\n", False),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", False),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n", True),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n", True),
        ("apiVersion: nobody.example/v1\nkind: Thing\nspec: {a: 1}\n", True),
        ("just text\n", True),
        ("- a\n- b\n", True),
        (POD + CONTAINER, False),
    ],
)
async def test_what_does_nothing_is_vacuous(text: str, vacuous: bool, workbench: Workbench) -> None:
    findings = await _verify(text, workbench)
    assert bool(findings.vacuous) is vacuous
    lint = findings.stages[-1]
    assert (lint.status is StageStatus.SKIPPED) is vacuous
    assert findings.fault is None


async def test_scaled_to_zero_is_vacuous(workbench: Workbench) -> None:
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 0\n"
        "  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n"
        "    spec: {containers: [{name: c, image: i}]}\n"
    )
    assert (await _verify(text, workbench)).vacuous
    assert not (await _verify(text.replace("replicas: 0", "replicas: 1"), workbench)).vacuous


RAY = "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: r}\nspec: {headGroupSpec: {}}\n"


async def test_a_known_custom_resource_without_its_schema_is_our_gap(workbench: Workbench) -> None:
    bare = replace(workbench, toolchain=replace(workbench.toolchain, crd_schemas=None))
    findings = await _verify(RAY, bare)
    assert findings.fault is not None
    assert findings.fault.kind is FailureKind.TOOL_MISSING
    assert "ray.io/v1 RayCluster" in findings.fault.reason


async def test_an_invented_kind_of_an_installed_group_is_the_answers_error(
    workbench: Workbench, tmp_path: Path
) -> None:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object"}, "apiVersion": {}, "kind": {}, "metadata": {}},
        "additionalProperties": False,
    }
    (tmp_path / "raycluster_ray.io_v1.json").write_text(json.dumps(schema))
    own = replace(workbench, toolchain=replace(workbench.toolchain, crd_schemas=tmp_path))
    accepted = await _verify(RAY, own)
    assert accepted.fault is None
    assert len(accepted.projections[Target.DOCUMENTS]) == 1
    for wrong in (RAY.replace("RayCluster", "RayFleet"), RAY.replace("ray.io/v1", "ray.io/v7")):
        findings = await _verify(wrong, own)
        assert findings.fault is None
        assert findings.vacuous
    job = await _verify(RAY.replace("RayCluster", "RayJob"), own)
    assert job.fault is not None


ODD = """\
apiVersion: v1
kind: Pod
metadata: {name: {a: b}, namespace: [c], labels: {app: a}}
spec:
  volumes: [{name: {a: b}}, 1]
  containers:
    - {name: c, image: i, ports: [{containerPort: {a: b}, name: [x]}], volumeMounts: [{name: [d]}]}
---
apiVersion: v1
kind: Service
metadata: [s]
spec: {selector: {app: a}, ports: [{port: {a: b}}, {targetPort: [c]}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: s}
spec: {scaleTargetRef: {kind: [a], name: {b: c}}}
"""


async def test_values_of_odd_types_are_errors_of_the_answer(workbench: Workbench) -> None:
    findings = await _verify(ODD, workbench)
    assert findings.fault is None
    assert findings.projections[Target.DOCUMENTS] == []


def _bomb() -> str:
    return "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )


@pytest.mark.parametrize(
    "text",
    [
        _bomb(),
        "[" * 900_000,
        "a: b\n" * 200_000,
        "---\n" * 200_000,
        "---\na: b\n" * 60_000,
        POD + CONTAINER + "".join(f"  wrong{number}: 1\n" for number in range(50_000)),
        POD + CONTAINER + "---\n".join(_service(f"{{port: {n}}}") for n in range(6_000)),
    ],
    ids=["bomb", "deep", "twice", "empty", "many", "wrong", "services"],
)
async def test_a_hostile_file_takes_seconds_at_most(text: str, workbench: Workbench) -> None:
    started = time.process_time()
    await _verify(text, workbench)
    assert time.process_time() - started < 8


@shared
async def test_the_fixtures_of_kubeconform_get_its_verdicts(workbench: Workbench) -> None:
    """Fixtures of custom resources are left out: their schemas are given on its command line."""
    accepted = {
        "blank": True, "duplicate_property": False, "extra_property": False,
        "generate_name": True, "int_or_string": True, "invalid": False, "list_empty_valid": True,
        "list_invalid": False, "list_valid": True, "missing_apiversion": False,
        "missing_kind": False, "null_string": True, "quantity": True, "valid": True,
    }  # fmt: skip
    for name, expected in accepted.items():
        path = SHARED / "kubeconform/fixtures" / f"{name}.yaml"
        findings = await _verify(path.read_text(), workbench)
        syntax = all(stage.score == 1.0 for stage in findings.stages[:2])
        assert (findings.parsed and syntax) is expected, name


@shared
async def test_most_sample_manifests_of_kuberay_are_accepted_or_our_gap(
    workbench: Workbench,
) -> None:
    """The rest use fields that are newer than the installed schemas of custom resources."""
    full = gaps = rest = 0
    for path in sorted((SHARED / "kuberay").glob("ray-operator__*.yaml")):
        findings = await _verify(path.read_text(), workbench)
        assert findings.parsed, path.name
        if findings.fault is not None:
            gaps += 1
        elif all(stage.score == 1.0 for stage in findings.stages[:2]):
            full += 1
        else:
            rest += 1
    assert full + gaps >= 3 * rest
