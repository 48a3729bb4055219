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
  prometheusagent prometheusrule scrapeconfig servicemonitor thanosruler
gateway.networking.k8s.io: backendtlspolicy gateway gatewayclass grpcroute httproute
  referencegrant tcproute tlsroute udproute
networking.istio.io: destinationrule envoyfilter gateway proxyconfig serviceentry sidecar
  virtualservice workloadentry workloadgroup
serving.knative.dev: configuration domainmapping revision route service
eventing.knative.dev: broker eventpolicy eventtransform eventtype requestreply trigger
messaging.knative.dev: channel inmemorychannel kafkachannel subscription
flows.knative.dev: parallel sequence
sinks.knative.dev: integrationsink jobsink
sources.knative.dev: apiserversource awssqssource cephsource containersource couchdbsource
  githubsource gitlabsource integrationsource kafkasource pingsource rabbitmqsource
  redisstreamsource sinkbinding
security.istio.io: authorizationpolicy peerauthentication requestauthentication
telemetry.istio.io: telemetry
extensions.istio.io: trafficextension wasmplugin
inference.networking.x-k8s.io: inferencemodel inferencemodelrewrite inferenceobjective
  inferencepool inferencepoolimport
leaderworkerset.x-k8s.io: leaderworkerset
kueue.x-k8s.io: admissioncheck clusterqueue cohort localqueue multikueuecluster multikueueconfig
  provisioningrequestconfig resourceflavor topology workload workloadpriorityclass
keda.sh: clustertriggerauthentication scaledjob scaledobject triggerauthentication
tekton.dev: clustertask customrun pipeline pipelineresource pipelinerun run stepaction task taskrun
  verificationpolicy
"""

_GROUPS = """
acid.zalan.do acme.cert-manager.io aigateway.envoyproxy.io apiextensions.crossplane.io
autoscaling.k8s.io batch.volcano.sh bitnami.com cilium.io cloud.google.com data.fluid.io
elbv2.k8s.aws external-secrets.io
gateway.envoyproxy.io
grafana.integreatly.org helm.toolkit.fluxcd.io image.toolkit.fluxcd.io
inference.networking.k8s.io jobset.x-k8s.io k8s.nginx.org
kafka.strimzi.io karpenter.k8s.aws karpenter.sh
kustomize.toolkit.fluxcd.io kyverno.io
networking.gke.io nvidia.com policy.networking.k8s.io postgresql.cnpg.io projectcontour.io
resources.gardener.cloud sagemaker.aws.amazon.com scheduling.run.ai scheduling.volcano.sh
scheduling.x-k8s.io
secrets-store.csi.x-k8s.io snapshot.storage.k8s.io source.toolkit.fluxcd.io
sparkoperator.k8s.io sriovnetwork.openshift.io
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
    {
        *(f"ray.io/v1alpha1 {kind}" for kind in ("raycluster", "rayjob", "rayservice")),
        *(f"kueue.x-k8s.io/v1beta2 {kind}" for kind in KINDS["kueue.x-k8s.io"]),
        *(f"kueue.x-k8s.io/v1beta1 {kind}" for kind in ("cohort", "topology")),
        *(f"eventing.knative.dev/v1beta{number} eventtype" for number in (1, 2)),
        "gateway.networking.k8s.io/v1 referencegrant",
        "inference.networking.x-k8s.io/v1alpha1 inferencepool",
        "sources.knative.dev/v1beta2 pingsource",
    }
)
"""Versions that exist upstream though the installed schemas know the kind only in others."""
