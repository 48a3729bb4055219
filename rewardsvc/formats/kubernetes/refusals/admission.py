"""What the API server refuses of admission policies and of the conditions of webhooks, in CEL."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.admission import (
    IN_POLICIES,
    IN_WEBHOOKS,
    actions,
    expression,
    line_of_message,
    parameter,
    without_constraints,
    without_validations,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import distinct, filled, one_of, requires

_HOOKS = "kubernetes v1.34 pkg/apis/admissionregistration/validation/validation.go"
_POLICY = "ValidatingAdmissionPolicy"
_POLICIES = f"{_POLICY} MutatingAdmissionPolicy"
_BINDINGS = "ValidatingAdmissionPolicyBinding MutatingAdmissionPolicyBinding"
_WEBHOOKS = "ValidatingWebhookConfiguration MutatingWebhookConfiguration"

_DEPLOYMENTS = (
    "{resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], "
    "resources: [deployments]}]}"
)


def _policy(rest: str, constraints: str = f"matchConstraints: {_DEPLOYMENTS}, ") -> str:
    return resource("admissionregistration.k8s.io/v1", _POLICY, f"spec: {{{constraints}{rest}}}")


def _validating(text: str, more: str = "") -> str:
    return _policy(f"validations: [{{expression: {text!r}{more}}}]")


def _binding(rest: str) -> str:
    return resource(
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicyBinding",
        f"spec: {{policyName: web, {rest}}}",
    )


_FEW = "object.spec.replicas <= 5"

ADMISSION = (
    row(
        "policy-expression",
        "expressions of an admission policy are CEL, of the names that it has",
        f"{_HOOKS} validateValidatingAdmissionPolicySpec, validateCELExpression;"
        " https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/",
        on(
            at(
                _POLICY,
                "spec.validations.*.expression",
                "spec.validations.*.messageExpression",
                "spec.auditAnnotations.*.valueExpression",
            ),
            expression(IN_POLICIES),
        ),
        on(
            at(
                _POLICIES,
                "spec.matchConditions.*.expression",
                "spec.variables.*.expression",
            ),
            expression(IN_POLICIES),
        ),
        on(at(_WEBHOOKS, "webhooks.*.matchConditions.*.expression"), expression(IN_WEBHOOKS)),
        refused=_validating("object.spec.replicas <= "),
        accepted=_validating(_FEW),
    ),
    row(
        "policy-validations",
        "an admission policy validates or annotates",
        f"{_HOOKS} validateValidatingAdmissionPolicySpec",
        on(at(_POLICY, "spec"), without_validations),
        refused=_policy("failurePolicy: Fail, validations: []"),
        accepted=_policy("failurePolicy: Fail, validations: [{expression: 'true'}]"),
    ),
    row(
        "policy-constraints",
        "an admission policy says of which resources it is",
        f"{_HOOKS} validateValidatingAdmissionPolicySpec, validateMatchResources",
        on(at(_POLICIES, "spec"), without_constraints),
        refused=_policy(
            "validations: [{expression: 'true'}]", "matchConstraints: {resourceRules: []}, "
        ),
        accepted=_policy("validations: [{expression: 'true'}]"),
    ),
    row(
        "policy-enumerations",
        "policies, reasons and actions of an admission policy are those that the API has",
        f"{_HOOKS} validateFailurePolicy, supportedValidationPolicyReason, validateValidation",
        on(at(_POLICIES, "spec.failurePolicy"), one_of("Fail", "Ignore")),
        on(at(_POLICIES, "spec.matchConstraints.matchPolicy"), one_of("Exact", "Equivalent")),
        on(
            at(_POLICY, "spec.validations.*.reason"),
            one_of("Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"),
        ),
        on(
            at(
                _POLICIES,
                "spec.matchConstraints.resourceRules.*.operations.*",
                "spec.matchConstraints.excludeResourceRules.*.operations.*",
            ),
            one_of("CREATE", "UPDATE", "DELETE", "CONNECT", "*"),
        ),
        on(
            at(
                _POLICIES,
                "spec.matchConstraints.resourceRules.*.scope",
                "spec.matchConstraints.excludeResourceRules.*.scope",
            ),
            one_of("Cluster", "Namespaced", "*"),
        ),
        on(at(_BINDINGS, "spec.validationActions.*"), one_of("Deny", "Warn", "Audit")),
        on(at(_BINDINGS, "spec.paramRef.parameterNotFoundAction"), one_of("Allow", "Deny")),
        refused=_validating(_FEW, ", reason: TooMany"),
        accepted=_validating(_FEW, ", reason: Forbidden"),
    ),
    row(
        "policy-message",
        "the message of a validation is one line",
        f"{_HOOKS} validateValidation",
        on(at(_POLICY, "spec.validations.*.message"), line_of_message),
        refused=_validating(_FEW, ', message: "too many\\nreplicas"'),
        accepted=_validating(_FEW, ', message: "too many replicas"'),
    ),
    row(
        "policy-names",
        "variables and conditions of a policy have names of their own",
        f"{_HOOKS} validateVariable, validateMatchConditions",
        on(
            at(_POLICIES, "spec.variables", "spec.matchConditions"),
            distinct("{!r} is there twice", "name"),
        ),
        on(
            at(_WEBHOOKS, "webhooks.*.matchConditions"),
            distinct("{!r} is there twice", "name"),
        ),
        refused=_policy(
            "validations: [{expression: 'true'}], variables: "
            "[{name: a, expression: '1'}, {name: a, expression: '2'}]"
        ),
        accepted=_policy(
            "validations: [{expression: 'true'}], variables: "
            "[{name: a, expression: '1'}, {name: b, expression: '2'}]"
        ),
    ),
    row(
        "policy-parameters",
        "the kind of a policy's parameters has a version and a name",
        f"{_HOOKS} validateParamKind",
        on(at(_POLICIES, "spec.paramKind"), requires("apiVersion", "kind")),
        refused=_policy("validations: [{expression: 'true'}], paramKind: {kind: ConfigMap}"),
        accepted=_policy(
            "validations: [{expression: 'true'}], paramKind: {kind: ConfigMap, apiVersion: v1}"
        ),
    ),
    row(
        "policy-actions",
        "a binding has actions, each once, and not both Deny and Warn",
        f"{_HOOKS} validateValidationActions",
        on(at(_BINDINGS, "spec.validationActions"), actions),
        on(at(_BINDINGS, "spec.validationActions"), filled("validationActions")),
        on(at(_BINDINGS, "spec.policyName"), filled("policyName")),
        refused=_binding("validationActions: [Deny, Warn]"),
        accepted=_binding("validationActions: [Deny, Audit]"),
    ),
    row(
        "policy-reference",
        "the parameters of a binding are named or selected, and what is done without them is said",
        f"{_HOOKS} validateParamRef",
        on(at(_BINDINGS, "spec.paramRef"), parameter),
        refused=_binding("validationActions: [Deny], paramRef: {name: most}"),
        accepted=_binding(
            "validationActions: [Deny], paramRef: {name: most, parameterNotFoundAction: Deny}"
        ),
    ),
)
"""Rows about admission policies."""
