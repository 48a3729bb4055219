"""Named checks of CloudFormation templates."""

import json
from typing import Literal

from rewardsvc.checks.named.base import (
    Name,
    NamedCheck,
    Path,
    Rendered,
    Value,
    at,
    equals,
    key,
    literal,
    said,
    text,
)
from rewardsvc.checks.named.files import FileHas
from rewardsvc.types import Target

_RESOURCES = "[0].Resources"


class ResourceOfType(NamedCheck):
    """A resource of a CloudFormation template has this logical id and type."""

    check: Literal["resource_of_type"] = "resource_of_type"
    resource: Name
    """Its logical id."""
    type: Name
    """``AWS::S3::Bucket``."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"{self.resource} is of type {self.type}"

    def _rendered(self) -> Rendered:
        place = f"{_RESOURCES}.{key(self.resource)}.Type"
        return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.type)


class TypeHas(NamedCheck):
    """Some resource of a type has a value at a path below its properties, whatever it is called."""

    check: Literal["type_has"] = "type_has"
    type: Name
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"an {self.type} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        held = _held(f"Properties.{at(self.path)}", self.value)
        found = f"values({_RESOURCES})[?Type == {text(self.type)} && ({held})]"
        return Rendered(on=Target.DOCUMENTS, expr=f"length({found}) > `0`")


class PropertyIs(NamedCheck):
    """The resource with a logical id has a value at a path below its properties."""

    check: Literal["property_is"] = "property_is"
    resource: Name
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"{self.resource} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        place = f"{_RESOURCES}.{key(self.resource)}.Properties.{at(self.path)}"
        if isinstance(self.value, bool | int | float):
            return Rendered(on=Target.DOCUMENTS, expr=_held(place, self.value))
        return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.value)


class PropertyRefers(NamedCheck):
    """A property of a resource refers to another resource or to a parameter, with ``Ref``, an
    attribute of it with ``Fn::GetAtt``, or within the text of a ``Fn::Sub``."""

    check: Literal["property_refers"] = "property_refers"
    resource: Name
    path: Path
    to: Name
    """The other's logical id, or the parameter's name."""
    attribute: str
    """"" for ``Ref``."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        whole = f"{self.to}.{self.attribute}" if self.attribute else self.to
        return f"{self.path} of {self.resource} refers to {whole}"

    def _rendered(self) -> Rendered:
        place = f"{_RESOURCES}.{key(self.resource)}.Properties.{at(self.path)}"
        return Rendered(on=Target.DOCUMENTS, expr=refers(place, self.to, self.attribute))


class OutputRefers(NamedCheck):
    """The value of an output refers to a resource or an attribute of it."""

    check: Literal["output_refers"] = "output_refers"
    output: Name
    to: Name
    attribute: str
    """"" for ``Ref``."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        whole = f"{self.to}.{self.attribute}" if self.attribute else self.to
        return f"output {self.output} is {whole}"

    def _rendered(self) -> Rendered:
        place = f"[0].Outputs.{key(self.output)}.Value"
        return Rendered(on=Target.DOCUMENTS, expr=refers(place, self.to, self.attribute))


class ParameterHas(NamedCheck):
    """A parameter of a CloudFormation template has a value at a path."""

    check: Literal["parameter_has"] = "parameter_has"
    parameter: Name
    path: Path
    """``Type``, ``Default``, ``AllowedValues`` …"""
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"parameter {self.parameter} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        place = f"[0].Parameters.{key(self.parameter)}.{at(self.path)}"
        return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.value)


def refers(place: str, to: str, attribute: str) -> str:
    """The condition that what stands at a place refers to something."""
    name = f"${{{to}.{attribute}}}" if attribute else f"${{{to}}}"
    whole = (
        f'{place}."Fn::GetAtt" == {literal([to, attribute])}'
        f' || {place}."Fn::GetAtt" == {text(f"{to}.{attribute}")}'
        if attribute
        else f"{place}.Ref == {text(to)}"
    )
    sub = f'{place}."Fn::Sub"'
    texts = f"[{sub}][] | [0]"  # alone, or the first of a list with more variables
    return f"({whole}) || (({texts}) != null && contains(({texts}), {text(name)}))"


def _held(place: str, value: Value) -> str:
    """The condition that a value is there; CloudFormation takes numbers and booleans as texts too
    (User Guide, "Template format")."""
    if not isinstance(value, bool | int | float):
        return equals(place, value)
    shown = json.dumps(value)
    words = [shown, shown.title()] if isinstance(value, bool) else [shown]
    return " || ".join((equals(place, value), *(f"{place} == {text(word)}" for word in words)))


CHECKS = (
    ResourceOfType,
    TypeHas,
    PropertyIs,
    PropertyRefers,
    OutputRefers,
    ParameterHas,
    FileHas,
)
