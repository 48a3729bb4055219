"""Named checks of Dockerfiles and of compose files."""

from typing import ClassVar, Literal

from pydantic import Field

from rewardsvc.checks.named.base import (
    Name,
    NamedCheck,
    Path,
    Rendered,
    Value,
    at,
    key,
    literal,
    said,
    shown,
    text,
)
from rewardsvc.types import Target

_DOCKERFILE = frozenset({"dockerfile"})
_COMPOSE = frozenset({"compose"})


class FinalImageHas(NamedCheck):
    """The final image of a Dockerfile has an attribute, its stages' inheritance included."""

    check: Literal["final_image_has"] = "final_image_has"
    formats: ClassVar[frozenset[str]] = _DOCKERFILE
    attribute: Literal["base", "image", "user", "workdir", "cmd", "entrypoint", "stopsignal"]
    value: str | list[str]
    """A list for ``cmd`` and ``entrypoint`` in the JSON form, else text."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return (
            f"the final image has {self.attribute} {shown(list(self.value))}"
            if isinstance(self.value, list)
            else f"the final image has {self.attribute} {self.value}"
        )

    def _rendered(self, format: str) -> Rendered:
        return Rendered(on=Target.AST, expr=f"final.{self.attribute}", expect=self.value)


class EnvironmentSet(NamedCheck):
    """The final image of a Dockerfile sets an environment variable."""

    check: Literal["environment_set"] = "environment_set"
    formats: ClassVar[frozenset[str]] = _DOCKERFILE
    variable: Name
    value: str

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the image sets {self.variable} to {shown(self.value)}"

    def _rendered(self, format: str) -> Rendered:
        return Rendered(on=Target.AST, expr=f"final.env.{key(self.variable)}", expect=self.value)


class PortExposed(NamedCheck):
    """The final image of a Dockerfile exposes a TCP port."""

    check: Literal["port_exposed"] = "port_exposed"
    formats: ClassVar[frozenset[str]] = _DOCKERFILE
    port: int = Field(ge=1, le=65535)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"the image exposes port {self.port}"

    def _rendered(self, format: str) -> Rendered:
        ways = (f"contains(final.expose, '{self.port}{suffix}')" for suffix in ("", "/tcp"))
        return Rendered(on=Target.AST, expr=" || ".join(ways))


class StageFrom(NamedCheck):
    """Some stage of a Dockerfile starts from an image."""

    check: Literal["stage_from"] = "stage_from"
    formats: ClassVar[frozenset[str]] = _DOCKERFILE
    image: Name
    stage: str = ""
    """The stage's name (AS …), "" for any."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"{f'stage {self.stage}' if self.stage else 'a stage'} starts from {self.image}"

    def _rendered(self, format: str) -> Rendered:
        condition = f"base == {text(self.image)}"
        if self.stage:
            condition += f" && name == {text(self.stage.lower())}"
        return Rendered(on=Target.AST, expr=f"length(stages[?{condition}]) > `0`")


class InstructionHas(NamedCheck):
    """Some instruction of a Dockerfile contains all of these texts."""

    check: Literal["instruction_has"] = "instruction_has"
    formats: ClassVar[frozenset[str]] = _DOCKERFILE
    instruction: Literal["RUN", "COPY", "ADD", "ENV", "LABEL", "HEALTHCHECK", "VOLUME", "SHELL"]
    contains: list[Name] = Field(min_length=1)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"a {self.instruction} has {' and '.join(self.contains)}"

    def _rendered(self, format: str) -> Rendered:
        having = " && ".join(f"contains(value, {text(part)})" for part in self.contains)
        found = f"instructions[?instruction == '{self.instruction}'] | [?{having}]"
        return Rendered(on=Target.AST, expr=f"length({found}) > `0`")


class ServiceHas(NamedCheck):
    """A service of a compose file has a value at a path."""

    check: Literal["service_has"] = "service_has"
    formats: ClassVar[frozenset[str]] = _COMPOSE
    service: Name
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"service {self.service} has {said(self.path, self.value)}"

    def _rendered(self, format: str) -> Rendered:
        place = f"[0].services.{key(self.service)}.{at(self.path)}"
        return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.value)


class ServicePublishes(NamedCheck):
    """A service of a compose file publishes a container port on a host port.

    Written short (``8080:80``, with or without an address and a protocol) or long.
    """

    check: Literal["service_publishes"] = "service_publishes"
    formats: ClassVar[frozenset[str]] = _COMPOSE
    service: Name
    host: int = Field(ge=1, le=65535)
    container: int = Field(ge=1, le=65535)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"service {self.service} publishes port {self.container} as {self.host}"

    def _rendered(self, format: str) -> Rendered:
        pair = f"{self.host}:{self.container}"
        written = (
            f"@ == '{pair}'",
            f"@ == '{pair}/tcp'",
            f"ends_with(@, ':{pair}')",
            f"ends_with(@, ':{pair}/tcp')",
        )
        short = f"type(@) == 'string' && ({' || '.join(written)})"
        host = f"to_string(published) == '{self.host}'"
        long = f"type(@) == 'object' && target == {literal(self.container)} && {host}"
        ports = f"[0].services.{key(self.service)}.ports"
        return Rendered(on=Target.DOCUMENTS, expr=f"length({ports}[?({short}) || ({long})]) > `0`")


class ServiceDependsOn(NamedCheck):
    """A service of a compose file waits for another, in the short or the long form."""

    check: Literal["service_depends_on"] = "service_depends_on"
    formats: ClassVar[frozenset[str]] = _COMPOSE
    service: Name
    on: Name
    condition: Literal["", "service_started", "service_healthy", "service_completed_successfully"]
    """"" for any."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        state = f" ({self.condition})" if self.condition else ""
        return f"service {self.service} depends on {self.on}{state}"

    def _rendered(self, format: str) -> Rendered:
        place = f"[0].services.{key(self.service)}.depends_on"
        long = f"{place}.{key(self.on)}"
        if self.condition not in ("", "service_started"):
            return Rendered(on=Target.DOCUMENTS, expr=f"{long}.condition", expect=self.condition)
        short = f"type({place}) == 'array' && contains({place}, {text(self.on)})"
        object_form = f"type({place}) == 'object' && {long} != null"
        if self.condition:
            object_form = f"{object_form} && {long}.condition == '{self.condition}'"
        return Rendered(on=Target.DOCUMENTS, expr=f"({short}) || ({object_form})")


CHECKS = (
    FinalImageHas,
    EnvironmentSet,
    PortExposed,
    StageFrom,
    InstructionHas,
    ServiceHas,
    ServicePublishes,
    ServiceDependsOn,
)
