"""What the API server refuses of any resource's metadata, and of labels wherever they stand."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.refusals.examples import cron_job, job, pod, resource, service
from rewardsvc.formats.kubernetes.refusals.rules import (
    ANY,
    Check,
    Problem,
    at,
    in_pods,
    in_templates,
    on,
    row,
)
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_1035,
    DNS_LABEL,
    DNS_SUBDOMAIN,
    LABEL_VALUE,
    Form,
    all_of,
    distinct,
    form,
    inside,
    keys_of,
    lower_qualified,
    one_of,
    plain,
    qualified,
    requires,
    text_at,
    unlike,
    values_of,
)

_META = "kubernetes v1.34 apimachinery pkg/api/validation/objectmeta.go"
_NAMES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"
_LABELS = "kubernetes v1.34 apimachinery pkg/apis/meta/v1/validation/validation.go"

_ROLES = "ClusterRole ClusterRoleBinding Role RoleBinding"
_NAMED_OTHERWISE = frozenset(
    {*_ROLES.split(), "APIService", "ClusterTrustBundle", "CustomResourceDefinition", "IPAddress"}
    | {"Namespace", "Service", "ServiceCIDR"}
)
"""Kinds whose names have another form than a DNS-1123 subdomain."""

_CALLS = ("Review", "List", "Status", "Options", "Scale", "Eviction", "Binding", "TokenRequest")
"""What is asked of an API server and not kept: it needs no name."""

_KEPT_BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})
MAX_ANNOTATIONS = 256 * 1024
"""Bytes of all annotations of a resource, keys included (``TotalAnnotationSizeLimitB``)."""


def _without_name(body: Any) -> Iterator[Problem]:
    kind, metadata = str(body.get("kind")), body.get("metadata")
    if kind.endswith(_CALLS) and kind not in _KEPT_BINDINGS:
        return
    named = isinstance(metadata, dict) and (metadata.get("name") or metadata.get("generateName"))
    if not named and (metadata is None or isinstance(metadata, dict)):
        yield ("metadata",), "neither name nor generateName is given"


def _subdomain(body: Any) -> Iterator[Problem]:
    """Most kinds' names."""
    if body.get("kind") not in _NAMED_OTHERWISE:
        yield from inside("metadata", _named(DNS_SUBDOMAIN))(body)


def _named(wanted: Form) -> Check:
    """The name or what a name begins with; a dash may end the latter."""

    def check(metadata: Any) -> Iterator[Problem]:
        if not isinstance(metadata, dict):
            return
        name, prefix = plain(metadata.get("name")), plain(metadata.get("generateName"))
        if name and (why := unlike(name, wanted)):
            yield ("name",), why
        elif prefix and not name and (why := unlike(_masked(prefix), wanted)):
            yield ("generateName",), why

    return check


def _masked(prefix: str) -> str:
    return f"{prefix[:-1]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def _path_segment(value: Any) -> Iterator[Problem]:
    text = plain(value)
    if text is not None and (text in {".", ".."} or "/" in text or "%" in text):
        yield (), f"{text!r}: a name is not . or .. and has neither / nor %"


def _longest(most: int, what: str) -> Check:
    def check(value: Any) -> Iterator[Problem]:
        text = plain(value)
        if text is not None and most < len(text) <= DNS_SUBDOMAIN[1]:
            yield (), f"it has {len(text)} characters: {what} has at most {most}"

    return check


def _size(annotations: Any) -> Iterator[Problem]:
    if isinstance(annotations, dict):
        texts = [text for pair in annotations.items() for text in pair if isinstance(text, str)]
        if sum(len(text.encode(errors="replace")) for text in texts) > MAX_ANNOTATIONS:
            yield (), f"annotations are more than {MAX_ANNOTATIONS} bytes"


def _not_text(value: Any) -> Iterator[Problem]:
    if value is not None and not isinstance(value, str):
        yield (), f"{value!r} is no text: it needs quotes"


def _custom(check: Check) -> Check:
    """Of custom resources alone: Kubernetes' own have a schema that says it."""

    def checked(body: Any) -> Iterator[Problem]:
        group = str(body.get("apiVersion")).rpartition("/")[0]
        if "." in group and not group.endswith(".k8s.io"):
            yield from check(body)

    return checked


def _selector_values(rule: Any) -> Iterator[Problem]:
    """In and NotIn have values, Exists and DoesNotExist none."""
    if isinstance(rule, dict):
        operator, values = rule.get("operator"), rule.get("values")
        if operator in ("In", "NotIn") and not values:
            yield (), f"the operator {operator} needs values"
        elif operator in ("Exists", "DoesNotExist") and values:
            yield ("values",), f"the operator {operator} has no values"


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
        on(at(ANY, ""), _without_name),
        refused=resource("v1", "ConfigMap", "data: {a: b}", meta=""),
        accepted=resource("v1", "ConfigMap", "data: {a: b}", meta="generateName: web-"),
    ),
    row(
        "name",
        "a name is a DNS-1123 subdomain, of custom resources too",
        f"{_META} ValidateObjectMeta, pkg/api/validation/generic.go NameIsDNSSubdomain",
        on(at(ANY, ""), _subdomain),
        refused=resource("v1", "ConfigMap", "data: {a: b}", meta="name: Web_Settings"),
        accepted=resource("v1", "ConfigMap", "data: {a: b}", meta="name: web.settings-2"),
    ),
    row(
        "name-of-namespace",
        "the name of a Namespace is a DNS-1123 label",
        "kubernetes v1.34 pkg/apis/core/validation/validation.go ValidateNamespaceName",
        on(at("Namespace", "metadata"), _named(DNS_LABEL)),
        refused=resource("v1", "Namespace", meta="name: team.web"),
        accepted=resource("v1", "Namespace", meta="name: team-web"),
    ),
    row(
        "name-of-service",
        "the name of a Service is a DNS-1035 label",
        "kubernetes v1.34 pkg/apis/core/validation/validation.go ValidateServiceName",
        on(at("Service", "metadata"), _named(DNS_1035)),
        refused=service("ports: [{port: 80}]", meta="name: 2-web"),
        accepted=service("ports: [{port: 80}]", meta="name: web-2"),
    ),
    row(
        "name-of-role",
        "the name of a role or binding can be a segment of a path",
        "kubernetes v1.34 pkg/apis/rbac/validation/validation.go ValidateRBACName",
        on(at(_ROLES, "metadata.name"), _path_segment),
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
        on(at("CronJob", "metadata.name"), _longest(52, "a CronJob's name")),
        refused=cron_job(meta=f"name: {'a' * 53}"),
        accepted=cron_job(meta=f"name: {'a' * 52}"),
    ),
    row(
        "name-of-job",
        "the name of a Job can be the value of a label of its pods",
        "kubernetes v1.34 pkg/registry/batch/job/strategy.go generateSelector",
        on(at("Job", "metadata.name"), _longest(63, "a Job's name, a label of its pods,")),
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
            at(ANY, ""),
            _custom(
                inside(
                    "metadata",
                    all_of(
                        inside("labels", values_of(_not_text)),
                        inside("annotations", values_of(_not_text)),
                    ),
                )
            ),
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
        on(at(ANY, "metadata.annotations"), _size),
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
            distinct("two owners of the uid {!r}", text_at("uid")),
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
        on(SELECTORS, inside("matchExpressions", values_of(_selector_values))),
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
