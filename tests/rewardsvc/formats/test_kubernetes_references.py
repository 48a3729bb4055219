"""Kubernetes across the documents of an answer: what never works, and what may be elsewhere."""

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.types import Diagnostic, Target
from rewardsvc.verification.verifier import Findings, Workbench

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      SPEC
      containers:
        - name: web
          image: "nginx:1.27"
          ports: [{name: http, containerPort: 8080}]
          MORE
"""


def web(more: str = "", spec: str = "") -> str:
    """The Deployment with something more in its container and in its pod."""
    return WEB.replace("SPEC", spec).replace("MORE", more)


def document(kind: str, spec: str, version: str = "v1", name: str = "x") -> str:
    """One more document."""
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\n{spec}\n"


async def verify(text: str, workbench: Workbench) -> Findings:
    artifact = Artifact((File("manifest.yaml", "yaml", text),))
    findings = await FORMATS["kubernetes"].verifier.verify(artifact, workbench)
    schema = next(stage for stage in findings.stages if stage.name == "schema")
    assert schema.score == 1.0, schema.diagnostics
    return findings


def told(findings: Findings, stage: str) -> list[Diagnostic]:
    return [
        found
        for one in findings.stages
        if one.name == stage
        for found in one.diagnostics
        if found.severity != "info"
    ]


SERVICE = "spec: {selector: {app: web}, ports: [PORTS]}"


def service(ports: str = "{port: 80, targetPort: http}", selector: str = "{app: web}") -> str:
    spec = SERVICE.replace("PORTS", ports).replace("{app: web}", selector)
    return document("Service", spec)


def ingress(service: str, port: str) -> str:
    backend = f"{{service: {{name: {service}, port: {port}}}}}"
    return document("Ingress", f"spec: {{defaultBackend: {backend}}}", "networking.k8s.io/v1")


def scaler(least: int, kind: str = "Deployment", name: str = "web", metrics: str = "[]") -> str:
    target = f"{{apiVersion: apps/v1, kind: {kind}, name: {name}}}"
    spec = f"spec: {{minReplicas: {least}, maxReplicas: 4, scaleTargetRef: {target},"
    return document("HorizontalPodAutoscaler", f"{spec} metrics: {metrics}}}", "autoscaling/v2")


def budget(spec: str) -> str:
    return document("PodDisruptionBudget", f"spec: {{{spec}}}", "policy/v1")


def binding(kind: str, role: str, subject: str) -> str:
    reference = f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}"
    return document(kind, f"{reference}\nsubjects: [{subject}]", "rbac.authorization.k8s.io/v1")


SETTINGS = document("ConfigMap", 'data: {level: "1"}', name="settings")
UTILIZATION = "[{type: Resource, resource: {name: cpu, target: {type: Utilization, RATIO}}}]"
CPU = UTILIZATION.replace("RATIO", "averageUtilization: 80")
KEY = "env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: KEY}}}]"

FITTING = {
    "a service by port name": web() + service(),
    "a service by number": web() + service("{port: 80, targetPort: 8080}"),
    "a service by a number as text": web() + service('{port: 80, targetPort: "8080"}'),
    "a service without a selector": web() + service(selector="{}"),
    "matchExpressions": web().replace(
        "matchLabels: {app: web}", "matchExpressions: [{key: tier, operator: In, values: [front]}]"
    ),
    "a volume": web(
        "volumeMounts: [{name: v, mountPath: /v}]", "volumes: [{name: v, emptyDir: {}}]"
    ),
    "requests and limits": web("resources: {requests: {cpu: 500m}, limits: {cpu: 1}}"),
    "the same in other units": web(
        "resources: {requests: {memory: 1024Mi}, limits: {memory: 1Gi}}"
    ),
    "gpu limits": web("resources: {limits: {nvidia.com/gpu: 1}}"),
    "gpu limits and requests": web(
        "resources: {requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 1}}"
    ),
    "a probe by name": web("readinessProbe: {httpGet: {path: /, port: http}}"),
    "an ingress": web() + service() + ingress("x", "{number: 80}"),
    "a scaler": web("resources: {requests: {cpu: 1}}") + scaler(1, metrics=CPU),
    "a budget": web() + budget("minAvailable: 1, selector: {matchLabels: {app: web}}"),
    "a key of a ConfigMap": web(KEY.replace("KEY", "level")) + SETTINGS,
    "an optional ConfigMap": web("envFrom: [{configMapRef: {name: gone, optional: true}}]"),
    "a declared ConfigMap": "# external: ConfigMap/gone\n"
    + web("envFrom: [{configMapRef: {name: gone}}]"),
    "a Secret of the cluster": web("envFrom: [{secretRef: {name: gone}}]"),
    "the default account": web(spec="serviceAccountName: default"),
    "a role of every cluster": web()
    + document("ServiceAccount", "", name="me")
    + binding("RoleBinding", "view", "{kind: ServiceAccount, name: me}"),
    "the same name in two namespaces": document("Namespace", "", name="a")
    + document("ConfigMap", "data: {a: b}")
    + document("ConfigMap", "data: {a: b}").replace("{name: x}", "{name: x, namespace: a}"),
}


@pytest.mark.parametrize("text", FITTING.values(), ids=FITTING)
async def test_what_fits_together_is_not_complained_of(text: str, workbench: Workbench) -> None:
    findings = await verify(text, workbench)
    assert told(findings, "references") == []
    assert told(findings, "lint") == []
    assert not findings.vacuous


WRONG = {
    "the selector of Deployment/web does not match": web().replace(
        "matchLabels: {app: web}", "matchLabels: {app: wep}"
    ),
    "does not match the labels": web().replace(
        "matchLabels: {app: web}", "matchExpressions: [{key: tier, operator: DoesNotExist}]"
    ),
    "mounts the volume 'v'": web("volumeMounts: [{name: v, mountPath: /v}]"),
    "two volumes of the name 'v'": web(
        spec="volumes: [{name: v, emptyDir: {}}, {name: v, emptyDir: {}}]"
    ),
    "two containers of the name 'web'": web(spec="initContainers: [{name: web, image: a}]"),
    "two ports of the name 'http'": web().replace(
        "containerPort: 8080}", "containerPort: 8080}, {name: http, containerPort: 9090}"
    ),
    "2 of cpu are requested, more than 1": web("resources: {requests: {cpu: 2}, limits: {cpu: 1}}"),
    "1Gi of memory are requested, more than 512Mi": web(
        "resources: {requests: {memory: 1Gi}, limits: {memory: 512Mi}}"
    ),
    "nvidia.com/gpu is requested and not limited": web(
        "resources: {requests: {nvidia.com/gpu: 1}}"
    ),
    "1 nvidia.com/gpu are requested and 2 are the limit": web(
        "resources: {requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}"
    ),
    "a device is given as a whole": web('resources: {limits: {nvidia.com/gpu: "0.5"}}'),
    "'lots' is no quantity of memory": web("resources: {limits: {memory: lots}}"),
    "probes port admin": web("livenessProbe: {httpGet: {path: /, port: admin}}"),
    "sends to port htpt": web() + service("{port: 80, targetPort: htpt}"),
    "each then needs a name": web()
    + service("{port: 80, targetPort: http, name: a}, {port: 81, targetPort: http}"),
    "has port 80/TCP twice": web() + service("{port: 80, name: a}, {port: 80, name: b}"),
    "leads to port 81 of Service/x": web() + service() + ingress("x", "{number: 81}"),
    "at least 5 and at most 4": web() + scaler(5),
    "only one may be given": web() + budget("minAvailable: 1, maxUnavailable: 1"),
    "takes the key 'levle' of ConfigMap/settings": web(KEY.replace("KEY", "levle")) + SETTINGS,
    "without its namespace": binding(
        "ClusterRoleBinding", "view", "{kind: ServiceAccount, name: default}"
    ),
    "is there twice": SETTINGS + SETTINGS,
}


@pytest.mark.parametrize(("says", "text"), WRONG.items(), ids=WRONG)
async def test_what_never_works_costs_syntax(says: str, text: str, workbench: Workbench) -> None:
    findings = await verify(text, workbench)
    errors = told(findings, "references")
    assert [says in error.message for error in errors] == [True], errors
    stage = next(stage for stage in findings.stages if stage.name == "references")
    assert stage.score == 0.5
    assert errors[0].severity == "error"
    assert errors[0].line > 0


DOUBTFUL = {
    "selects no workload": web() + service(selector="{app: other}"),
    "sends to port 9090": web() + service("{port: 80, targetPort: 9090}"),
    "which declares 8080": web("livenessProbe: {tcpSocket: {port: 9090}}"),
    "leads to Service/gone": web() + ingress("gone", "{number: 80}"),
    "scales Deployment/gone": web() + scaler(1, name="gone"),
    "measures cpu": web() + scaler(1, metrics=CPU),
    "PodDisruptionBudget/x selects no workload": web()
    + budget("minAvailable: 1, selector: {matchLabels: {app: wep}}"),
    "sets the variable A 2 times": web('env: [{name: A, value: "1"}, {name: A, value: "2"}]'),
    "needs ConfigMap/gone": web("envFrom: [{configMapRef: {name: gone}}]"),
    "needs ServiceAccount/gone": web(spec="serviceAccountName: gone"),
    "needs PersistentVolumeClaim/gone": web(
        spec="volumes: [{name: v, persistentVolumeClaim: {claimName: gone}}]"
    ),
    "needs ClusterRole/gone": binding("ClusterRoleBinding", "gone", "{kind: User, name: me}"),
}


@pytest.mark.parametrize(("says", "text"), DOUBTFUL.items(), ids=DOUBTFUL)
async def test_what_may_be_in_the_cluster_costs_format_only(
    says: str, text: str, workbench: Workbench
) -> None:
    findings = await verify(text, workbench)
    assert told(findings, "references") == []
    warnings = told(findings, "lint")
    assert [says in found.message for found in warnings] == [True], warnings
    assert warnings[0].severity == "warning"


async def test_a_missing_resource_is_told_once(workbench: Workbench) -> None:
    twice = "envFrom: [{configMapRef: {name: gone}}, {prefix: A, configMapRef: {name: gone}}]"
    findings = await verify(web(twice), workbench)
    assert len(told(findings, "lint")) == 1


async def test_operators_make_pods_and_services_that_an_answer_does_not_show(
    workbench: Workbench,
) -> None:
    ray = document(
        "RayCluster",
        "spec: {headGroupSpec: {template: {spec: {containers: [{name: h, image: ray}]}}}}",
        "ray.io/v1",
    )
    text = web() + service(selector="{ray.io/cluster: x}") + ingress("x-head-svc", "{number: 1}")
    findings = await verify(text + ray, workbench)
    assert told(findings, "lint") == []
    certificate = document(
        "Certificate",
        "spec: {secretName: s, dnsNames: [a.example], issuerRef: {name: i}}",
        "cert-manager.io/v1",
    )
    findings = await verify(web() + service(selector="{app: b}") + certificate, workbench)
    assert len(told(findings, "lint")) == 1


async def test_gpus_of_custom_resources_are_limits_too(workbench: Workbench) -> None:
    job = document(
        "PyTorchJob",
        "spec: {pytorchReplicaSpecs: {Master: {template: {spec: {containers: [{name: pytorch, "
        "image: i, resources: {requests: {nvidia.com/gpu: 1}}}]}}}}}",
        "kubeflow.org/v1",
    )
    errors = told(await verify(job, workbench), "references")
    assert len(errors) == 1
    assert "not limited" in errors[0].message


async def test_resources_that_do_not_fit_are_still_shown_to_checks(workbench: Workbench) -> None:
    findings = await verify(web() + service("{port: 80, targetPort: htpt}"), workbench)
    documents = findings.projections[Target.DOCUMENTS]
    assert isinstance(documents, list)
    assert len(documents) == 2
