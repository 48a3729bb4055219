"""What operators refuse of their own kinds: KubeRay, KServe, Kubeflow, Argo, cert-manager."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.cron import unreadable
from rewardsvc.formats.kubernetes.refusals.examples import pod_spec, resource
from rewardsvc.formats.kubernetes.refusals.rules import CUSTOM, Check, Problem, at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_1035,
    DNS_SUBDOMAIN,
    distinct,
    exclusive,
    number,
    plain,
    text_at,
    unlike,
)
from rewardsvc.yaml12 import YamlError, load_documents

_RAY = "KubeRay v1.4 ray-operator/controllers/ray/utils/validation.go"
_KSERVE = "KServe v0.15 pkg/apis/serving/v1beta1/inference_service_validation.go"
_KUBEFLOW = "Kubeflow Training Operator v1.9 pkg/webhooks"
_ARGO = "Argo Workflows v3.7 workflow/validate/validate.go"
_CERTIFICATES = "cert-manager v1.18 internal/apis/certmanager/validation/certificate.go"

MAX_DEPTH = 60
_SCHEMES = frozenset(
    {"gs", "s3", "pvc", "file", "https", "http", "hdfs", "webhdfs", "oci", "oci+fetch", "hf"}
    | {"model-registry"}
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")

REPLICA_TYPES = {
    "PyTorchJob": ("pytorchReplicaSpecs", "pytorch", ("Master", "Worker")),
    "TFJob": ("tfReplicaSpecs", "tensorflow", ("Chief", "Evaluator", "Master", "PS", "Worker")),
    "XGBoostJob": ("xgbReplicaSpecs", "xgboost", ("Master", "Worker")),
    "PaddleJob": ("paddleReplicaSpecs", "paddle", ("Master", "Worker")),
    "JAXJob": ("jaxReplicaSpecs", "jax", ("Worker",)),
}
"""Of the training operator's jobs: the field, the container's name, the types of replicas."""

_LISTS = frozenset(
    {"args", "command", "containers", "env", "envFrom", "imagePullSecrets", "initContainers"}
    | {"ports", "tolerations", "volumeMounts", "volumes"}
)


def _null_lists(spec: Any) -> Iterable[Problem]:
    """Lists of a pod in a custom resource: an API server drops a null of its own kinds only."""
    for steps in _nulls(spec, 1):
        yield tuple(reversed(steps)), "null is no list: leave it out, or write []"


def _nulls(node: Any, depth: int) -> Iterable[list[str | int]]:
    """The ways back from each null that should be a list."""
    found: list[list[str | int]] = []
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, dict | list):
                if depth < MAX_DEPTH and (within := _nulls(value, depth + 1)):
                    found += [[*steps, key] for steps in within]
            elif value is None and key in _LISTS and "image" in node.keys() | _of(node, key):
                found.append([key])
    elif isinstance(node, list) and depth < MAX_DEPTH:
        for index, value in enumerate(node):
            if isinstance(value, dict | list) and (within := _nulls(value, depth + 1)):
                found += [[*steps, index] for steps in within]
    return found


def _of(node: dict[str, Any], key: str) -> set[str]:
    """That a mapping is a pod's spec counts as much as that it is a container."""
    return {"image"} if key in _LISTS and isinstance(node.get("containers"), list) else set()


def _named(most: int, called: str) -> Check:
    def check(value: Any) -> Iterator[Problem]:
        text = plain(value)
        if text is None or unlike(text, DNS_SUBDOMAIN):
            return  # the row of all names
        if len(text) > most:
            yield (), f"it has {len(text)} characters: {called} has at most {most}"
        elif why := unlike(text, DNS_1035):
            yield (), why

    return check


def _serve_config(value: Any) -> Iterator[Problem]:
    text = plain(value)
    if text is None:
        return
    try:
        documents = load_documents(text)
    except YamlError as error:
        yield (), f"it is no YAML: {error.message} (line {error.line} of it)"
        return
    config = documents[0].value if documents else None
    if not isinstance(config, dict):
        yield (), "it is no mapping with applications"
        return
    applications = config.get("applications")
    if not isinstance(applications, list) or not applications:
        yield (), "it has no list of applications"
        return
    yield from _applications(applications)


def _applications(applications: list[Any]) -> Iterator[Problem]:
    for key in ("name", "route_prefix"):
        for _, words in distinct(f"two applications have the {key} {{!r}}", text_at(key))(
            applications
        ):
            yield (), words
    for application in applications:
        body = mapping(application)
        if not isinstance(body.get("import_path"), str):
            yield (), f"the application {body.get('name')!r} has no import_path"
        prefix = body.get("route_prefix")
        if isinstance(prefix, str) and not prefix.startswith("/"):
            yield (), f"the route_prefix {prefix!r} does not begin with /"
        for deployment in sequence(body.get("deployments")):
            if not isinstance(mapping(deployment).get("name"), str):
                yield (), f"a deployment of {body.get('name')!r} has no name"
            yield from _scaling(mapping(deployment))


def _scaling(deployment: Any) -> Iterator[Problem]:
    scaling = mapping(deployment.get("autoscaling_config"))
    least, most = number(scaling.get("min_replicas")), number(scaling.get("max_replicas"))
    if least is not None and most is not None and least > most:
        yield (), f"{deployment.get('name')} has min_replicas {least} and max_replicas {most}"
    if scaling and number(deployment.get("num_replicas")) is not None:
        yield (), f"{deployment.get('name')} has num_replicas and autoscaling_config"


def _worker_group(group: Any) -> Iterator[Problem]:
    body = mapping(group)
    least, most = number(body.get("minReplicas")), number(body.get("maxReplicas"))
    if least is not None and most is not None and least > most:
        yield ("minReplicas",), f"there are at least {least} and at most {most} replicas"


def _ray_job(spec: Any) -> Iterator[Problem]:
    body = mapping(spec)
    if body.get("ttlSecondsAfterFinished") and body.get("shutdownAfterJobFinishes") is not True:
        yield ("ttlSecondsAfterFinished",), "it needs shutdownAfterJobFinishes: true"
    if body and body.get("rayClusterSpec") is None and not body.get("clusterSelector"):
        yield (), "one of rayClusterSpec, clusterSelector must be given"


def _storage(value: Any) -> Iterator[Problem]:
    text = plain(value)
    match = _SCHEME.match(text) if text is not None else None
    if match is not None and match[1].lower() not in _SCHEMES:
        yield (), f"{match[1]}:// is no storage that KServe has"


def _component(component: Any) -> Iterator[Problem]:
    body = mapping(component)
    least, most = number(body.get("minReplicas")), number(body.get("maxReplicas"))
    if least is not None and least < 0:
        yield ("minReplicas",), f"{least} is less than 0"
    if most is not None and most < 0:
        yield ("maxReplicas",), f"{most} is less than 0"
    elif least is not None and most and least > most:
        yield ("maxReplicas",), f"there are at least {least} and at most {most} replicas"


_FRAMEWORKS = (
    "model",
    "sklearn",
    "xgboost",
    "tensorflow",
    "pytorch",
    "triton",
    "onnx",
    "huggingface",
    "pmml",
    "lightgbm",
    "paddle",
)


def _replica_types(body: Any) -> Iterator[Problem]:
    field, _, known = REPLICA_TYPES[str(body.get("kind"))]
    for name in mapping(mapping(body.get("spec")).get(field)):
        if name not in known:
            yield ("spec", field, name), f"replicas are of the types {', '.join(known)}"


def _default_container(body: Any) -> Iterator[Problem]:
    field, wanted, _ = REPLICA_TYPES[str(body.get("kind"))]
    for name, replica in mapping(mapping(body.get("spec")).get(field)).items():
        pod = mapping(mapping(mapping(replica).get("template")).get("spec"))
        names = [mapping(each).get("name") for each in sequence(pod.get("containers"))]
        if names and wanted not in names:
            yield ("spec", field, name), f"no container has the name {wanted!r}"


def _entrypoint(spec: Any) -> Iterator[Problem]:
    body = mapping(spec)
    entry = plain(body.get("entrypoint"))
    templates = sequence(body.get("templates"))
    if body.get("workflowTemplateRef") is not None:
        return
    if body and not body.get("entrypoint"):
        yield (), "a Workflow has an entrypoint"
    elif entry and templates and entry not in {mapping(each).get("name") for each in templates}:
        yield ("entrypoint",), f"no template has the name {entry!r}"


def _steps(spec: Any) -> Iterator[Problem]:
    templates = sequence(mapping(spec).get("templates"))
    known = {name for each in templates if isinstance(name := mapping(each).get("name"), str)}
    for index, template in enumerate(templates):
        place = ("templates", index)
        for group, steps in enumerate(sequence(mapping(template).get("steps"))):
            for position, step in enumerate(sequence(steps)):
                name = plain(mapping(step).get("template"))
                if name and name not in known:
                    words = f"no template has the name {name!r}"
                    yield (*place, "steps", group, position, "template"), words
        tasks = sequence(mapping(mapping(template).get("dag")).get("tasks"))
        names = {name for each in tasks if isinstance(name := mapping(each).get("name"), str)}
        for position, task in enumerate(tasks):
            name = plain(mapping(task).get("template"))
            if name and name not in known:
                words = f"no template has the name {name!r}"
                yield (*place, "dag", "tasks", position, "template"), words
            for other in sequence(mapping(task).get("dependencies")):
                if plain(other) and other not in names:
                    words = f"no task has the name {other!r}"
                    yield (*place, "dag", "tasks", position, "dependencies"), words


_TEMPLATE_TYPES = (
    "container", "containerSet", "script", "steps", "dag", "resource", "suspend", "data", "http",
    "plugin",
)  # fmt: skip


def _cron_workflow(value: Any) -> Iterator[Problem]:
    text = plain(value)
    if text and (why := unreadable(text)):
        yield (), why


def _subject(spec: Any) -> Iterator[Problem]:
    body = mapping(spec)
    names = ("commonName", "dnsNames", "uris", "ipAddresses", "emailAddresses", "otherNames")
    if body and not any(body.get(key) for key in (*names, "literalSubject")):
        yield (), f"one of {', '.join(names)} must be given"


def _prometheus_rule(rule: Any) -> Iterator[Problem]:
    yield from exclusive("alert", "record", needed=True)(rule)
    if mapping(rule).get("record") is not None and mapping(rule).get("for") is not None:
        yield ("for",), "a record has none"


_IN_WORKFLOWS = (
    *at("argoproj.io/Workflow argoproj.io/WorkflowTemplate", "spec"),
    *at("argoproj.io/ClusterWorkflowTemplate", "spec"),
    *at("argoproj.io/CronWorkflow", "spec.workflowSpec"),
)
_WORKFLOW_SPECS = (
    *at("argoproj.io/Workflow", "spec"),
    *at("argoproj.io/CronWorkflow", "spec.workflowSpec"),
)
_CLUSTERS = (
    *at("ray.io/RayCluster", "spec"),
    *at("ray.io/RayJob", "spec.rayClusterSpec"),
    *at("ray.io/RayService", "spec.rayClusterConfig"),
)
_JOBS = " ".join(f"kubeflow.org/{kind}" for kind in REPLICA_TYPES)

_HEAD = (
    "headGroupSpec: {rayStartParams: {}, template: {spec: {containers: "
    "[{name: ray-head, image: 'rayproject/ray:2.46.0'ENV}]}}}"
)
_APPLICATION = "{applications: [{name: a, import_path: 'app:main', route_prefix: /}]}"


def _service(config: str = _APPLICATION, *, name: str = "web", env: str = "") -> str:
    return resource(
        "ray.io/v1",
        "RayService",
        f'spec:\n  serveConfigV2: "{config}"\n  rayClusterConfig: {{{_HEAD.replace("ENV", env)}}}',
        meta=f"name: {name}",
    )


def _cluster(group: str) -> str:
    worker = f"template: {{spec: {pod_spec()}}}, rayStartParams: {{}}, groupName: a, {group}"
    return resource(
        "ray.io/v1",
        "RayCluster",
        f"spec: {{{_HEAD.replace('ENV', '')}, workerGroupSpecs: [{{{worker}}}]}}",
    )


def _ray_job_of(more: str) -> str:
    return resource(
        "ray.io/v1",
        "RayJob",
        f"spec: {{entrypoint: python a.py, {more}rayClusterSpec: {{{_HEAD.replace('ENV', '')}}}}}",
    )


def _inference(uri: str = "s3://models/a", *, name: str = "web", more: str = "") -> str:
    return resource(
        "serving.kserve.io/v1beta1",
        "InferenceService",
        f"spec: {{predictor: {{{more}model: {{modelFormat: {{name: sklearn}}, "
        f"storageUri: '{uri}'}}}}}}",
        meta=f"name: {name}",
    )


def _training(replica: str = "Worker", container: str = "pytorch") -> str:
    template = f"{{spec: {{containers: [{{name: {container}, image: 'train:1'}}]}}}}"
    return resource(
        "kubeflow.org/v1",
        "PyTorchJob",
        f"spec: {{pytorchReplicaSpecs: {{{replica}: {{replicas: 1, template: {template}}}}}}}",
    )


def _workflow(entry: str = "main", templates: str = "", body: str = "") -> str:
    container = "container: {name: main, image: 'alpine:3.20', command: [wc]}"
    return resource(
        "argoproj.io/v1alpha1",
        "Workflow",
        f"spec: {{entrypoint: {entry}, "
        f"templates: [{{name: main, {body or container}}}{templates}]}}",
    )


def _certificate(names: str) -> str:
    return resource(
        "cert-manager.io/v1",
        "Certificate",
        f"spec: {{secretName: web-tls, issuerRef: {{name: ca, kind: ClusterIssuer}}{names}}}",
    )


def _rules_of(rule: str) -> str:
    return resource(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        f"spec: {{groups: [{{name: web, rules: [{{expr: up == 0, {rule}}}]}}]}}",
    )


OPERATORS = (
    row(
        "null-list",
        "a list of a pod in a custom resource is not null",
        "https://github.com/ray-project/kuberay/issues/2239 (env: Invalid value: null)",
        on(at(CUSTOM, "spec"), _null_lists),
        refused=_service(env=", env: null"),
        accepted=_service(env=", env: []"),
    ),
    row(
        "ray-name",
        "names of RayServices and RayJobs have 47 characters at most, those of RayClusters 63, and "
        "begin with a letter",
        f"{_RAY} ValidateRayServiceMetadata, ValidateRayJobMetadata, ValidateRayClusterMetadata",
        on(
            at("ray.io/RayService ray.io/RayJob", "metadata.name"),
            _named(47, "the name of a RayService or RayJob"),
        ),
        on(at("ray.io/RayCluster", "metadata.name"), _named(63, "the name of a RayCluster")),
        refused=_service(name="a" * 48),
        accepted=_service(name="a" * 47),
    ),
    row(
        "serve-config",
        "serveConfigV2 is YAML with applications, each with an import_path, as Ray Serve reads it",
        "Ray 2.46 python/ray/serve/schema.py ServeDeploySchema",
        on(at("ray.io/RayService", "spec.serveConfigV2"), _serve_config),
        refused=_service("applications: ["),
        accepted=_service(),
    ),
    row(
        "ray-groups",
        "worker groups have names of their own, and minReplicas up to maxReplicas",
        f"{_RAY} ValidateRayClusterSpec",
        on(
            tuple((kind, (*path, "workerGroupSpecs", "*")) for kind, path in _CLUSTERS),
            _worker_group,
        ),
        on(
            tuple((kind, (*path, "workerGroupSpecs")) for kind, path in _CLUSTERS),
            distinct("two groups of the name {!r}", text_at("groupName")),
        ),
        refused=_cluster("minReplicas: 3, maxReplicas: 2"),
        accepted=_cluster("minReplicas: 2, maxReplicas: 3"),
    ),
    row(
        "ray-job",
        "a RayJob has a cluster, and a time to live only where it is shut down",
        f"{_RAY} ValidateRayJobSpec",
        on(at("ray.io/RayJob", "spec"), _ray_job),
        refused=_ray_job_of("ttlSecondsAfterFinished: 60, "),
        accepted=_ray_job_of("ttlSecondsAfterFinished: 60, shutdownAfterJobFinishes: true, "),
    ),
    row(
        "inference-name",
        "the name of an InferenceService begins with a letter and has no dots",
        f"{_KSERVE} validateInferenceServiceName",
        on(
            at("serving.kserve.io/InferenceService", "metadata.name"),
            _named(63, "the name of an InferenceService"),
        ),
        refused=_inference(name="2-web"),
        accepted=_inference(name="web-2"),
    ),
    row(
        "storage-uri",
        "models are fetched by a scheme that KServe has",
        "KServe v0.15 pkg/apis/serving/v1beta1/component.go validateStorageURI",
        on(
            at(
                "serving.kserve.io/InferenceService",
                *(f"spec.{part}.*.storageUri" for part in ("predictor", "transformer")),
            ),
            _storage,
        ),
        refused=_inference("ftp://files.example.org/a"),
        accepted=_inference("hf://org/model"),
    ),
    row(
        "inference-replicas",
        "minReplicas of a component is not over its maxReplicas, and neither is negative",
        "KServe v0.15 pkg/apis/serving/v1beta1/component.go validateReplicas",
        on(
            at(
                "serving.kserve.io/InferenceService",
                "spec.predictor",
                "spec.transformer",
                "spec.explainer",
            ),
            _component,
        ),
        refused=_inference(more="minReplicas: 3, maxReplicas: 2, "),
        accepted=_inference(more="minReplicas: 3, maxReplicas: 0, "),
    ),
    row(
        "inference-framework",
        "a predictor is of one framework",
        "KServe v0.15 pkg/apis/serving/v1beta1/component.go ExactlyOneErrorFor",
        on(at("serving.kserve.io/InferenceService", "spec.predictor"), exclusive(*_FRAMEWORKS)),
        refused=_inference(more="sklearn: {storageUri: 's3://models/b'}, "),
        accepted=_inference(),
    ),
    row(
        "replica-type",
        "replicas of a training job are of the types that its framework has",
        f"{_KUBEFLOW}/pytorch/pytorchjob_webhook.go validatePyTorchReplicaSpecs",
        on(at(_JOBS, ""), _replica_types),
        refused=_training("Launcher"),
        accepted=_training("Worker"),
    ),
    row(
        "training-container",
        "a container of each replica has the framework's name",
        f"{_KUBEFLOW}/pytorch/pytorchjob_webhook.go validatePyTorchReplicaSpecs",
        on(at(_JOBS, ""), _default_container),
        refused=_training(container="train"),
        accepted=_training(container="pytorch"),
    ),
    row(
        "entrypoint",
        "the entrypoint of a Workflow is one of its templates",
        f"{_ARGO} ValidateWorkflow",
        on(_WORKFLOW_SPECS, _entrypoint),
        refused=_workflow("start"),
        accepted=_workflow("main"),
    ),
    row(
        "workflow-step",
        "steps and tasks of a Workflow name templates and tasks that it has",
        f"{_ARGO} resolveAllVariables, validateDAG",
        on(_IN_WORKFLOWS, _steps),
        refused=_workflow(body="steps: [[{name: a, template: count}]]"),
        accepted=_workflow(
            body="steps: [[{name: a, template: count}]]",
            templates=", {name: count, suspend: {}}",
        ),
    ),
    row(
        "workflow-template",
        "a template of a Workflow is of one type, and its name is its own",
        f"{_ARGO} validateTemplateType, ValidateWorkflow",
        on(
            tuple((kind, (*path, "templates", "*")) for kind, path in _IN_WORKFLOWS),
            exclusive(*_TEMPLATE_TYPES, needed=True),
        ),
        on(
            tuple((kind, (*path, "templates")) for kind, path in _IN_WORKFLOWS),
            distinct("two templates of the name {!r}", text_at("name")),
        ),
        refused=_workflow(templates=", {name: main, suspend: {}}"),
        accepted=_workflow(templates=", {name: other, suspend: {}}"),
    ),
    row(
        "workflow-schedule",
        "the schedules of a CronWorkflow can be read",
        "Argo Workflows v3.7 workflow/validate/validate.go ValidateCronWorkflow",
        on(at("argoproj.io/CronWorkflow", "spec.schedule", "spec.schedules.*"), _cron_workflow),
        refused=_workflow()
        .replace("kind: Workflow", "kind: CronWorkflow")
        .replace("spec: {", "spec: {schedules: ['0 25 * * *'], workflowSpec: {")
        .replace("]}\n", "]}}\n"),
        accepted=_workflow()
        .replace("kind: Workflow", "kind: CronWorkflow")
        .replace("spec: {", "spec: {schedules: ['0 5 * * *'], workflowSpec: {")
        .replace("]}\n", "]}}\n"),
    ),
    row(
        "certificate-subject",
        "a Certificate is of a name: commonName, dnsNames or another",
        f"{_CERTIFICATES} ValidateCertificateSpec",
        on(at("cert-manager.io/Certificate", "spec"), _subject),
        refused=_certificate(""),
        accepted=_certificate(", dnsNames: [web.example.org]"),
    ),
    row(
        "prometheus-rule",
        "a rule of Prometheus alerts or records",
        "Prometheus 3.5 model/rulefmt/rulefmt.go Rule.Validate",
        on(at("monitoring.coreos.com/PrometheusRule", "spec.groups.*.rules.*"), _prometheus_rule),
        on(
            at("monitoring.coreos.com/PrometheusRule", "spec.groups"),
            distinct("two groups of the name {!r}", text_at("name")),
        ),
        refused=_rules_of("labels: {severity: page}"),
        accepted=_rules_of("alert: Down, for: 5m"),
    ),
)
"""Rows about operators' kinds; whole kinds are judged by their own definitions' schemas."""
