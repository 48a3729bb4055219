"""What the API server refuses of roles, bindings, webhooks and definitions of custom resources."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.access import (
    GROUP,
    account_name,
    all_or_some,
    definition_name,
    incomplete_rule,
    stored,
    subject_group,
    types,
    url,
    url_in_role,
    webhook_name,
    without_namespace,
    without_schema,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_1035,
    DNS_LABEL,
    between,
    distinct,
    exclusive,
    filled,
    form,
    one_of,
    only,
    plain,
    requires,
)

_RBAC = "kubernetes v1.34 pkg/apis/rbac/validation/validation.go"
_HOOKS = "kubernetes v1.34 pkg/apis/admissionregistration/validation/validation.go"
_CRD = "kubernetes v1.34 apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go"
_BINDINGS = "RoleBinding ClusterRoleBinding"
_WEBHOOKS = "ValidatingWebhookConfiguration MutatingWebhookConfiguration"


def _role(rule: str, kind: str = "Role") -> str:
    return resource(f"{GROUP}/v1", kind, f"rules: [{{{rule}}}]")


def _binding(role: str, subject: str, kind: str = "ClusterRoleBinding") -> str:
    return resource(f"{GROUP}/v1", kind, f"roleRef: {{{role}}}\nsubjects: [{{{subject}}}]")


_VIEW = f"apiGroup: {GROUP}, kind: ClusterRole, name: view"
_USER = f"kind: User, name: ana, apiGroup: {GROUP}"


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
            only(f"the apiGroup of roles is {GROUP}", "", GROUP),
        ),
        refused=_binding(_VIEW.replace(GROUP, "v1"), _USER),
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
        on(at(_BINDINGS, "subjects.*"), subject_group),
        refused=_binding(_VIEW, "kind: User, name: ana, apiGroup: v1"),
        accepted=_binding(_VIEW, _USER),
    ),
    row(
        "subject-name",
        "the name of a ServiceAccount that is given rights is a DNS-1123 subdomain",
        f"{_RBAC} ValidateRoleBindingSubject",
        on(at(_BINDINGS, "subjects.*"), account_name),
        refused="# external: ServiceAccount/team:default\n"
        + _binding(_VIEW, "kind: ServiceAccount, name: 'team:default', namespace: team"),
        accepted=_binding(_VIEW, "kind: ServiceAccount, name: default, namespace: team"),
    ),
    row(
        "subject",
        "a ClusterRoleBinding names a ServiceAccount with its namespace",
        f"{_RBAC} ValidateRoleBindingSubject",
        on(at("ClusterRoleBinding", "subjects.*"), without_namespace),
        refused=_binding(_VIEW, "kind: ServiceAccount, name: default"),
        accepted=_binding(_VIEW, "kind: ServiceAccount, name: default, namespace: team"),
    ),
    row(
        "role-rule",
        "a rule is of resources, with their API groups, or of URLs",
        f"{_RBAC} ValidatePolicyRule",
        on(at("Role ClusterRole", "rules.*"), incomplete_rule),
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
        on(at("Role", "rules.*"), url_in_role),
        refused=_role("nonResourceURLs: [/healthz], verbs: [get]"),
        accepted=_role("nonResourceURLs: [/healthz], verbs: [get]", "ClusterRole"),
    ),
    row(
        "webhook-name",
        "the name of a webhook is a domain's, of three parts at least",
        f"{_HOOKS} validateValidatingWebhook, IsFullyQualifiedName",
        on(at(_WEBHOOKS, "webhooks.*.name"), webhook_name),
        refused=_hook(name="pods"),
        accepted=_hook(),
    ),
    row(
        "webhook-twice",
        "webhooks of a configuration have names of their own",
        f"{_HOOKS} validateValidatingWebhookConfiguration",
        on(at(_WEBHOOKS, "webhooks"), distinct("two webhooks of the name {!r}", "name")),
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
            all_or_some,
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
        on(at(_WEBHOOKS, "webhooks.*.clientConfig.url"), url),
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
        on(at("CustomResourceDefinition", ""), definition_name),
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
        on(at("CustomResourceDefinition", "spec.versions"), stored),
        on(
            at("CustomResourceDefinition", "spec.versions"),
            distinct("two versions of the name {!r}", "name"),
        ),
        on(at("CustomResourceDefinition", "spec.versions.*.name"), form(DNS_1035)),
        refused=_definition("served: true, storage: false"),
        accepted=_definition("served: true, storage: true"),
    ),
    row(
        "definition-schema",
        "each version of a definition has a schema, of the type object",
        f"{_CRD} validateCustomResourceDefinitionSpec, pkg/apiserver/schema/validation.go",
        on(at("CustomResourceDefinition", "spec.versions.*"), without_schema),
        refused=_definition(schema="{type: string}"),
        accepted=_definition(),
    ),
    row(
        "definition-type",
        "every field in the schema of a definition has a type, every array items",
        "kubernetes v1.34 apiextensions-apiserver pkg/apiserver/schema/validation.go "
        "ValidateStructural",
        on(at("CustomResourceDefinition", "spec.versions.*.schema.openAPIV3Schema"), types),
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
