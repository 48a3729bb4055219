"""What template topics share: names, needs, and pins of what a template makes."""

import json

from datagen.brief import Need, lit, need
from datagen.pins import documents
from rewardsvc.checks.named.base import Value
from rewardsvc.formats.cloudformation.named import (
    OutputRefers,
    ParameterHas,
    PropertyIs,
    PropertyRefers,
    ResourceOfType,
)
from rewardsvc.types import Check, JsonValue

HEAD = 'AWSTemplateFormatVersion: "2010-09-09"\n'


def pascal(name: str) -> str:
    """``orders-queue`` as a logical id, ``OrdersQueue``."""
    return "".join(part.capitalize() for part in name.split("-"))


def typed(resource: str, kind: str) -> Check:
    """The resource of a logical id is of a type."""
    return ResourceOfType(resource=resource, type=kind).render()


def property_is(resource: str, path: str, value: Value) -> Check:
    """A property has a value."""
    return PropertyIs(resource=resource, path=path, value=value).render()


def number_is(resource: str, path: str, value: int) -> Check:
    """A property is a number, which CloudFormation takes as a text, too."""
    return documents(f"to_number([0].Resources.{resource}.Properties.{path})", value)


def switched_on(resource: str, path: str) -> Check:
    """A property is true, which CloudFormation takes as a text, too."""
    return documents(f"to_string([0].Resources.{resource}.Properties.{path}) == 'true'")


def refers_to(resource: str, path: str, to: str, attribute: str = "") -> Check:
    """A property refers to a resource or a parameter, or to an attribute of it."""
    return PropertyRefers(resource=resource, path=path, to=to, attribute=attribute).render()


def parameter_is(name: str, path: str, value: Value) -> Check:
    """A parameter has something."""
    return ParameterHas(parameter=name, path=path, value=value).render()


def kept(resource: str) -> Check:
    """A resource stays when its stack is deleted, and when it is replaced."""
    place = f"[0].Resources.{resource}"
    return documents(
        f"{place}.DeletionPolicy == 'Retain' && {place}.UpdateReplacePolicy == 'Retain'"
    )


def gives(output: str, resource: str, attribute: str = "") -> Need:
    """The template has an output that is a resource or an attribute of it."""
    what = f"the {attribute} of {resource}" if attribute else f"the Ref of {resource}"
    return need(
        f"output {lit(output)}: {what}",
        f"The output {lit(output)} is {what}",
        f"Give {what} as the output {lit(output)}",
        pins=[OutputRefers(output=output, to=resource, attribute=attribute).render()],
    )


def tagged(resource: str, key: str, value: str) -> Check:
    """A resource has a tag."""
    tags = f"[0].Resources.{resource}.Properties.Tags || `[]`"
    return documents(f"length({tags} | [?Key=='{key}' && Value=='{value}']) == `1`")


def named_with(resource: str, path: str, name: str, parameter: str) -> Check:
    """A property is a name, a hyphen and a parameter, with ``Fn::Sub`` or ``Fn::Join``."""
    place = f"[0].Resources.{resource}.Properties.{path}"
    ref = {"Ref": parameter}
    forms: tuple[JsonValue, ...] = (
        {"Fn::Sub": f"{name}-${{{parameter}}}"},
        {"Fn::Join": ["-", [name, ref]]},
        {"Fn::Join": ["", [f"{name}-", ref]]},
    )
    return documents(" || ".join(f"{place} == `{json.dumps(form)}`" for form in forms))
