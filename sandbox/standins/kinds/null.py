"""hashicorp/null 3.2.4.

Schema and rules: https://registry.terraform.io/providers/hashicorp/null/3.2.4/docs.
"""

import secrets

from sandbox.standins.schema import (
    MAP_OF_STRING,
    STRING,
    DataKind,
    ProviderKind,
    ResourceKind,
    SchemaAttribute,
)
from sandbox.standins.values import Values

_ID = SchemaAttribute(STRING, computed=True)


def _number() -> str:
    return str(secrets.randbits(63))


def _resource(planned: Values) -> Values:
    return {**planned, "id": _number()}


def _read(config: Values) -> Values:
    default = config.get("has_computed_default")
    return {
        **config,
        "outputs": config.get("inputs"),
        "random": _number(),
        "has_computed_default": "default" if default is None else default,
        "id": "static",
    }


PROVIDER = ProviderKind(
    resources={
        "null_resource": ResourceKind(
            {
                "triggers": SchemaAttribute(MAP_OF_STRING, optional=True, replaces=True),
                "id": _ID,
            },
            create=_resource,
        )
    },
    data={
        "null_data_source": DataKind(
            {
                "inputs": SchemaAttribute(MAP_OF_STRING, optional=True),
                "outputs": SchemaAttribute(MAP_OF_STRING, computed=True),
                "random": SchemaAttribute(STRING, computed=True),
                "has_computed_default": SchemaAttribute(STRING, optional=True, computed=True),
                "id": _ID,
            },
            deprecated="The null_data_source was made to build values that are used elsewhere in "
            "a configuration: locals, or terraform_data, do the same.",
            read=_read,
        )
    },
)
