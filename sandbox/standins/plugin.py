"""Answers Terraform's questions with a declaration: bytes in, bytes out, and nothing kept. Pure
but for what a resource makes of itself at apply.

Settings are not among what it keeps: the providers that are stood in for have none that a plan
depends on, so runs share one that answers.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sandbox.protowire import bytes_field
from sandbox.standins import PROTOCOL, planning, wire
from sandbox.standins.schema import (
    Complaint,
    DataKind,
    ProviderKind,
    ResourceKind,
    StandinRefused,
)
from sandbox.standins.validation import problems
from sandbox.standins.values import Values, read, read_any, upgraded, written

_SERVICE = f"/tfplugin{PROTOCOL}.Provider/"

_TYPE = 1  # of every request about a type, its name


class PluginAnswers:
    """Answers for one provider. ``methods``: what answers a request, by the method's full name."""

    def __init__(self, provider: ProviderKind) -> None:
        self._provider = provider
        self._schema = wire.provider_schema(provider)
        answers: Mapping[str, Callable[[bytes], bytes]] = {
            "GetSchema": self._get_schema,
            "PrepareProviderConfig": self._prepare,
            "Configure": self._nothing,
            "Stop": self._nothing,
            "ValidateResourceTypeConfig": self._validate_resource,
            "ValidateDataSourceConfig": self._validate_data,
            "ValidateEphemeralResourceConfig": self._validate_ephemeral,
            "UpgradeResourceState": self._upgrade,
            "ReadResource": self._read_resource,
            "PlanResourceChange": self._plan,
            "ApplyResourceChange": self._apply,
            "ImportResourceState": self._import,
            "ReadDataSource": self._read_data,
            "OpenEphemeralResource": self._open,
            "CloseEphemeralResource": self._nothing,
            "CallFunction": self._call,
        }
        self.methods = MappingProxyType(
            {
                **{_SERVICE + name: answer for name, answer in answers.items()},
                # It is ended by who started it.
                "/plugin.GRPCController/Shutdown": self._nothing,
            }
        )

    def _nothing(self, request: bytes) -> bytes:
        return b""

    def _get_schema(self, request: bytes) -> bytes:
        return self._schema

    def _prepare(self, request: bytes) -> bytes:
        return bytes_field(1, wire.parts(request).get(1, b""))

    def _validate_resource(self, request: bytes) -> bytes:
        return _validated(self._provider.resources, request)

    def _validate_data(self, request: bytes) -> bytes:
        return _validated(self._provider.data, request)

    def _validate_ephemeral(self, request: bytes) -> bytes:
        return _validated(self._provider.ephemeral, request)

    def _upgrade(self, request: bytes) -> bytes:
        parts = wire.parts(request)
        kind = self._provider.resources[_named(parts)]
        stored = wire.parts(parts[3]).get(1, b"{}")
        return bytes_field(1, upgraded(stored, {**kind.attributes, **kind.blocks}))

    def _read_resource(self, request: bytes) -> bytes:
        parts = wire.parts(request)
        kept = bytes_field(3, parts[3]) if 3 in parts else b""
        kind, state = self._provider.resources[_named(parts)], read(parts[2])
        try:
            found = kind.refresh(state) if state is not None else None
        except StandinRefused as refused:
            return bytes_field(1, parts[2]) + wire.complaints(2, refused.complaints)
        return bytes_field(1, parts[2] if found == state else written(found)) + kept

    def _plan(self, request: bytes) -> bytes:
        parts = wire.parts(request)
        kind = self._provider.resources[_named(parts)]
        prior, proposed, config = (read(parts.get(number)) for number in (2, 3, 4))
        kept = bytes_field(3, parts[5]) if 5 in parts else b""
        if proposed is None:
            return bytes_field(1, written(None)) + kept
        found = planning.plan(kind, prior, proposed, config or {})
        replacing = (bytes_field(2, wire.path((name,))) for name in found.replacing)
        return b"".join(
            (
                bytes_field(1, written(found.planned)),
                *replacing,
                kept,
                wire.complaints(4, found.complaints),
            )
        )

    def _apply(self, request: bytes) -> bytes:
        parts = wire.parts(request)
        kind = self._provider.resources[_named(parts)]
        prior, planned = read(parts.get(2)), read(parts.get(3))
        kept = bytes_field(2, parts[5]) if 5 in parts else b""
        if planned is None:
            if prior is not None:
                kind.destroy(prior)
            return bytes_field(1, written(None)) + kept
        make = kind.create if prior is None else kind.update
        try:
            state = make(planned)
        except StandinRefused as refused:
            was = bytes_field(1, written(prior))
            return was + kept + wire.complaints(3, refused.complaints)
        return bytes_field(1, written(_whole(kind, state))) + kept

    def _import(self, request: bytes) -> bytes:
        parts = wire.parts(request)
        name, given = _named(parts), parts.get(2, b"").decode()
        kind = self._provider.resources[name]
        if kind.imported is None:
            return wire.complaints(
                2,
                (
                    Complaint(
                        "Resource Import Not Implemented",
                        "This resource does not support import. Please contact the provider "
                        "developer for additional information.",
                    ),
                ),
            )
        try:
            state = kind.imported(given)
        except StandinRefused as refused:
            return wire.complaints(2, refused.complaints)
        found = wire.text(1, name) + bytes_field(2, written(_whole(kind, state)))
        return bytes_field(1, found)

    def _read_data(self, request: bytes) -> bytes:
        return _result(self._provider.data, request, result=1, found=2)

    def _open(self, request: bytes) -> bytes:
        return _result(self._provider.ephemeral, request, result=3, found=1)

    def _call(self, request: bytes) -> bytes:
        """Terraform does not ask about what is not known yet."""
        kind = self._provider.functions[_named(wire.parts(request))]
        given = [read_any(each) for each in wire.every(request, 2)]
        try:
            return bytes_field(1, written(kind.call(*given)))
        except StandinRefused as refused:
            said = refused.complaints[0]
            return bytes_field(2, wire.text(1, said.detail or said.summary))


def _named(parts: Mapping[int, bytes]) -> str:
    return parts[_TYPE].decode()


def _validated(kinds: Mapping[str, ResourceKind | DataKind], request: bytes) -> bytes:
    parts = wire.parts(request)
    return wire.complaints(1, problems(kinds[_named(parts)], read(parts.get(2)) or {}))


def _result(kinds: Mapping[str, DataKind], request: bytes, *, result: int, found: int) -> bytes:
    parts = wire.parts(request)
    kind = kinds[_named(parts)]
    try:
        state = kind.read(read(parts.get(2)) or {})
    except StandinRefused as refused:
        return wire.complaints(found, refused.complaints)
    return bytes_field(result, written(_whole(kind, state)))


def _whole(kind: ResourceKind | DataKind, state: Values) -> Values:
    """A state with each of the type's attributes and nothing else, which is how one is written."""
    empty = dict.fromkeys(kind.attributes) | {name: [] for name in kind.blocks}
    return {name: state.get(name, none) for name, none in empty.items()}
