"""What a named check is: a few typed words that render to a check and to a sentence.

The words are closed and small on purpose: a language model can be asked for them as structured
output, and what it chose is compiled into JMESPath here, so that it cannot write an expression
that never holds or always does.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from rewardsvc.checks.jmes import NotAnExpression, compile_expression
from rewardsvc.types import ABSENT, Check, JsonValue, Target

Scalar = bool | int | float | str
"""Strict in both directions: ``true`` is not ``"true"``, ``3`` is not ``"3"``."""

Value = Scalar | list[Scalar]
"""What an attribute can be asked to be."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=500)]

_KEY = r'(?:[A-Za-z_][\w/-]*|"[^"\\]+")'

Path = Annotated[str, StringConstraints(pattern=rf"^{_KEY}(?:\.{_KEY}|\[\d+\])*$", max_length=500)]
"""Where a value stands: ``spec.ports[0].port``. A key with dots or spaces is quoted:
``metadata.labels."app.kubernetes.io/name"``."""


class Attribute(BaseModel):
    """A value at a path. A list of these, for strict structured output knows no free keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )

    path: Path
    value: Value


def having(attributes: Mapping[str, Value]) -> list[Attribute]:
    """Attributes from a mapping of paths to values."""
    return [Attribute(path=path, value=value) for path, value in attributes.items()]


class NamedCheck(BaseModel, ABC):
    """One assertion in words of the field. ``check`` is its name on the wire of a teacher."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )

    check: str

    @classmethod
    def word(cls) -> str:
        """Its name, which stands in ``check``."""
        return str(cls.model_fields["check"].default)

    @abstractmethod
    def described(self) -> str:
        """The assertion as a person reads it, without a full stop."""

    @abstractmethod
    def _rendered(self) -> "Rendered":
        """Where to look, and for what."""

    def _impossible(self) -> str:
        """Why it can never hold, "" where it can."""
        return ""

    def render(self, *, weight: float = 1.0) -> Check:
        """The check in JMESPath, described by :meth:`described`.

        Raises:
            ValueError: a path in it is no path, or it can never hold.
        """
        if why := self._impossible():
            raise ValueError(f"{self.described()}: this never holds, for {why}")
        rendered = self._rendered()
        try:
            compile_expression(rendered.expr)
        except NotAnExpression as error:
            raise ValueError(f"{rendered.expr!r}: {error}") from error
        return Check(
            on=rendered.on,
            expr=rendered.expr,
            expect=rendered.expect,
            weight=weight,
            description=self.described(),
        )


class Vocabulary(Protocol):
    """A format, as far as its words go: :class:`rewardsvc.format.Format` is one."""

    @property
    def name(self) -> str:
        """The format's."""
        ...

    @property
    def named(self) -> tuple[type[NamedCheck], ...]:
        """Its named checks."""
        ...


class Rendered(BaseModel):
    """An expression, what it looks at and what its value must be (true where absent)."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    on: Target
    expr: str
    expect: JsonValue = Field(default=ABSENT)


def text(value: str) -> str:
    """A text as a JMESPath raw string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def literal(value: Value) -> str:
    """A value as a JMESPath literal."""
    if isinstance(value, str):
        return text(value)
    return "`" + json.dumps(value, ensure_ascii=False).replace("`", "\\`") + "`"


def equals(path: str, value: Value) -> str:
    """The condition that the value at a path is ``value``, type and all."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        # JMESPath's == may take true for 1.
        return f"(type({path}) == 'number' && {path} == {literal(value)})"
    return f"{path} == {literal(value)}"


def all_equal(attributes: Sequence[Attribute], within: str = "") -> str:
    """The condition that all of these hold of the current node."""
    prefix = f"{within}." if within else ""
    return " && ".join(equals(prefix + at(each.path), each.value) for each in attributes)


def having_two(attributes: Sequence[Attribute]) -> str:
    """Why attributes cannot all hold, "" where they can."""
    seen: dict[str, Value] = {}
    for each in attributes:
        first = seen.setdefault(each.path, each.value)
        if (type(first), first) != (type(each.value), each.value):
            return f"{each.path} has one value, not {shown(first)} and {shown(each.value)}"
    return ""


def at(path: str) -> str:
    """A path as JMESPath, which wants every key quoted that is no identifier."""
    return re.sub(rf'(?<![\w"]){_KEY}', lambda found: key(found[0].strip('"')), path)


def key(name: str) -> str:
    """A key as an identifier of JMESPath, quoted where it must be."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shown(value: Value) -> str:
    """A value as it stands in a description."""
    return json.dumps(value, ensure_ascii=False)


def listed(attributes: Sequence[Attribute]) -> str:
    """Attributes as they stand in a description."""
    return " and ".join(said(each.path, each.value) for each in attributes)


def said(path: str, value: Value) -> str:
    """One attribute as it stands in a description."""
    return f"{path} = {shown(value)}"
