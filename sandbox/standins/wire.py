"""Messages of Terraform's plugin protocol, version 5.8, as far as a stand-in needs them. Pure.

https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.8.proto has the
numbers of the fields.
"""

import json
from collections.abc import Iterable, Mapping

from sandbox.protowire import bytes_field, fields, number_field
from sandbox.standins.schema import (
    Complaint,
    DataKind,
    FunctionKind,
    Path,
    ProviderKind,
    ResourceKind,
    SchemaAttribute,
    SchemaBlock,
)

_ERROR, _WARNING = 1, 2


def parts(message: bytes) -> dict[int, bytes]:
    """The fields of a request that have a length; of a repeated one the last."""
    return {each.number: each.value for each in fields(message) if each.value is not None}


def every(message: bytes, number: int) -> list[bytes]:
    """All values of a field that repeats."""
    return [e.value for e in fields(message) if e.number == number and e.value is not None]


def text(number: int, value: str) -> bytes:
    """A field with text, nothing where that is empty."""
    return bytes_field(number, value.encode()) if value else b""


def complaints(number: int, found: Iterable[Complaint]) -> bytes:
    """The diagnostics of an answer."""
    return b"".join(
        bytes_field(
            number,
            number_field(1, _WARNING if each.warning else _ERROR)
            + text(2, each.summary)
            + text(3, each.detail)
            + (bytes_field(4, path(each.path)) if each.path else b""),
        )
        for each in found
    )


def path(steps: Path) -> bytes:
    """An ``AttributePath``."""
    return b"".join(
        bytes_field(1, text(1, step) if isinstance(step, str) else number_field(3, step))
        for step in steps
    )


def provider_schema(provider: ProviderKind) -> bytes:
    """The answer to ``GetSchema``. Like the real ones, it is asked before a resource is destroyed,
    and its schema may be kept."""
    return b"".join(
        (
            bytes_field(1, _schema({}, {}, 0)),
            *(_entry(2, name, kind, kind.version) for name, kind in provider.resources.items()),
            *(_entry(3, name, kind, 0) for name, kind in provider.data.items()),
            bytes_field(6, number_field(1, 1) + number_field(2, 1)),
            *(_function(name, kind) for name, kind in provider.functions.items()),
            *(_entry(8, name, kind, 0) for name, kind in provider.ephemeral.items()),
        )
    )


def _entry(number: int, name: str, kind: ResourceKind | DataKind, version: int) -> bytes:
    schema = _schema(kind.attributes, kind.blocks, version)
    return bytes_field(number, text(1, name) + bytes_field(2, schema))


def _function(name: str, kind: FunctionKind) -> bytes:
    """A ``Function`` in the schema's map. Terraform does not call it for what it does not know."""
    parameters = (
        bytes_field(1, text(1, each) + bytes_field(2, json.dumps(type_name).encode()))
        for each, type_name in kind.parameters.items()
    )
    returned = bytes_field(3, bytes_field(1, json.dumps(kind.result).encode()))
    return bytes_field(7, text(1, name) + bytes_field(2, b"".join(parameters) + returned))


def _schema(
    attributes: Mapping[str, SchemaAttribute], blocks: Mapping[str, SchemaBlock], version: int
) -> bytes:
    return number_field(1, version) + bytes_field(2, _block(attributes, blocks))


def _block(attributes: Mapping[str, SchemaAttribute], blocks: Mapping[str, SchemaBlock]) -> bytes:
    return b"".join(
        (
            *(bytes_field(2, _attribute(name, attributes[name])) for name in sorted(attributes)),
            *(
                bytes_field(
                    3,
                    text(1, name)
                    + bytes_field(2, _block(block.attributes, {}))
                    + number_field(3, block.nesting)
                    + number_field(5, block.max_items),
                )
                for name, block in sorted(blocks.items())
            ),
        )
    )


def _attribute(name: str, attribute: SchemaAttribute) -> bytes:
    flags = {
        4: attribute.required,
        5: attribute.optional,
        6: attribute.computed,
        7: attribute.sensitive,
        9: bool(attribute.deprecated),
    }
    return b"".join(
        (
            text(1, name),
            bytes_field(2, json.dumps(attribute.type).encode()),
            *(number_field(number, 1) for number, on in flags.items() if on),
        )
    )
