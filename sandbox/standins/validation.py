"""What is wrong with a configuration, before anything is planned. Pure.

The rules and their words are those of the framework's own validators
(https://github.com/hashicorp/terraform-plugin-framework-validators, ``helpers/validatordiag``).
"""

from collections.abc import Iterator, Mapping

from sandbox.standins.schema import (
    NUMBER,
    Complaint,
    DataKind,
    Path,
    ResourceKind,
    SchemaAttribute,
    Validator,
)
from sandbox.standins.values import Value, Values, is_known, is_unknown, whole

QUOTED = 200
"""Letters of a value that a complaint quotes."""


def problems(kind: ResourceKind | DataKind, config: Values) -> Iterator[Complaint]:
    """What is wrong with the configuration of a resource or data source."""
    if kind.deprecated:
        yield Complaint("Deprecated", kind.deprecated, warning=True)
    found = list(_attributes(kind.attributes, config, ()))
    for name, block in kind.blocks.items():
        for at, item in enumerate(config.get(name) or ()):
            if isinstance(item, dict):
                found += _attributes(block.attributes, item, (name, at))
    yield from found
    if not any(not each.warning for each in found):
        yield from kind.validate(config)


def _attributes(
    attributes: Mapping[str, SchemaAttribute], config: Values, within: Path
) -> Iterator[Complaint]:
    for name, attribute in sorted(attributes.items()):
        value = config.get(name)
        if not is_known(value):
            continue
        if attribute.type == NUMBER and whole(value) is None:
            yield Complaint(
                "Configuration Read Error",
                "An unexpected error was encountered trying to convert an attribute value from the "
                f"configuration: {shown(value)} is not an integer of 64 bits.",
                (*within, name),
            )
            continue
        if attribute.deprecated:
            yield Complaint(
                "Attribute Deprecated", attribute.deprecated, (*within, name), warning=True
            )
        for validator in attribute.validators:
            if complaint := validator(name, value, config):
                yield Complaint(complaint.summary, complaint.detail, (*within, *complaint.path))


def shown(value: Value) -> str:
    """A value as a complaint quotes it."""
    return str(value)[:QUOTED]


def invalid(name: str, rule: str, value: Value) -> Complaint:
    """``InvalidAttributeValueDiagnostic``."""
    detail = f"Attribute {name} {rule}, got: {shown(value)}"
    return Complaint("Invalid Attribute Value", detail, (name,))


def mismatch(name: str, rule: str, value: Value) -> Complaint:
    """``InvalidAttributeValueMatchDiagnostic``."""
    detail = f"Attribute {name} {rule}, got: {shown(value)}"
    return Complaint("Invalid Attribute Value Match", detail, (name,))


def combination(name: str, words: str) -> Complaint:
    """``InvalidAttributeCombinationDiagnostic``."""
    return Complaint("Invalid Attribute Combination", words, (name,))


def at_least(minimum: int) -> Validator:
    """``int64validator.AtLeast``."""

    def validator(name: str, value: Value, config: Values) -> Complaint | None:
        wrong = (whole(value) or 0) < minimum
        return invalid(name, f"value must be at least {minimum}", value) if wrong else None

    return validator


def at_least_sum_of(*others: str) -> Validator:
    """``int64validator.AtLeastSumOf``: waits until all of the others are known."""

    def validator(name: str, value: Value, config: Values) -> Complaint | None:
        values = [config.get(other) for other in others]
        if any(map(is_unknown, values)):
            return None
        if (whole(value) or 0) >= sum(whole(each) or 0 for each in values):
            return None
        return invalid(name, f"value must be at least sum of {' + '.join(others)}", value)

    return validator


def conflicts(name: str, others: tuple[str, ...], config: Values) -> Iterator[Complaint]:
    """``ConflictsWith``: an attribute, by its name, is not to be written with the others."""
    if is_known(config.get(name)):
        for other in others:
            if is_unknown(config.get(other)):
                return
            if config.get(other) is not None:
                words = f'Attribute "{other}" cannot be specified when "{name}" is specified'
                yield combination(name, words)


def exactly_one_of(names: tuple[str, ...], config: Values) -> Iterator[Complaint]:
    """``ExactlyOneOf`` on each of these attributes."""
    values = [config.get(name) for name in names]
    count = sum(value is not None for value in values)
    if count == 1 or any(map(is_unknown, values)):
        return
    for name in sorted(names):
        among = ",".join(other for other in names if other != name)
        said = f"{count} attributes" if count else "No attribute"
        words = f"{said} specified when one (and only one) of [{among}] is required"
        yield combination(name, words)


def at_least_one_of(names: tuple[str, ...], config: Values) -> Iterator[Complaint]:
    """``AtLeastOneOf`` of a whole configuration."""
    if all(config.get(name) is None for name in names):
        words = f"At least one of these attributes must be configured: [{','.join(names)}]"
        yield Complaint("Missing Attribute Configuration", words)
