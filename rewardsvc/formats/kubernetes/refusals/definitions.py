"""What the API server refuses in definitions of custom resources beyond their names."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.admission import expression
from rewardsvc.formats.kubernetes.refusals.finders.definitions import (
    conversion,
    default,
    forbidden,
    list_kind,
    of_schemas,
    scale,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    inside,
    one_of,
    requires,
    values_of,
)

_CRD = "kubernetes v1.34 apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go"
_DEFAULTS = (
    "kubernetes v1.34 apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go"
    " ValidateDefaults"
)
_DOCS = (
    "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/"
    "custom-resource-definitions/ (specifying a structural schema)"
)
_SCHEMAS = at("CustomResourceDefinition", "spec.versions.*.schema.openAPIV3Schema")


def _definition(size: str = "type: integer", version: str = "", more: str = "") -> str:
    return resource(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "spec: {group: example.com, scope: Namespaced, names: {kind: Site, plural: sites}, "
        "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: "
        f"{{type: object, properties: {{size: {{{size}}}}}}}}}{version}}}]{more}}}",
        meta="name: sites.example.com",
    )


def _scaled(path: str) -> str:
    return _definition(
        version=f", subresources: {{scale: {{specReplicasPath: {path}, "
        "statusReplicasPath: .status.replicas}}"
    )


def _column(column: str) -> str:
    return _definition(version=f", additionalPrinterColumns: [{{name: Size, {column}}}]")


def _ruled(rule: str) -> str:
    return _definition(f"type: integer, x-kubernetes-validations: [{{rule: {rule!r}}}]")


DEFINITIONS = (
    row(
        "definition-default",
        "a default in the schema of a definition is of its type, and one of its enumeration",
        _DEFAULTS,
        on(_SCHEMAS, of_schemas(default)),
        refused=_definition("type: integer, default: large"),
        accepted=_definition("type: integer, default: 3"),
    ),
    row(
        "definition-keyword",
        "the schema of a definition has no references and patterns of properties, and further "
        "properties only where there are no others",
        f"{_CRD} ValidateCustomResourceDefinitionOpenAPISchema; {_DOCS}",
        on(_SCHEMAS, of_schemas(forbidden)),
        refused=_definition(
            "type: object, properties: {a: {type: string}}, additionalProperties: {type: string}"
        ),
        accepted=_definition("type: object, additionalProperties: {type: string}"),
    ),
    row(
        "definition-scale",
        "a scale has paths below .spec and .status",
        f"{_CRD} ValidateCustomResourceDefinitionSubresources",
        on(at("CustomResourceDefinition", "spec.versions.*.subresources.scale"), scale),
        on(
            at("CustomResourceDefinition", "spec.versions.*.subresources.scale"),
            requires("specReplicasPath", "statusReplicasPath"),
        ),
        refused=_scaled(".status.size"),
        accepted=_scaled(".spec.size"),
    ),
    row(
        "definition-column",
        "a column has a type that the API has, and a path",
        f"{_CRD} ValidateCustomResourceColumnDefinition",
        on(
            at("CustomResourceDefinition", "spec.versions.*.additionalPrinterColumns.*.type"),
            one_of("boolean", "date", "integer", "number", "string"),
        ),
        on(
            at("CustomResourceDefinition", "spec.versions.*.additionalPrinterColumns.*"),
            requires("jsonPath", "name", "type"),
        ),
        refused=_column("type: int, jsonPath: .spec.size"),
        accepted=_column("type: integer, jsonPath: .spec.size"),
    ),
    row(
        "definition-conversion",
        "versions are converted by nobody or by a webhook, which is then told",
        f"{_CRD} validateCustomResourceConversion",
        on(at("CustomResourceDefinition", "spec.conversion.strategy"), one_of("None", "Webhook")),
        on(at("CustomResourceDefinition", "spec.conversion"), conversion),
        refused=_definition(more=", conversion: {strategy: Hook}"),
        accepted=_definition(more=", conversion: {strategy: None}"),
    ),
    row(
        "definition-list",
        "a kind and its list have names of their own",
        f"{_CRD} ValidateCustomResourceDefinitionNames",
        on(at("CustomResourceDefinition", "spec.names"), list_kind),
        refused=_definition().replace("plural:", "listKind: Site, plural:"),
        accepted=_definition().replace("plural:", "listKind: SiteList, plural:"),
    ),
    row(
        "definition-rule",
        "rules in the schema of a definition are CEL",
        f"{_CRD} ValidateCustomResourceDefinitionOpenAPISchema (x-kubernetes-validations)",
        on(
            _SCHEMAS,
            of_schemas(inside("x-kubernetes-validations", values_of(inside("rule", expression())))),
        ),
        refused=_ruled("self = 5"),
        accepted=_ruled("self == 5"),
    ),
)
"""Rows about definitions of custom resources."""
