"""What the API server refuses of ResourceQuotas and LimitRanges together with their scopes."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.quotas import (
    claim_limits,
    quota_names,
    ratios,
    scope_selector,
    scopes,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import distinct

_CORE = "kubernetes v1.34 pkg/apis/core/validation/validation.go"


def _quota(spec: str) -> str:
    return resource("v1", "ResourceQuota", f"spec: {{{spec}}}")


def _limits(*limits: str) -> str:
    return resource("v1", "LimitRange", f"spec: {{limits: [{', '.join(limits)}]}}")


def _selecting(expression: str) -> str:
    return _quota(f"hard: {{pods: 4}}, scopeSelector: {{matchExpressions: [{{{expression}}}]}}")


QUOTAS = (
    row(
        "quota-name",
        "a quota counts what the API names, or count/RESOURCE.GROUP, and things in whole numbers",
        f"{_CORE} ValidateResourceQuotaResourceName, ValidateResourceQuantityValue;"
        " pkg/apis/core/helper/helpers.go standardQuotaResources, integerResources",
        on(at("ResourceQuota", "spec.hard"), quota_names),
        refused=_quota("hard: {deployments: 5}"),
        accepted=_quota("hard: {count/deployments.apps: 5}"),
    ),
    row(
        "quota-scopes",
        "scopes of a quota do not exclude each other, and have what it counts",
        f"{_CORE} validateResourceQuotaScopes;"
        " pkg/apis/core/helper/helpers.go IsResourceQuotaScopeValidForResource",
        on(at("ResourceQuota", "spec"), scopes),
        refused=_quota("hard: {pods: 4}, scopes: [BestEffort, NotBestEffort]"),
        accepted=_quota("hard: {pods: 4}, scopes: [BestEffort, NotTerminating]"),
    ),
    row(
        "quota-selector",
        "PriorityClass is selected by its values, other scopes by being there",
        f"{_CORE} validateScopedResourceSelectorRequirement",
        on(at("ResourceQuota", "spec.scopeSelector.matchExpressions.*"), scope_selector),
        refused=_selecting("scopeName: Terminating, operator: In, values: [a]"),
        accepted=_selecting("scopeName: PriorityClass, operator: In, values: [a]"),
    ),
    row(
        "limit-ratio",
        "a ratio of limit to request is 1 at least, and no more than max over min",
        f"{_CORE} ValidateLimitRange",
        on(at("LimitRange", "spec.limits.*"), ratios),
        refused=_limits("{type: Container, maxLimitRequestRatio: {cpu: 500m}}"),
        accepted=_limits("{type: Container, maxLimitRequestRatio: {cpu: '4'}}"),
    ),
    row(
        "limit-claims",
        "a limit of claims has a least or a largest size",
        f"{_CORE} ValidateLimitRange",
        on(at("LimitRange", "spec.limits.*"), claim_limits),
        refused=_limits("{type: PersistentVolumeClaim, default: {storage: 1Gi}}"),
        accepted=_limits("{type: PersistentVolumeClaim, max: {storage: 1Gi}}"),
    ),
    row(
        "limit-twice",
        "a LimitRange limits each type once",
        f"{_CORE} ValidateLimitRange",
        on(at("LimitRange", "spec.limits"), distinct("two limits of the type {!r}", "type")),
        refused=_limits("{type: Pod, max: {cpu: 1}}", "{type: Pod, max: {memory: 1Gi}}"),
        accepted=_limits("{type: Pod, max: {cpu: 1}}", "{type: Container, max: {memory: 1Gi}}"),
    ),
)
"""Rows about quotas and limits."""
