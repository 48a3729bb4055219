"""What the API server refuses of roles, bindings, webhooks and definitions of custom resources."""

from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping, sequence
from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.rules import Problem, at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_1035,
    DNS_LABEL,
    DNS_SUBDOMAIN,
    between,
    distinct,
    exclusive,
    filled,
    form,
    one_of,
    only,
    plain,
    requires,
    text_at,
    unlike,
)

_RBAC = "kubernetes v1.34 pkg/apis/rbac/validation/validation.go"
_HOOKS = "kubernetes v1.34 pkg/apis/admissionregistration/validation/validation.go"
_CRD = "kubernetes v1.34 apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go"
_GROUP = "rbac.authorization.k8s.io"
_BINDINGS = "RoleBinding ClusterRoleBinding"
_WEBHOOKS = "ValidatingWebhookConfiguration MutatingWebhookConfiguration"


def _rule(rule: Any) -> Iterator[Problem]:
    body = mapping(rule)
    urls, resources = body.get("nonResourceURLs"), body.get("resources")
    if urls and (resources or body.get("apiGroups") or body.get("resourceNames")):
        yield ("nonResourceURLs",), "a rule is of resources or of URLs"
    elif not urls and not body.get("apiGroups"):
        yield (), "a rule of resources has an apiGroup ('' is the core's)"
    elif not urls and not resources:
        yield (), "a rule has resources"


def _url_in_role(rule: Any) -> Iterator[Problem]:
    if mapping(rule).get("nonResourceURLs"):
        yield ("nonResourceURLs",), "URLs are of a ClusterRole"


def _subject(subject: Any) -> Iterator[Problem]:
    body = mapping(subject)
    kind, group = body.get("kind"), body.get("apiGroup")
    if kind == "ServiceAccount" and group:
        yield ("apiGroup",), f"{group!r}: a ServiceAccount's is the core's, ''"
    elif kind in ("User", "Group") and isinstance(group, str) and group not in ("", _GROUP):
        yield ("apiGroup",), f"{group!r} is not {_GROUP}"


def _account_name(subject: Any) -> Iterator[Problem]:
    body = mapping(subject)
    name = plain(body.get("name"))
    if body.get("kind") == "ServiceAccount" and name and (why := unlike(name, DNS_SUBDOMAIN)):
        yield ("name",), why


def _without_namespace(subject: Any) -> Iterator[Problem]:
    body = mapping(subject)
    if body.get("kind") == "ServiceAccount" and not body.get("namespace"):
        yield (), "a ServiceAccount is named without its namespace"


def _webhook_name(value: Any) -> Iterator[Problem]:
    text = plain(value)
    if text is not None and (text.count(".") < 2 or unlike(text, DNS_SUBDOMAIN)):
        yield (), f"{text!r} is no name of three parts at least, as pods.example.com is"


def _url(value: Any) -> Iterator[Problem]:
    text = plain(value)
    if text is not None and not text.startswith("https://"):
        yield (), f"{text!r} does not begin with https://"
    elif text is not None and set("?#@") & set(text):
        yield (), f"{text!r}: neither user, query nor fragment is allowed"


def _all_or_some(value: Any) -> Iterator[Problem]:
    if len(sequence(value)) > 1 and "*" in sequence(value):
        yield (), "* is alone"


def _definition_name(body: Any) -> Iterator[Problem]:
    spec = mapping(mapping(body).get("spec"))
    plural, group = mapping(spec.get("names")).get("plural"), spec.get("group")
    name = plain(mapping(mapping(body).get("metadata")).get("name"))
    if name and plain(plural) and plain(group) and name != f"{plural}.{group}":
        yield (
            ("metadata", "name"),
            f"{name!r} is not {plural}.{group}, of spec.names and spec.group",
        )


def _stored(versions: Any) -> Iterator[Problem]:
    stored = sum(mapping(version).get("storage") is True for version in sequence(versions))
    if stored != 1:
        yield (), f"{stored} versions have storage: true instead of one"


def _schema(version: Any) -> Iterator[Problem]:
    schema = mapping(mapping(version).get("schema")).get("openAPIV3Schema")
    if mapping(version) and not isinstance(schema, dict):
        yield (), "a version has schema.openAPIV3Schema"
    elif isinstance(schema, dict) and schema.get("type") != "object":
        yield ("schema", "openAPIV3Schema"), "the schema of a resource is of the type object"


def _types(schema: Any) -> Iterator[Problem]:
    yield from _typed(schema, (), 0)


_TYPES = frozenset({"array", "boolean", "integer", "number", "object", "string"})
MAX_SCHEMA_DEPTH = 40


def _typed(schema: Any, path: tuple[str | int, ...], depth: int) -> Iterator[Problem]:
    if not isinstance(schema, dict) or depth > MAX_SCHEMA_DEPTH:
        return
    kind = schema.get("type")
    if isinstance(kind, str) and kind not in _TYPES:
        yield (*path, "type"), f"{kind!r} is not one of {', '.join(sorted(_TYPES))}"
    elif kind is None and depth and not _OPEN & schema.keys():
        yield path, "a structural schema says the type of every field"
    elif kind == "array" and schema.get("items") is None:
        yield path, "an array says what its items are"
    for name, inner in mapping(schema.get("properties")).items():
        yield from _typed(inner, (*path, "properties", name), depth + 1)
    for key in ("items", "additionalProperties"):
        yield from _typed(schema.get(key), (*path, key), depth + 1)


_OPEN = frozenset({"x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields", "$ref"})


def _role(rule: str, kind: str = "Role") -> str:
    return resource(f"{_GROUP}/v1", kind, f"rules: [{{{rule}}}]")


def _binding(role: str, subject: str, kind: str = "ClusterRoleBinding") -> str:
    return resource(f"{_GROUP}/v1", kind, f"roleRef: {{{role}}}\nsubjects: [{{{subject}}}]")


_VIEW = f"apiGroup: {_GROUP}, kind: ClusterRole, name: view"
_USER = f"kind: User, name: ana, apiGroup: {_GROUP}"


def _hook(more: str = "", name: str = "pods.web.example.com") -> str:
    given = {
        "admissionReviewVersions": "[v1]",
        "sideEffects": "None",
        "clientConfig": "{url: 'https://hooks.example.com/pods'}",
    }
    rest = ", ".join(f"{key}: {value}" for key, value in given.items() if f"{key}:" not in more)
    return resource(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        f"webhooks: [{{name: {name}, {rest}{', ' if more else ''}{more}}}]",
    )


def _rules(rule: str) -> str:
    usual = "apiGroups: [''], apiVersions: [v1], resources: [pods]"
    return _hook(f"rules: [{{{usual}, {rule}}}]")


_OBJECT = "{type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}"


def _definition(
    version: str = "served: true, storage: true", schema: str = _OBJECT, **over: str
) -> str:
    given = {
        "name": "sites.example.com",
        "scope": "Namespaced",
        "version": "v1",
        "kind": "Site",
        "plural": "sites",
    } | over
    text = (
        f"spec: {{group: example.com, scope: {given['scope']}, "
        f"names: {{kind: {given['kind']}, plural: {given['plural']}}}, versions: "
        f"[{{name: {given['version']}, {version}, schema: {{openAPIV3Schema: {schema}}}}}]}}"
    )
    return resource(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        text,
        meta=f"name: {given['name']}",
    )


ACCESS = (
    row(
        "role-group",
        "the apiGroup of a roleRef is rbac.authorization.k8s.io",
        f"{_RBAC} ValidateRoleBinding",
        on(
            at(_BINDINGS, "roleRef.apiGroup"),
            only(f"the apiGroup of roles is {_GROUP}", "", _GROUP),
        ),
        refused=_binding(_VIEW.replace(_GROUP, "v1"), _USER),
        accepted=_binding(_VIEW, _USER),
    ),
    row(
        "role-kind",
        "a RoleBinding gives a Role or ClusterRole, a ClusterRoleBinding a ClusterRole",
        f"{_RBAC} ValidateRoleBinding, ValidateClusterRoleBinding",
        on(at("RoleBinding", "roleRef.kind"), one_of("Role", "ClusterRole")),
        on(
            at("ClusterRoleBinding", "roleRef.kind"),
            only("a ClusterRoleBinding gives a ClusterRole", "ClusterRole"),
        ),
        on(at(_BINDINGS, "roleRef.name"), filled("name")),
        refused="# external: Group/view\n" + _binding(_VIEW.replace("ClusterRole", "Group"), _USER),
        accepted=_binding(_VIEW, _USER),
    ),
    row(
        "subject-kind",
        "a subject is a User, a Group or a ServiceAccount, and has a name",
        f"{_RBAC} ValidateRoleBindingSubject",
        on(at(_BINDINGS, "subjects.*.kind"), one_of("User", "Group", "ServiceAccount")),
        on(at(_BINDINGS, "subjects.*.name"), filled("name")),
        refused=_binding(_VIEW, _USER.replace("User", "Person")),
        accepted=_binding(_VIEW, _USER),
    ),
    row(
        "subject-group",
        "users and groups are of rbac.authorization.k8s.io, ServiceAccounts of the core's group",
        f"{_RBAC} ValidateRoleBindingSubject",
        on(at(_BINDINGS, "subjects.*"), _subject),
        refused=_binding(_VIEW, "kind: User, name: ana, apiGroup: v1"),
        accepted=_binding(_VIEW, _USER),
    ),
    row(
        "subject-name",
        "the name of a ServiceAccount that is given rights is a DNS-1123 subdomain",
        f"{_RBAC} ValidateRoleBindingSubject",
        on(at(_BINDINGS, "subjects.*"), _account_name),
        refused="# external: ServiceAccount/team:default\n"
        + _binding(_VIEW, "kind: ServiceAccount, name: 'team:default', namespace: team"),
        accepted=_binding(_VIEW, "kind: ServiceAccount, name: default, namespace: team"),
    ),
    row(
        "subject",
        "a ClusterRoleBinding names a ServiceAccount with its namespace",
        f"{_RBAC} ValidateRoleBindingSubject",
        on(at("ClusterRoleBinding", "subjects.*"), _without_namespace),
        refused=_binding(_VIEW, "kind: ServiceAccount, name: default"),
        accepted=_binding(_VIEW, "kind: ServiceAccount, name: default, namespace: team"),
    ),
    row(
        "role-rule",
        "a rule is of resources, with their API groups, or of URLs",
        f"{_RBAC} ValidatePolicyRule",
        on(at("Role ClusterRole", "rules.*"), _rule),
        refused=_role("resources: [pods], verbs: [get]"),
        accepted=_role("apiGroups: [''], resources: [pods], verbs: [get]"),
    ),
    row(
        "role-verbs",
        "a rule has a verb at least",
        f"{_RBAC} ValidatePolicyRule",
        on(at("Role ClusterRole", "rules.*.verbs"), filled("verbs")),
        refused=_role("apiGroups: [''], resources: [pods], verbs: []"),
        accepted=_role("apiGroups: [''], resources: [pods], verbs: ['*']"),
    ),
    row(
        "role-url",
        "URLs are of a ClusterRole",
        f"{_RBAC} ValidatePolicyRule",
        on(at("Role", "rules.*"), _url_in_role),
        refused=_role("nonResourceURLs: [/healthz], verbs: [get]"),
        accepted=_role("nonResourceURLs: [/healthz], verbs: [get]", "ClusterRole"),
    ),
    row(
        "webhook-name",
        "the name of a webhook is a domain's, of three parts at least",
        f"{_HOOKS} validateValidatingWebhook, IsFullyQualifiedName",
        on(at(_WEBHOOKS, "webhooks.*.name"), _webhook_name),
        refused=_hook(name="pods"),
        accepted=_hook(),
    ),
    row(
        "webhook-twice",
        "webhooks of a configuration have names of their own",
        f"{_HOOKS} validateValidatingWebhookConfiguration",
        on(at(_WEBHOOKS, "webhooks"), distinct("two webhooks of the name {!r}", text_at("name"))),
        refused=_hook().replace("webhooks: [", "webhooks: [&a ").replace("}]\n", "}, *a]\n"),
        accepted=_hook(),
    ),
    row(
        "webhook-enumerations",
        "policies, effects and scopes of a webhook are those that the API has",
        f"{_HOOKS} validateWebhook, supportedSideEffectClasses",
        on(at(_WEBHOOKS, "webhooks.*.sideEffects"), one_of("None", "NoneOnDryRun")),
        on(at(_WEBHOOKS, "webhooks.*.failurePolicy"), one_of("Fail", "Ignore")),
        on(at(_WEBHOOKS, "webhooks.*.matchPolicy"), one_of("Exact", "Equivalent")),
        on(at(_WEBHOOKS, "webhooks.*.reinvocationPolicy"), one_of("Never", "IfNeeded")),
        on(at(_WEBHOOKS, "webhooks.*.rules.*.scope"), one_of("Cluster", "Namespaced", "*")),
        refused=_hook("sideEffects: Some"),
        accepted=_hook("failurePolicy: Ignore"),
    ),
    row(
        "webhook-operations",
        "a rule of a webhook has operations, and * is alone",
        f"{_HOOKS} validateRuleWithOperations",
        on(
            at(_WEBHOOKS, "webhooks.*.rules.*.operations.*"),
            one_of("CREATE", "UPDATE", "DELETE", "CONNECT", "*"),
        ),
        on(
            at(
                _WEBHOOKS,
                *(
                    f"webhooks.*.rules.*.{key}"
                    for key in ("operations", "apiGroups", "apiVersions")
                ),
            ),
            _all_or_some,
        ),
        on(
            at(_WEBHOOKS, "webhooks.*.rules.*"),
            requires("operations", "apiGroups", "apiVersions", "resources"),
        ),
        refused=_rules("operations: [Create]"),
        accepted=_rules("operations: [CREATE]"),
    ),
    row(
        "webhook-client",
        "a webhook is reached by a URL or a service",
        f"{_HOOKS} validateWebhookClientConfig",
        on(at(_WEBHOOKS, "webhooks.*.clientConfig"), exclusive("url", "service", needed=True)),
        refused=_hook("clientConfig: {}"),
        accepted=_hook("clientConfig: {service: {name: hooks, namespace: web}}"),
    ),
    row(
        "webhook-url",
        "the URL of a webhook is https, without user, query and fragment",
        "kubernetes v1.34 apiserver pkg/util/webhook/validation.go ValidateWebhookURL",
        on(at(_WEBHOOKS, "webhooks.*.clientConfig.url"), _url),
        refused=_hook("clientConfig: {url: 'http://hooks.example.com'}"),
        accepted=_hook("clientConfig: {url: 'https://hooks.example.com'}"),
    ),
    row(
        "webhook-time",
        "a webhook answers within 1 to 30 seconds",
        f"{_HOOKS} validateWebhook",
        on(at(_WEBHOOKS, "webhooks.*.timeoutSeconds"), between(1, 30)),
        refused=_hook("timeoutSeconds: 60"),
        accepted=_hook("timeoutSeconds: 30"),
    ),
    row(
        "review-versions",
        "a webhook knows v1 or v1beta1 of AdmissionReview",
        f"{_HOOKS} validateAdmissionReviewVersions",
        on(
            at(_WEBHOOKS, "webhooks.*.admissionReviewVersions"),
            lambda value: (
                [((), "one of v1, v1beta1 must be among them")]
                if isinstance(value, list) and not {"v1", "v1beta1"} & set(map(str, value))
                else ()
            ),
        ),
        refused=_hook("admissionReviewVersions: [v2]"),
        accepted=_hook("admissionReviewVersions: [v2, v1]"),
    ),
    row(
        "definition-name",
        "the name of a CustomResourceDefinition is PLURAL.GROUP",
        f"{_CRD} ValidateCustomResourceDefinition",
        on(at("CustomResourceDefinition", ""), _definition_name),
        refused=_definition(name="site.example.com"),
        accepted=_definition(),
    ),
    row(
        "definition-scope",
        "the scope of a definition is Cluster or Namespaced",
        f"{_CRD} validateCustomResourceDefinitionSpec",
        on(at("CustomResourceDefinition", "spec.scope"), one_of("Cluster", "Namespaced")),
        refused=_definition(scope="Namespace"),
        accepted=_definition(scope="Cluster"),
    ),
    row(
        "definition-versions",
        "one version of a definition is stored, and each is named as a DNS-1035 label, once",
        f"{_CRD} validateCustomResourceDefinitionSpec",
        on(at("CustomResourceDefinition", "spec.versions"), _stored),
        on(
            at("CustomResourceDefinition", "spec.versions"),
            distinct("two versions of the name {!r}", text_at("name")),
        ),
        on(at("CustomResourceDefinition", "spec.versions.*.name"), form(DNS_1035)),
        refused=_definition("served: true, storage: false"),
        accepted=_definition("served: true, storage: true"),
    ),
    row(
        "definition-schema",
        "each version of a definition has a schema, of the type object",
        f"{_CRD} validateCustomResourceDefinitionSpec, pkg/apiserver/schema/validation.go",
        on(at("CustomResourceDefinition", "spec.versions.*"), _schema),
        refused=_definition(schema="{type: string}"),
        accepted=_definition(),
    ),
    row(
        "definition-type",
        "every field in the schema of a definition has a type, every array items",
        "kubernetes v1.34 apiextensions-apiserver pkg/apiserver/schema/validation.go "
        "ValidateStructural",
        on(at("CustomResourceDefinition", "spec.versions.*.schema.openAPIV3Schema"), _types),
        refused=_definition(schema="{type: object, properties: {spec: {type: map}}}"),
        accepted=_definition(),
    ),
    row(
        "definition-names",
        "plural, singular and short names of a definition are lower case, its kind any",
        f"{_CRD} ValidateCustomResourceDefinitionNames",
        on(
            at(
                "CustomResourceDefinition",
                "spec.names.plural",
                "spec.names.singular",
                "spec.names.shortNames.*",
                "spec.names.categories.*",
            ),
            lambda value: form(DNS_1035)(value) if value else (),
        ),
        on(
            at("CustomResourceDefinition", "spec.names.kind", "spec.names.listKind"),
            lambda value: form(DNS_1035)(value.lower()) if plain(value) else (),
        ),
        refused=_definition(plural="Sites", name="Sites.example.com"),
        accepted=_definition(),
    ),
    row(
        "runtime-handler",
        "the handler of a RuntimeClass is a DNS-1123 label",
        "kubernetes v1.34 pkg/apis/node/validation/validation.go ValidateRuntimeClass",
        on(at("RuntimeClass", "handler"), form(DNS_LABEL)),
        refused=resource("node.k8s.io/v1", "RuntimeClass", "handler: gVisor"),
        accepted=resource("node.k8s.io/v1", "RuntimeClass", "handler: gvisor"),
    ),
)
"""Rows about access to the API and extensions of it."""
