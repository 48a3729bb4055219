"""Kubernetes: strict schemas, unknown and uninstalled kinds, references, real manifests."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.means import Lack, LackKind
from rewardsvc.types import StageStatus, Target
from rewardsvc.verification.verifier import Findings, Workbench
from tests.needs import lacks

pytestmark = pytest.mark.asyncio(loop_scope="module")

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: a}}\nspec:\n  containers:\n"
CONTAINER = "    - {name: c, image: i, ports: [{containerPort: 80, name: web}]}\n"


async def _verify(text: str, workbench: Workbench) -> Findings:
    artifact = Artifact((File("manifest.yaml", "yaml", text),))
    return await FORMATS["kubernetes"].verifier.verify(artifact, workbench)


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
    assert (error.file, error.line) == ("manifest.yaml", 7)
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
        (f"apiVersion: v{'1' * 300}\nkind: Pod\nspec: {{a: 1}}\n", True),
        (f"apiVersion: {'a' * 300}.io/v1\nkind: Pod\nspec: {{a: 1}}\n", True),
        (f"apiVersion: v1\nkind: {'Pod' * 100}\nspec: {{a: 1}}\n", True),
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


WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: c, image: i}]}
"""
CONTAINERS = "containers: [{name: c, image: i}]"
HPA = """\
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h}
spec: {minReplicas: 1, maxReplicas: 2, scaleTargetRef: {kind: Deployment, name: d}}
"""
CRON = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: c}
spec:
  schedule: "0 * * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, CONTAINERS}}}}
""".replace("CONTAINERS", CONTAINERS)
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: c, labels: {}}
spec: {template: {spec: {restartPolicy: Never, CONTAINERS}}}
""".replace("CONTAINERS", CONTAINERS)
TRAIN = """\
apiVersion: kubeflow.org/v1
kind: PyTorchJob
metadata: {name: t}
spec: {pytorchReplicaSpecs: {Master: {replicas: 1, template: {spec: {CONTAINERS}}}}}
""".replace("CONTAINERS", CONTAINERS)
OWN_KIND = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: apps.shop.example}
spec:
  group: shop.example
  scope: Namespaced
  names: {kind: App, plural: apps}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""
OWN = "---\napiVersion: shop.example/v1\nkind: App\nmetadata: {name: a}\nspec: {replicas: 3}\n"
HIDDEN = "apiVersion: v1\nkind: Namespace\nmetadata: {name: n, annotations: {a: TEXT}}\n"


def command(words: str) -> str:
    """The Deployment with a command."""
    return WORKLOAD.replace("image: i}", f"image: i, command: {words}}}")


@pytest.mark.parametrize(
    ("text", "vacuous"),
    [
        (WORKLOAD, False),
        (WORKLOAD.replace("spec:\n", "spec:\n  replicas: 0\n", 1), True),
        (WORKLOAD.replace("spec:\n", "spec:\n  replicas: 0\n", 1) + HPA, True),
        (WORKLOAD + HPA, False),
        (HPA, False),
        (command('["true"]') + _service("{port: 80}"), True),
        (WORKLOAD.replace(", image: i", ""), True),
        (WORKLOAD.replace("image: i", 'image: ""'), True),
        (command('["true"]'), True),
        (command("[/bin/sh, -c, exit 0]"), True),
        (command('[sh, -c, ":"]'), True),
        (command("[sleep, infinity]"), False),
        (command("[sh, -c, exec serve]"), False),
        (CRON, False),
        (CRON.replace("schedule:", "suspend: true\n  schedule:"), True),
        (JOB, False),
        (JOB.replace("spec: {t", "spec: {suspend: true, t"), True),
        (
            JOB.replace("spec: {t", "spec: {suspend: true, t").replace(
                "labels: {}", "labels: {kueue.x-k8s.io/queue-name: q}"
            ),
            False,
        ),
        (JOB.replace("spec: {t", "spec: {parallelism: 0, t"), True),
        (TRAIN, False),
        (TRAIN.replace("replicas: 1", "replicas: 0"), True),
        (TRAIN.replace(CONTAINERS, "containers: []"), True),
        ('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: " "}\n', True),
        (OWN_KIND, False),
        (OWN_KIND + OWN, True),
        (OWN_KIND + OWN + "---\n" + WORKLOAD, False),
        (HIDDEN.replace("TEXT", "for tests"), False),
        (HIDDEN.replace("TEXT", '"apiVersion: v1\\nkind: Pod"'), True),
        (HIDDEN.replace("TEXT", '\'{"apiVersion": "v1", "kind": "Pod"}\''), True),
        ("apiVersion: v1\nkind: PodList\nmetadata: {}\nitems: []\n", True),
        ("apiVersion: apps/v1\nkind: DeploymentList\nitems: []\n", True),
        ("apiVersion: v1\nkind: Event\nmetadata: {name: a}\ninvolvedObject: {}\n", True),
        ("apiVersion: v1\nkind: Status\nstatus: Success\n", True),
    ],
)
async def test_what_runs_or_holds_nothing_is_vacuous(
    text: str, vacuous: bool, workbench: Workbench
) -> None:
    findings = await _verify(text, workbench)
    assert bool(findings.vacuous) is vacuous, findings.vacuous


async def test_resources_of_a_kind_of_ones_own_are_no_error_and_no_evidence(
    workbench: Workbench,
) -> None:
    findings = await _verify(OWN_KIND + OWN + "---\n" + WORKLOAD, workbench)
    assert _messages(findings, "schema") == []
    documents = findings.projections[Target.DOCUMENTS]
    assert [one["kind"] for one in documents] == ["CustomResourceDefinition", "Deployment"]


RAY = "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: r}\nspec: {headGroupSpec: {}}\n"


async def test_a_known_custom_resource_without_its_schema_is_our_gap(workbench: Workbench) -> None:
    bare = replace(workbench, toolchain=replace(workbench.toolchain, crd_schemas=None))
    findings = await _verify(RAY, bare)
    assert findings.lacking == (Lack(LackKind.CRD, "ray.io/v1/RayCluster"),)


@pytest.mark.parametrize(
    "named",
    [
        "kueue.x-k8s.io/v1beta2/ClusterQueue",
        "gateway.networking.k8s.io/v1/ReferenceGrant",
        "gateway.networking.k8s.io/v1alpha2/TLSRoute",
        "monitoring.coreos.com/v1alpha1/PrometheusAgent",
        "sources.knative.dev/v1/KafkaSource",
    ],
)
async def test_a_version_or_kind_that_upstream_has_and_no_package_is_our_gap(
    named: str, workbench: Workbench
) -> None:
    api_version, _, kind = named.rpartition("/")
    text = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{a: 1}}\n"
    assert (await _verify(text, workbench)).lacking == (Lack(LackKind.CRD, named),)


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
    assert accepted.lacking == ()
    assert len(accepted.projections[Target.DOCUMENTS]) == 1
    for wrong in (RAY.replace("RayCluster", "RayFleet"), RAY.replace("ray.io/v1", "ray.io/v7")):
        findings = await _verify(wrong, own)
        assert findings.lacking == ()
        assert findings.vacuous
    job = await _verify(RAY.replace("RayCluster", "RayJob"), own)
    assert job.lacking == (Lack(LackKind.CRD, "ray.io/v1/RayJob"),)


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


WORKFLOW = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: tally-}
spec:
  entrypoint: count
  templates: [{name: count, %s}]
"""


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("container: {image: 'alpine:3.20', command: [wc]}", ""),
        ("script: {image: 'python:3.12', command: [python], source: print(1)}", ""),
        ("suspend: {}, memoize: {key: a, maxAge: 1h, cache: {configMap: {name: memo}}}", ""),
        ("suspend: {}, podResources: {limits: {memory: 1Gi}}", ""),
        ("suspend: {}, activeDeadlineSeconds: '{{inputs.parameters.seconds}}'", ""),
        ("container: {image: 'alpine:3.20', command: wc}", "command"),
        ("suspend: {}, podResources: {limit: {memory: 1Gi}}", "podResources"),
        ("suspend: {}, activeDeadlineSeconds: true", "activeDeadlineSeconds"),
        ("suspend: {}, retryStrategy: {retryPolicy: OnFailures}", "retryPolicy"),
        ("suspend: {}, inputs: {parameters: [{name: a b}]}", "inputs.parameters[0].name"),
    ],
)
async def test_a_workflow_may_have_what_argos_own_crd_has(
    template: str, says: str, workbench: Workbench
) -> None:
    if workbench.toolchain.crd_schemas is None:
        lacks("crds", "the schemas of custom resources are not here: run `make setup`")
    said = _messages(await _verify(WORKFLOW % template, workbench), "schema")
    assert says in said[0] if says else not said


APPLYING = "resource: {action: %s, manifest: '{apiVersion: v1, kind: %s, metadata: {name: a}%s}'}"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        (APPLYING % ("create", "ConfigMap", ", data: {a: b}"), []),
        (APPLYING % ("create", "ConfigMap", ", dat: {a: b}"), ["dat: Additional properties"]),
        (APPLYING % ("apply", "ConfigMap", ", data: {a/b: c}"), ["'a/b' is not a key"]),
        (APPLYING % ("patch", "ConfigMap", ", dat: {a: b}"), []),
        (APPLYING % ("create", "ConfigMap", ", dat: {a: {{workflow.name}}}"), []),
        (APPLYING % ("create", "Unheard", ", dat: {a: b}"), []),
    ],
)
async def test_a_manifest_that_a_workflow_applies_is_judged_as_one(
    template: str, says: list[str], workbench: Workbench
) -> None:
    if workbench.toolchain.crd_schemas is None:
        pytest.skip("the schemas of custom resources are not here: run `make setup`")
    findings = await _verify(WORKFLOW % template, workbench)
    said = _messages(findings, "references")
    assert len(said) == len(says)
    assert all(part in told for part, told in zip(says, said, strict=True))


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
        "".join(f"# external: {'a' * 1990}\n" for _ in range(400)) + POD + CONTAINER,
        HIDDEN.replace("TEXT", f'"{"apiVersion: " * 80_000}"'),
        command(f'["true", "{" " * 500_000}x"]'),
    ],
    ids=["bomb", "deep", "twice", "empty", "many", "wrong", "services", "external", "text", "idle"],
)
async def test_a_hostile_file_takes_seconds_at_most(text: str, workbench: Workbench) -> None:
    started = time.process_time()
    await _verify(text, workbench)
    assert time.process_time() - started < 8
