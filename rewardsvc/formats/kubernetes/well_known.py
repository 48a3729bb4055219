"""Custom resources that people write every day: what is a gap of our toolchain, what an invention.

A resource that is named here and whose schema is not installed leaves a completion UNSCORED; one
that is named nowhere is the completion's error.
"""

from collections.abc import Mapping

_KINDS = """
serving.kserve.io: clusterservingruntime clusterstoragecontainer inferencegraph inferenceservice
  llminferenceservice llminferenceserviceconfig localmodelcache servingruntime trainedmodel
ray.io: raycluster raycronjob rayjob rayservice
kubeflow.org: experiment jaxjob mpijob notebook paddlejob poddefault profile pytorchjob
  scheduledworkflow suggestion tfjob trial viewer xgboostjob
pipelines.kubeflow.org: pipeline pipelineversion
trainer.kubeflow.org: clustertrainingruntime trainingruntime trainjob
cert-manager.io: certificate certificaterequest clusterissuer issuer
argoproj.io: analysisrun analysistemplate application applicationset appproject
  clusterworkflowtemplate cronworkflow eventbus eventsource rollout sensor workflow
  workflowtemplate
monitoring.coreos.com: alertmanager alertmanagerconfig podmonitor probe prometheus
  prometheusrule scrapeconfig servicemonitor thanosruler
gateway.networking.k8s.io: backendtlspolicy gateway gatewayclass grpcroute httproute
  referencegrant tcproute tlsroute udproute
networking.istio.io: destinationrule envoyfilter gateway proxyconfig serviceentry sidecar
  virtualservice workloadentry workloadgroup
serving.knative.dev: configuration domainmapping revision route service
"""

_GROUPS = """
acid.zalan.do acme.cert-manager.io aigateway.envoyproxy.io apiextensions.crossplane.io
autoscaling.k8s.io batch.volcano.sh bitnami.com cilium.io cloud.google.com data.fluid.io
elbv2.k8s.aws eventing.knative.dev external-secrets.io flows.knative.dev
gateway.envoyproxy.io
grafana.integreatly.org helm.toolkit.fluxcd.io image.toolkit.fluxcd.io
inference.networking.k8s.io inference.networking.x-k8s.io jobset.x-k8s.io k8s.nginx.org
kafka.strimzi.io karpenter.k8s.aws karpenter.sh keda.sh kueue.x-k8s.io
kustomize.toolkit.fluxcd.io kyverno.io leaderworkerset.x-k8s.io messaging.knative.dev
networking.gke.io nvidia.com policy.networking.k8s.io postgresql.cnpg.io projectcontour.io
resources.gardener.cloud sagemaker.aws.amazon.com scheduling.run.ai scheduling.volcano.sh
scheduling.x-k8s.io
secrets-store.csi.x-k8s.io security.istio.io snapshot.storage.k8s.io source.toolkit.fluxcd.io
sources.knative.dev sparkoperator.k8s.io sriovnetwork.openshift.io tekton.dev telemetry.istio.io
traefik.io triggers.tekton.dev velero.io
"""


_WITHOUT_PODS = """
acme.cert-manager.io cert-manager.io external-secrets.io gateway.networking.k8s.io keda.sh
kueue.x-k8s.io kyverno.io networking.gke.io networking.istio.io pipelines.kubeflow.org
policy.networking.k8s.io secrets-store.csi.x-k8s.io security.istio.io snapshot.storage.k8s.io
telemetry.istio.io
"""

_KINDS_WITHOUT_PODS = frozenset(
    {
        "AnalysisTemplate",
        "AppProject",
        "PodMonitor",
        "Probe",
        "PrometheusRule",
        "ScrapeConfig",
        "ServiceMonitor",
        "ClusterTrainingRuntime",
        "TrainingRuntime",
        "WorkflowTemplate",
    }
)


def makes_pods(group: str, kind: str) -> bool:
    """Whether a custom resource may make pods or Services that its answer does not show."""
    return group not in _GROUPS_WITHOUT_PODS and kind not in _KINDS_WITHOUT_PODS


def _table(text: str) -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for line in text.replace("\n  ", " ").split("\n"):
        group, _, kinds = line.partition(":")
        if group:
            table[group] = frozenset(kinds.split())
    return table


KINDS: Mapping[str, frozenset[str]] = _table(_KINDS)
"""API group to its kinds, lower case."""

_GROUPS_WITHOUT_PODS = frozenset(_WITHOUT_PODS.split())

GROUPS: frozenset[str] = frozenset(_GROUPS.split())
"""Groups whose kinds are not listed: without any schema of such a group, each is our gap."""

VERSIONS: frozenset[str] = frozenset(
    {"ray.io/v1alpha1 raycluster", "ray.io/v1alpha1 rayjob", "ray.io/v1alpha1 rayservice"}
)
"""Versions that exist upstream though the installed schemas know the kind only in others."""
