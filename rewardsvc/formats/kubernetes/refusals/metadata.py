"""What the API server refuses of any resource's metadata, and of labels wherever they stand."""

from rewardsvc.formats.kubernetes.refusals.examples import cron_job, job, pod, resource, service
from rewardsvc.formats.kubernetes.refusals.finders.metadata import (
    MAX_ANNOTATIONS,
    ROLES,
    longest,
    named,
    not_text,
    path_segment,
    selector_values,
    size,
    subdomain,
    without_name,
)
from rewardsvc.formats.kubernetes.refusals.rules import (
    ANY,
    CUSTOM,
    at,
    in_pods,
    in_templates,
    on,
    row,
)
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_1035,
    DNS_LABEL,
    LABEL_VALUE,
    all_of,
    distinct,
    form,
    inside,
    keys_of,
    lower_qualified,
    one_of,
    qualified,
    requires,
    values_of,
)

_META = "kubernetes v1.34 apimachinery pkg/api/validation/objectmeta.go"
_NAMES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"
_LABELS = "kubernetes v1.34 apimachinery pkg/apis/meta/v1/validation/validation.go"


SELECTORS = (
    *at("Deployment ReplicaSet StatefulSet DaemonSet Job PodDisruptionBudget", "spec.selector"),
    *at("PersistentVolumeClaim", "spec.selector"),
    *at("NetworkPolicy", "spec.podSelector"),
    *at(
        "NetworkPolicy",
        *(
            f"spec.{way}.*.{end}.*.{selector}"
            for way, end in (("ingress", "from"), ("egress", "to"))
            for selector in ("podSelector", "namespaceSelector")
        ),
    ),
    *at(
        "ValidatingWebhookConfiguration MutatingWebhookConfiguration",
        "webhooks.*.namespaceSelector",
        "webhooks.*.objectSelector",
    ),
    *at("ClusterRole", "aggregationRule.clusterRoleSelectors.*"),
    *in_pods(
        "topologySpreadConstraints.*.labelSelector",
        *(
            f"affinity.{affinity}.{term}.{selector}"
            for affinity in ("podAffinity", "podAntiAffinity")
            for term in (
                "requiredDuringSchedulingIgnoredDuringExecution.*",
                "preferredDuringSchedulingIgnoredDuringExecution.*.podAffinityTerm",
            )
            for selector in ("labelSelector", "namespaceSelector")
        ),
    ),
)
"""Where selectors of labels (matchLabels, matchExpressions) stand."""

_EQUALITY = (
    *in_pods("nodeSelector"),
    *at("Service ReplicationController", "spec.selector"),
)
_LABELLED = (*at(ANY, "metadata.labels"), *in_templates("metadata.labels"))
_ANNOTATED = (*at(ANY, "metadata.annotations"), *in_templates("metadata.annotations"))

METADATA = (
    row(
        "no-name",
        "a resource has a name, or what its name is to begin with",
        f"{_META} ValidateObjectMeta",
        on(at(ANY, ""), without_name),
        refused=resource("v1", "ConfigMap", "data: {a: b}", meta=""),
        accepted=resource("v1", "ConfigMap", "data: {a: b}", meta="generateName: web-"),
    ),
    row(
        "name",
        "a name is a DNS-1123 subdomain, of custom resources too",
        f"{_META} ValidateObjectMeta, pkg/api/validation/generic.go NameIsDNSSubdomain",
        on(at(ANY, ""), subdomain),
        refused=resource("v1", "ConfigMap", "data: {a: b}", meta="name: Web_Settings"),
        accepted=resource("v1", "ConfigMap", "data: {a: b}", meta="name: web.settings-2"),
    ),
    row(
        "name-of-namespace",
        "the name of a Namespace is a DNS-1123 label",
        "kubernetes v1.34 pkg/apis/core/validation/validation.go ValidateNamespaceName",
        on(at("Namespace", "metadata"), named(DNS_LABEL)),
        refused=resource("v1", "Namespace", meta="name: team.web"),
        accepted=resource("v1", "Namespace", meta="name: team-web"),
    ),
    row(
        "name-of-service",
        "the name of a Service is a DNS-1035 label",
        "kubernetes v1.34 pkg/apis/core/validation/validation.go ValidateServiceName",
        on(at("Service", "metadata"), named(DNS_1035)),
        refused=service("ports: [{port: 80}]", meta="name: 2-web"),
        accepted=service("ports: [{port: 80}]", meta="name: web-2"),
    ),
    row(
        "name-of-role",
        "the name of a role or binding can be a segment of a path",
        "kubernetes v1.34 pkg/apis/rbac/validation/validation.go ValidateRBACName",
        on(at(ROLES, "metadata.name"), path_segment),
        refused=resource(
            "rbac.authorization.k8s.io/v1",
            "Role",
            "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]",
            meta="name: web/reader",
        ),
        accepted=resource(
            "rbac.authorization.k8s.io/v1",
            "Role",
            "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]",
            meta="name: 'web:Reader'",
        ),
    ),
    row(
        "name-of-cronjob",
        "the name of a CronJob has at most 52 characters, for 11 are added for its Jobs",
        "kubernetes v1.34 pkg/apis/batch/validation/validation.go ValidateCronJobCreate",
        on(at("CronJob", "metadata.name"), longest(52, "a CronJob's name")),
        refused=cron_job(meta=f"name: {'a' * 53}"),
        accepted=cron_job(meta=f"name: {'a' * 52}"),
    ),
    row(
        "name-of-job",
        "the name of a Job can be the value of a label of its pods",
        "kubernetes v1.34 pkg/registry/batch/job/strategy.go generateSelector",
        on(at("Job", "metadata.name"), longest(63, "a Job's name, a label of its pods,")),
        refused=job().replace("name: web}\nspec", f"name: {'a' * 64}}}\nspec"),
        accepted=job().replace("name: web}\nspec", f"name: {'a' * 63}}}\nspec"),
    ),
    row(
        "namespace",
        "a namespace is a DNS-1123 label",
        f"{_META} ValidateObjectMeta",
        on(at(ANY, "metadata.namespace"), form(DNS_LABEL)),
        refused=pod(meta="name: web, namespace: Team_Web"),
        accepted=pod(meta="name: web, namespace: team-web"),
    ),
    row(
        "label-key",
        "the key of a label is a qualified name",
        f"{_LABELS} ValidateLabelName ({_NAMES})",
        on(_LABELLED, keys_of(qualified)),
        on(_EQUALITY, keys_of(qualified)),
        on(
            SELECTORS,
            all_of(
                inside("matchLabels", keys_of(qualified)),
                inside("matchExpressions", values_of(inside("key", qualified))),
            ),
        ),
        refused=pod(meta="name: web, labels: {team name: web}"),
        accepted=pod(meta="name: web, labels: {example.com/team_name: web}"),
    ),
    row(
        "label-value",
        "the value of a label has at most 63 letters, digits, dashes, underscores and dots",
        f"{_LABELS} ValidateLabels",
        on(_LABELLED, values_of(form(LABEL_VALUE))),
        on(_EQUALITY, values_of(form(LABEL_VALUE))),
        on(SELECTORS, inside("matchLabels", values_of(form(LABEL_VALUE)))),
        refused=pod(meta="name: web, labels: {team: payments & refunds}"),
        accepted=pod(meta="name: web, labels: {team: payments_and.Refunds, empty: ''}"),
    ),
    row(
        "label-type",
        "labels and annotations are texts, in custom resources too",
        "kubernetes v1.34 apiextensions-apiserver pkg/apiserver/schema/objectmeta/coerce.go",
        on(
            at(CUSTOM, "metadata.labels", "metadata.annotations"),
            values_of(not_text),
        ),
        refused=resource(
            "monitoring.coreos.com/v1",
            "PodMonitor",
            "spec: {selector: {}, podMetricsEndpoints: [{port: http}]}",
            meta="name: web, labels: {release: 2}",
        ),
        accepted=resource(
            "monitoring.coreos.com/v1",
            "PodMonitor",
            "spec: {selector: {}, podMetricsEndpoints: [{port: http}]}",
            meta="name: web, labels: {release: '2'}",
        ),
    ),
    row(
        "annotation-key",
        "the key of an annotation is a qualified name",
        f"{_META} ValidateAnnotations",
        on(_ANNOTATED, keys_of(lower_qualified)),
        refused=pod(meta="name: web, annotations: {example.com/a/b: c}"),
        accepted=pod(meta="name: web, annotations: {Example.com/a-b: 'anything & all'}"),
    ),
    row(
        "annotations-size",
        "annotations of a resource are at most 256 KiB",
        f"{_META} ValidateAnnotationsSize",
        on(at(ANY, "metadata.annotations"), size),
        refused=pod(meta=f"name: web, annotations: {{notes: {'a' * MAX_ANNOTATIONS}}}"),
        accepted=pod(meta=f"name: web, annotations: {{notes: {'a' * 1000}}}"),
    ),
    row(
        "finalizer",
        "a finalizer is a qualified name",
        f"{_META} ValidateFinalizerName",
        on(at(ANY, "metadata.finalizers.*"), qualified),
        refused=pod(meta="name: web, finalizers: ['example.com/clean/up']"),
        accepted=pod(meta="name: web, finalizers: ['example.com/clean-up']"),
    ),
    row(
        "owner",
        "an owner has an apiVersion, a kind, a name and a uid, and is there once",
        f"{_META} ValidateOwnerReferences",
        on(
            at(ANY, "metadata.ownerReferences.*"),
            requires("apiVersion", "kind", "name", "uid"),
        ),
        on(
            at(ANY, "metadata.ownerReferences"),
            distinct("two owners of the uid {!r}", "uid"),
        ),
        refused=pod(
            meta="name: web, ownerReferences: [{apiVersion: v1, kind: Node, name: a, uid: ''}]"
        ),
        accepted=pod(
            meta="name: web, ownerReferences: [{apiVersion: v1, kind: Node, name: a, uid: u-1}]"
        ),
    ),
    row(
        "selector-operator",
        "the operator of a label selector is In, NotIn, Exists or DoesNotExist",
        f"{_LABELS} ValidateLabelSelectorRequirement",
        on(
            SELECTORS,
            inside(
                "matchExpressions",
                values_of(inside("operator", one_of("In", "NotIn", "Exists", "DoesNotExist"))),
            ),
        ),
        refused=resource(
            "policy/v1",
            "PodDisruptionBudget",
            "spec: {minAvailable: 1, selector: {matchExpressions: "
            "[{key: app, operator: Equals, values: [web]}]}}",
        ),
        accepted=resource(
            "policy/v1",
            "PodDisruptionBudget",
            "spec: {minAvailable: 1, selector: {matchExpressions: "
            "[{key: app, operator: In, values: [web]}]}}",
        ),
    ),
    row(
        "selector-values",
        "In and NotIn have values, Exists and DoesNotExist have none",
        f"{_LABELS} ValidateLabelSelectorRequirement",
        on(SELECTORS, inside("matchExpressions", values_of(selector_values))),
        refused=resource(
            "policy/v1",
            "PodDisruptionBudget",
            "spec: {minAvailable: 1, selector: {matchExpressions: "
            "[{key: app, operator: Exists, values: [web]}]}}",
        ),
        accepted=resource(
            "policy/v1",
            "PodDisruptionBudget",
            "spec: {minAvailable: 1, selector: {matchExpressions: [{key: app, operator: Exists}]}}",
        ),
    ),
)
"""Rows about metadata and labels."""
