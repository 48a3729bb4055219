"""Named checks of compose files."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rewardsvc.checks.named.base import (
    Name,
    NamedCheck,
    Path,
    Rendered,
    Scalar,
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

MAX_RANGE = 6

_PAIRS = frozenset(
    {"environment", "labels", "annotations", "sysctls", "build.args", "build.labels"}
    | {"deploy.labels"}
)
"""Mappings that may be lists of NAME=value, whose values are texts to Compose."""

_COMMANDS = frozenset({"command", "entrypoint", "healthcheck.test"})
"""What may be one text, which is split as a shell does, or a list."""

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
    place = f"{service}.{at(path)}"
    if path in _COMMANDS:
        yield from _commands(place, path, value)
    if isinstance(value, list):
        return
    if isinstance(value, str) and re.fullmatch(r"volumes\[\d+\]", path):
        yield from _mounts(f"{service}.volumes", value)
    if path == "restart" and value == "no":
        yield f"{service} != null && {place} == null"
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
        yield f"type({place}) == 'array' && length({place}) == `1` && {place}[0] == {text(word)}"


def _commands(place: str, path: str, value: Value) -> Iterator[str]:
    """A command as one text or as a list; a test of health says in a list how it is run."""
    if isinstance(value, str) and path == "healthcheck.test":
        yield f"{place} == {literal(['CMD-SHELL', value])}"
    elif isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError:  # quotes that do not close
            return
        yield f"{place} == {literal(list[Scalar](words))}"
    elif isinstance(value, list) and all(isinstance(word, str) for word in value):
        words = [str(word) for word in value]
        if path == "healthcheck.test" and words[:1] == ["CMD-SHELL"] and len(words) == 2:
            yield f"{place} == {text(words[1])}"
        elif path != "healthcheck.test":
            yield f"{place} == {text(shlex.join(words))}"


def _mounts(volumes: str, value: str) -> Iterator[str]:
    """A volume at any place of the list, short with its usual mode or long."""
    source, _, rest = value.partition(":")
    target, _, mode = rest.partition(":")
    if not target or mode not in {"", "ro", "rw"}:
        return
    spelled = [value] if mode == "ro" else [f"{source}:{target}", f"{source}:{target}:rw"]
    short = " || ".join(f"@ == {text(each)}" for each in spelled)
    access = "read_only == `true`" if mode == "ro" else "read_only != `true`"
    long = f"source == {text(source)} && target == {text(target)} && {access}"
    held = f"(type(@) == 'string' && ({short})) || (type(@) == 'object' && {long})"
    yield f"length(({volumes} || `[]`)[?{held}]) > `0`"


CHECKS = (ServiceHas, ServicePublishes, ServiceDependsOn, FileHas)
