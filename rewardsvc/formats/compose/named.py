"""Named checks of compose files."""

from typing import Literal

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
    text,
)
from rewardsvc.checks.named.files import FileHas
from rewardsvc.types import Target


class ServiceHas(NamedCheck):
    """A service of a compose file has a value at a path."""

    check: Literal["service_has"] = "service_has"
    service: Name
    path: Path
    value: Value

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"service {self.service} has {said(self.path, self.value)}"

    def _rendered(self) -> Rendered:
        place = f"[0].services.{key(self.service)}.{at(self.path)}"
        return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.value)


class ServicePublishes(NamedCheck):
    """A service of a compose file publishes a container port on a host port.

    Written short (``8080:80``, with or without an address and a protocol) or long.
    """

    check: Literal["service_publishes"] = "service_publishes"
    service: Name
    host: int = Field(ge=1, le=65535)
    container: int = Field(ge=1, le=65535)

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        return f"service {self.service} publishes port {self.container} as {self.host}"

    def _rendered(self) -> Rendered:
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
    service: Name
    on: Name
    condition: Literal["", "service_started", "service_healthy", "service_completed_successfully"]
    """"" for any."""

    def described(self) -> str:
        """See :meth:`NamedCheck.described`."""
        state = f" ({self.condition})" if self.condition else ""
        return f"service {self.service} depends on {self.on}{state}"

    def _rendered(self) -> Rendered:
        place = f"[0].services.{key(self.service)}.depends_on"
        long = f"{place}.{key(self.on)}"
        if self.condition not in ("", "service_started"):
            return Rendered(on=Target.DOCUMENTS, expr=f"{long}.condition", expect=self.condition)
        short = f"type({place}) == 'array' && contains({place}, {text(self.on)})"
        object_form = f"type({place}) == 'object' && {long} != null"
        if self.condition:
            object_form = f"{object_form} && {long}.condition == '{self.condition}'"
        return Rendered(on=Target.DOCUMENTS, expr=f"({short}) || ({object_form})")


CHECKS = (ServiceHas, ServicePublishes, ServiceDependsOn, FileHas)
