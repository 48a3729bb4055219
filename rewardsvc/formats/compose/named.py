"""Named checks of compose files."""

import json
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rewardsvc.checks.named.base import (
    Name,
    NamedCheck,
    Path,
    Rendered,
    Value,
    at,
    equals,
    key,
    said,
    text,
)
from rewardsvc.checks.named.files import FileHas
from rewardsvc.types import Target

MAX_RANGE = 6

_PAIRS = frozenset(
    {"environment", "labels", "annotations", "sysctls", "build.args", "build.labels"}
    | {"deploy.labels"}
)
"""Mappings that may be lists of NAME=value, whose values are texts to Compose."""

_LISTS = frozenset({"dns", "dns_search", "env_file", "tmpfs"})
"""What may be one text or a list."""


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
        service = f"[0].services.{key(self.service)}"
        place = f"{service}.{at(self.path)}"
        others = list(_other_forms(service, self.path, self.value))
        if not others:
            return Rendered(on=Target.DOCUMENTS, expr=place, expect=self.value)
        return Rendered(on=Target.DOCUMENTS, expr=" || ".join((equals(place, self.value), *others)))


class ServicePublishes(NamedCheck):
    """A service of a compose file publishes a container port on a host port.

    Written short (``8080:80``, with or without an address and a protocol, as the default of a
    variable, in a range of up to :data:`MAX_RANGE` ports) or long.
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
            f"ends_with(@, ':-{self.host}}}:{self.container}')",
            f"contains(`{json.dumps(list(_ranges(self.host, self.container)))}`, @)",
        )
        short = f"type(@) == 'string' && ({' || '.join(written)})"
        host = f"to_string(published) == '{self.host}'"
        long = f"type(@) == 'object' && to_string(target) == '{self.container}' && {host}"
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

    def _impossible(self) -> str:
        return "no service waits for itself" if self.service == self.on else ""


def _ranges(host: int, container: int) -> Iterator[str]:
    """The ranges of ports that have a pair in them."""
    for before in range(MAX_RANGE):
        for behind in range(MAX_RANGE - before):
            if before + behind and min(host, container) > before:
                ends = ((each - before, each + behind) for each in (host, container))
                yield ":".join(f"{first}-{last}" for first, last in ends)


def _other_forms(service: str, path: str, value: Value) -> Iterator[str]:
    """The conditions that a value is there, written otherwise than at its path."""
    if isinstance(value, list):
        return
    word = value if isinstance(value, str) else json.dumps(value)
    where, _, name = path.rpartition(".")
    if where in _PAIRS:
        pairs = f"{service}.{at(where)}"
        plain = name.strip('"')
        pair = text(f"{plain}={word}")
        yield f"type({pairs}) == 'array' && contains({pairs}, {pair})"
        yield f"type({pairs}) == 'object' && to_string({pairs}.{at(name)}) == {text(word)}"
    elif path == "build.context":
        yield f"{service}.build == {text(word)}"
    elif path in _LISTS:
        place = f"{service}.{at(path)}"
        yield f"type({place}) == 'array' && length({place}) == `1` && {place}[0] == {text(word)}"


CHECKS = (ServiceHas, ServicePublishes, ServiceDependsOn, FileHas)
