"""What KServe refuses of components and graphs, KubeRay and Kubeflow of clusters and trainings."""

from rewardsvc.formats.kubernetes.refusals.examples import pod_spec, resource
from rewardsvc.formats.kubernetes.refusals.finders.inference import (
    TARGETS,
    fault_tolerance,
    interactive,
    one_chief,
    one_master,
    root,
    splits,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import between, distinct, exclusive, one_of

_GRAPHS = "KServe v0.15 pkg/apis/serving/v1alpha1/inference_graph_validation.go"
_RAY = "KubeRay v1.4 ray-operator/controllers/ray/utils/validation.go"
_KUBEFLOW = "Kubeflow Training Operator v1.9 pkg/webhooks"
_SERVICE = "serving.kserve.io/InferenceService"
_GRAPH = "serving.kserve.io/InferenceGraph"
_PARTS = ("predictor", "transformer", "explainer")


def _service(more: str) -> str:
    return resource(
        "serving.kserve.io/v1beta1",
        "InferenceService",
        "spec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: 's3://models/a'}, "
        f"{more}}}}}",
    )


def _graph(steps: str, router: str = "Sequence", node: str = "root") -> str:
    return resource(
        "serving.kserve.io/v1alpha1",
        "InferenceGraph",
        f"spec: {{nodes: {{{node}: {{routerType: {router}, steps: [{steps}]}}}}}}",
    )


_HEAD = "headGroupSpec: {rayStartParams: {}, template: {spec: " + pod_spec() + "}}"


def _cluster(more: str, enabled: str) -> str:
    return resource(
        "ray.io/v1",
        "RayCluster",
        f"spec: {{{_HEAD}{more}}}",
        meta=f"name: web, annotations: {{ray.io/ft-enabled: '{enabled}'}}",
    )


def _ray_job(mode: str) -> str:
    return resource(
        "ray.io/v1",
        "RayJob",
        f"spec: {{submissionMode: {mode}, backoffLimit: 2, rayClusterSpec: {{{_HEAD}}}}}",
    )


def _replicas(container: str, count: int = 1) -> str:
    template = f"{{spec: {{containers: [{{name: {container}, image: 'train:1'}}]}}}}"
    return f"{{replicas: {count}, template: {template}}}"


def _training(kind: str, field: str, replicas: str) -> str:
    return resource("kubeflow.org/v1", kind, f"spec: {{{field}: {{{replicas}}}}}")


INFERENCE = (
    row(
        "inference-metric",
        "a component scales by cpu, memory, concurrency or rps",
        "KServe v0.15 pkg/apis/serving/v1beta1/component.go ScaleMetric (kubebuilder: Enum)",
        on(
            at(_SERVICE, *(f"spec.{part}.scaleMetric" for part in _PARTS)),
            one_of("concurrency", "cpu", "memory", "rps"),
        ),
        refused=_service("scaleMetric: latency"),
        accepted=_service("scaleMetric: rps"),
    ),
    row(
        "inference-logger",
        "a logger sends all, the request or the response",
        "KServe v0.15 pkg/apis/serving/v1beta1/component.go validateLogger",
        on(
            at(_SERVICE, *(f"spec.{part}.logger.mode" for part in _PARTS)),
            one_of("all", "request", "response"),
        ),
        refused=_service("logger: {mode: none, url: 'http://log.example.org'}"),
        accepted=_service("logger: {mode: all, url: 'http://log.example.org'}"),
    ),
    row(
        "inference-concurrency",
        "containerConcurrency of a component is not negative",
        "KServe v0.15 pkg/apis/serving/v1beta1/component.go validateContainerConcurrency",
        on(at(_SERVICE, *(f"spec.{part}.containerConcurrency" for part in _PARTS)), between(0)),
        refused=_service("containerConcurrency: -1"),
        accepted=_service("containerConcurrency: 0"),
    ),
    row(
        "graph-root",
        "a graph begins at its node root",
        f"{_GRAPHS} validateInferenceGraphRouterRoot",
        on(at(_GRAPH, "spec.nodes"), root),
        refused=_graph("{serviceName: a}", node="first"),
        accepted=_graph("{serviceName: a}", node="root"),
    ),
    row(
        "graph-weights",
        "weights of a Splitter add up to 100",
        f"{_GRAPHS} validateInferenceGraphSplitterWeight",
        on(at(_GRAPH, "spec.nodes.*"), splits),
        refused=_graph("{serviceName: a, weight: 40}, {serviceName: b, weight: 50}", "Splitter"),
        accepted=_graph("{serviceName: a, weight: 40}, {serviceName: b, weight: 60}", "Splitter"),
    ),
    row(
        "graph-step-twice",
        "steps of a node have names of their own",
        f"{_GRAPHS} validateInferenceGraphStepNameUniqueness",
        on(at(_GRAPH, "spec.nodes.*.steps"), distinct("two steps of the name {!r}", "name")),
        refused=_graph("{name: a, serviceName: a}, {name: a, serviceName: b}"),
        accepted=_graph("{name: a, serviceName: a}, {name: b, serviceName: b}"),
    ),
    row(
        "graph-target",
        "a step leads to a node, a service or a URL",
        f"{_GRAPHS} validateInferenceGraphSingleStepTargets",
        on(at(_GRAPH, "spec.nodes.*.steps.*"), exclusive(*TARGETS, needed=True)),
        refused=_graph("{serviceName: a, serviceUrl: 'http://a.example.org'}"),
        accepted=_graph("{serviceName: a}"),
    ),
    row(
        "ray-fault-tolerance",
        "fault tolerance of a RayCluster has options where it is not switched off",
        f"{_RAY} ValidateRayClusterSpec",
        on(at("ray.io/RayCluster", ""), fault_tolerance),
        refused=_cluster(", gcsFaultToleranceOptions: {redisAddress: 'redis:6379'}", "false"),
        accepted=_cluster(", gcsFaultToleranceOptions: {redisAddress: 'redis:6379'}", "true"),
    ),
    row(
        "ray-interactive",
        "a RayJob that is submitted by hand is not retried",
        f"{_RAY} ValidateRayJobSpec",
        on(at("ray.io/RayJob", "spec"), interactive),
        refused=_ray_job("InteractiveMode"),
        accepted=_ray_job("HTTPMode").replace("HTTPMode,", "HTTPMode, entrypoint: python a.py,"),
    ),
    row(
        "training-master",
        "a training has one Master",
        f"{_KUBEFLOW}/pytorch/pytorchjob_webhook.go, /xgboost/xgboostjob_webhook.go",
        on(at("kubeflow.org/PyTorchJob", "spec.pytorchReplicaSpecs.Master"), one_master),
        on(at("kubeflow.org/XGBoostJob", "spec.xgbReplicaSpecs.Master"), one_master),
        refused=_training(
            "PyTorchJob", "pytorchReplicaSpecs", f"Master: {_replicas('pytorch', 2)}"
        ),
        accepted=_training("PyTorchJob", "pytorchReplicaSpecs", f"Master: {_replicas('pytorch')}"),
    ),
    row(
        "training-chief",
        "a TFJob has a Chief or a Master",
        f"{_KUBEFLOW}/tensorflow/tfjob_webhook.go validateTFReplicaSpecs",
        on(at("kubeflow.org/TFJob", "spec.tfReplicaSpecs"), one_chief),
        refused=_training(
            "TFJob",
            "tfReplicaSpecs",
            f"Chief: {_replicas('tensorflow')}, Master: {_replicas('tensorflow')}",
        ),
        accepted=_training(
            "TFJob",
            "tfReplicaSpecs",
            f"Chief: {_replicas('tensorflow')}, Worker: {_replicas('tensorflow')}",
        ),
    ),
)
"""Rows about inference graphs, Ray and training."""
