"""What operators refuse of their own kinds: KubeRay, KServe, Kubeflow, Argo, cert-manager."""

from rewardsvc.formats.kubernetes.refusals.examples import pod_spec, resource
from rewardsvc.formats.kubernetes.refusals.finders.operators import (
    REPLICA_TYPES,
    component,
    cron_workflow,
    default_container,
    document,
    entrypoint,
    issuer_kind,
    leaf_settings,
    lifetime,
    null_lists,
    private_key,
    prometheus_rule,
    ray_job,
    replica_types,
    runtime_environment,
    serve_config,
    short_name,
    steps,
    storage,
    subject,
    suspended,
    task,
    worker_group,
)
from rewardsvc.formats.kubernetes.refusals.rules import CUSTOM, at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    between,
    distinct,
    exclusive,
    inside,
    one_of,
)

_RAY = "KubeRay v1.4 ray-operator/controllers/ray/utils/validation.go"
_KSERVE = "KServe v0.15 pkg/apis/serving/v1beta1/inference_service_validation.go"
_KUBEFLOW = "Kubeflow Training Operator v1.9 pkg/webhooks"
_ARGO = "Argo Workflows v3.7 workflow/validate/validate.go"
_CERTIFICATES = "cert-manager v1.18 internal/apis/certmanager/validation/certificate.go"


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


_TEMPLATE_TYPES = (
    "container", "containerSet", "script", "steps", "dag", "resource", "suspend", "data", "http",
    "plugin",
)  # fmt: skip


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


def _queued(more: str) -> str:
    queue = "labels: {kueue.x-k8s.io/queue-name: team}"
    return _ray_job_of(more).replace("{name: web}", f"{{name: web, {queue}}}", 1)


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


_DAG = (
    "dag: {{tasks: [{{name: a, template: wait}}, {{name: b, template: wait, {}}}]}}}}, "
    "{{name: wait, suspend: {{}}"
)
_RUNTIMES = "trainer.kubeflow.org/TrainingRuntime trainer.kubeflow.org/ClusterTrainingRuntime"


def _runtime(policy: str) -> str:
    template = f"{{spec: {{template: {{spec: {pod_spec('restartPolicy: Never')}}}}}}}"
    return resource(
        "trainer.kubeflow.org/v1alpha1",
        "TrainingRuntime",
        f"spec: {{mlPolicy: {{{policy}}}, template: {{spec: {{replicatedJobs: "
        f"[{{name: node, template: {template}}}]}}}}}}",
    )


def _train_job(name: str) -> str:
    return resource(
        "trainer.kubeflow.org/v1alpha1",
        "TrainJob",
        "spec: {runtimeRef: {name: torch-distributed}}",
        meta=f"name: {name}",
    )


def _issuer(kinds: str) -> str:
    return resource("cert-manager.io/v1", "Issuer", f"spec: {{{kinds}}}")


OPERATORS = (
    row(
        "null-list",
        "a list of a pod in a custom resource is not null",
        "https://github.com/ray-project/kuberay/issues/2239 (env: Invalid value: null)",
        on(at(CUSTOM, "spec"), null_lists),
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
            short_name(47, "the name of a RayService or RayJob"),
        ),
        on(at("ray.io/RayCluster", "metadata.name"), short_name(63, "the name of a RayCluster")),
        refused=_service(name="a" * 48),
        accepted=_service(name="a" * 47),
    ),
    row(
        "serve-config",
        "serveConfigV2 is YAML with applications, each with an import_path, as Ray Serve reads it",
        "Ray 2.46 python/ray/serve/schema.py ServeDeploySchema",
        on(at("ray.io/RayService", "spec.serveConfigV2"), serve_config),
        refused=_service("applications: ["),
        accepted=_service(),
    ),
    row(
        "ray-groups",
        "worker groups have names of their own, and minReplicas up to maxReplicas",
        f"{_RAY} ValidateRayClusterSpec",
        on(
            tuple((kind, (*path, "workerGroupSpecs", "*")) for kind, path in _CLUSTERS),
            worker_group,
        ),
        on(
            tuple((kind, (*path, "workerGroupSpecs")) for kind, path in _CLUSTERS),
            distinct("two groups of the name {!r}", "groupName"),
        ),
        refused=_cluster("minReplicas: 3, maxReplicas: 2"),
        accepted=_cluster("minReplicas: 2, maxReplicas: 3"),
    ),
    row(
        "ray-job",
        "a RayJob has a cluster, and a time to live only where it is shut down",
        f"{_RAY} ValidateRayJobSpec",
        on(at("ray.io/RayJob", "spec"), ray_job),
        refused=_ray_job_of("ttlSecondsAfterFinished: 60, "),
        accepted=_ray_job_of("ttlSecondsAfterFinished: 60, shutdownAfterJobFinishes: true, "),
    ),
    row(
        "inference-name",
        "the name of an InferenceService begins with a letter and has no dots",
        f"{_KSERVE} validateInferenceServiceName",
        on(
            at("serving.kserve.io/InferenceService", "metadata.name"),
            short_name(63, "the name of an InferenceService"),
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
            storage,
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
            component,
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
        on(at(_JOBS, ""), replica_types),
        refused=_training("Launcher"),
        accepted=_training("Worker"),
    ),
    row(
        "training-container",
        "a container of each replica has the framework's name",
        f"{_KUBEFLOW}/pytorch/pytorchjob_webhook.go validatePyTorchReplicaSpecs",
        on(at(_JOBS, ""), default_container),
        refused=_training(container="train"),
        accepted=_training(container="pytorch"),
    ),
    row(
        "entrypoint",
        "the entrypoint of a Workflow is one of its templates",
        f"{_ARGO} ValidateWorkflow",
        on(_WORKFLOW_SPECS, entrypoint),
        refused=_workflow("start"),
        accepted=_workflow("main"),
    ),
    row(
        "workflow-step",
        "steps and tasks of a Workflow name templates and tasks that it has",
        f"{_ARGO} resolveAllVariables, validateDAG",
        on(_IN_WORKFLOWS, steps),
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
            distinct("two templates of the name {!r}", "name"),
        ),
        refused=_workflow(templates=", {name: main, suspend: {}}"),
        accepted=_workflow(templates=", {name: other, suspend: {}}"),
    ),
    row(
        "workflow-schedule",
        "the schedules of a CronWorkflow can be read",
        "Argo Workflows v3.7 workflow/validate/validate.go ValidateCronWorkflow",
        on(at("argoproj.io/CronWorkflow", "spec.schedule", "spec.schedules.*"), cron_workflow),
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
        on(at("cert-manager.io/Certificate", "spec"), subject),
        refused=_certificate(""),
        accepted=_certificate(", dnsNames: [web.example.org]"),
    ),
    row(
        "prometheus-rule",
        "a rule of Prometheus alerts or records",
        "Prometheus 3.5 model/rulefmt/rulefmt.go Rule.Validate",
        on(at("monitoring.coreos.com/PrometheusRule", "spec.groups.*.rules.*"), prometheus_rule),
        on(
            at("monitoring.coreos.com/PrometheusRule", "spec.groups"),
            distinct("two groups of the name {!r}", "name"),
        ),
        refused=_rules_of("labels: {severity: page}"),
        accepted=_rules_of("alert: Down, for: 5m"),
    ),
    row(
        "ray-runtime-env",
        "runtimeEnvYAML of a RayJob is a mapping in YAML",
        f"{_RAY} ValidateRayJobSpec (RuntimeEnvYAML)",
        on(at("ray.io/RayJob", "spec.runtimeEnvYAML"), runtime_environment),
        refused=_ray_job_of("runtimeEnvYAML: 'pip: [emoji', "),
        accepted=_ray_job_of("runtimeEnvYAML: 'pip: [emoji]', "),
    ),
    row(
        "workflow-manifest",
        "the manifest of a resource template is YAML, where nothing is filled in first",
        "Argo Workflows v3.7 workflow/executor/resource.go ExecResource",
        on(
            tuple(
                (kind, (*path, "templates", "*", "resource", "manifest"))
                for kind, path in _IN_WORKFLOWS
            ),
            document,
        ),
        refused=_workflow(body="resource: {action: create, manifest: 'kind: [ConfigMap'}"),
        accepted=_workflow(body="resource: {action: create, manifest: 'kind: {{inputs}}'}"),
    ),
    row(
        "ray-suspend",
        "a RayJob that is suspended has a cluster of its own, which is shut down",
        f"{_RAY} ValidateRayJobSpec",
        on(at("ray.io/RayJob", "spec"), suspended),
        refused=_queued("suspend: true, "),
        accepted=_queued("suspend: true, shutdownAfterJobFinishes: true, "),
    ),
    row(
        "ray-job-counts",
        "a RayJob's backoffLimit and time to live are not negative, its deadline is a second",
        f"{_RAY} ValidateRayJobSpec",
        on(at("ray.io/RayJob", "spec.backoffLimit", "spec.ttlSecondsAfterFinished"), between(0)),
        on(at("ray.io/RayJob", "spec.activeDeadlineSeconds"), between(1)),
        refused=_ray_job_of("backoffLimit: -1, "),
        accepted=_ray_job_of("backoffLimit: 0, "),
    ),
    row(
        "inference-autoscaler",
        "the autoscaler of an InferenceService is one of four",
        f"{_KSERVE} validateInferenceServiceAutoscaler",
        on(
            at("serving.kserve.io/InferenceService", "metadata.annotations"),
            inside("serving.kserve.io/autoscalerClass", one_of("external", "hpa", "keda", "none")),
        ),
        refused=_inference(name="web, annotations: {serving.kserve.io/autoscalerClass: kpa}"),
        accepted=_inference(name="web, annotations: {serving.kserve.io/autoscalerClass: hpa}"),
    ),
    row(
        "training-policy",
        "a runtime is of one framework",
        "Kubeflow Trainer v2.1 pkg/apis/trainer/v1alpha1/trainingruntime_types.go MLPolicySource",
        on(at(_RUNTIMES, "spec.mlPolicy"), exclusive("torch", "mpi", "flux", "jax", "xgboost")),
        refused=_runtime("torch: {}, mpi: {}"),
        accepted=_runtime("torch: {}"),
    ),
    row(
        "training-name",
        "the name of a TrainJob is a DNS-1035 label",
        "Kubeflow Trainer v2.1 pkg/runtime/framework/plugins/jobset/jobset.go Validate",
        on(
            at("trainer.kubeflow.org/TrainJob", "metadata.name"),
            short_name(63, "the name of a TrainJob"),
        ),
        refused=_train_job("2-train"),
        accepted=_train_job("train-2"),
    ),
    row(
        "workflow-depends",
        "a task waits by depends or by dependencies, and then its name begins with a letter",
        f"{_ARGO} validateDAG",
        on(
            tuple(
                (kind, (*path, "templates", "*", "dag", "tasks", "*"))
                for kind, path in _IN_WORKFLOWS
            ),
            task,
        ),
        refused=_workflow(body=_DAG.format("depends: a, dependencies: [a]")),
        accepted=_workflow(body=_DAG.format("depends: a.Succeeded")),
    ),
    row(
        "workflow-sequence",
        "a sequence has a count or an end",
        f"{_ARGO} validateWorkflowTemplate, pkg/apis/workflow/v1alpha1 Sequence",
        on(
            tuple(
                (kind, (*path, "templates", "*", *within, "withSequence"))
                for kind, path in _IN_WORKFLOWS
                for within in (("dag", "tasks", "*"), ("steps", "*", "*"))
            ),
            exclusive("count", "end"),
        ),
        refused=_workflow(body=_DAG.format("withSequence: {count: 3, end: 5}")),
        accepted=_workflow(body=_DAG.format("withSequence: {start: 1, end: 5}")),
    ),
    row(
        "workflow-leaf",
        "a template of steps or of a DAG has no time-outs of a pod",
        f"{_ARGO} validateLeaf, validateSteps",
        on(
            tuple((kind, (*path, "templates", "*")) for kind, path in _IN_WORKFLOWS),
            leaf_settings,
        ),
        refused=_workflow(body="activeDeadlineSeconds: 60, " + _DAG.format("when: 'true'")),
        accepted=_workflow(
            body="container: {image: 'alpine:3.20', command: [wc]}, activeDeadlineSeconds: 60"
        ),
    ),
    row(
        "certificate-lifetime",
        "a Certificate lasts for an hour at least, and is renewed in that time",
        f"{_CERTIFICATES} ValidateDuration",
        on(at("cert-manager.io/Certificate", "spec"), lifetime),
        refused=_certificate(", dnsNames: [a.example.org], duration: 24h, renewBefore: 24h"),
        accepted=_certificate(", dnsNames: [a.example.org], duration: 24h, renewBefore: 8h"),
    ),
    row(
        "certificate-key",
        "the size of a Certificate's key is one that its algorithm has",
        f"{_CERTIFICATES} ValidateCertificateSpec",
        on(at("cert-manager.io/Certificate", "spec.privateKey"), private_key),
        refused=_certificate(", dnsNames: [a.example.org], privateKey: {size: 1024}"),
        accepted=_certificate(
            ", dnsNames: [a.example.org], privateKey: {algorithm: ECDSA, size: 256}"
        ),
    ),
    row(
        "certificate-issuer",
        "a Certificate's issuer is an Issuer or a ClusterIssuer",
        f"{_CERTIFICATES} validateIssuerRef",
        on(at("cert-manager.io/Certificate", "spec.issuerRef"), issuer_kind),
        refused=_certificate(", dnsNames: [a.example.org]").replace("ClusterI", "GlobalI"),
        accepted=_certificate(", dnsNames: [a.example.org]"),
    ),
    row(
        "issuer-type",
        "an issuer is of one type",
        "cert-manager v1.18 internal/apis/certmanager/validation/issuer.go ValidateIssuerConfig",
        on(
            at("cert-manager.io/Issuer cert-manager.io/ClusterIssuer", "spec"),
            exclusive("acme", "ca", "selfSigned", "vault", "venafi", needed=True),
        ),
        refused=_issuer("selfSigned: {}, ca: {secretName: ca}"),
        accepted=_issuer("ca: {secretName: ca}"),
    ),
)
"""Rows about operators' kinds; whole kinds are judged by their own definitions' schemas."""
