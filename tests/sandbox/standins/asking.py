"""Asks a stand-in as Terraform does: messages of the plugin protocol in, and what they say out."""

from dataclasses import dataclass
from typing import Any

import msgpack

from sandbox.protowire import bytes_field, fields
from sandbox.standins.kinds import provider_kind
from sandbox.standins.plugin import PluginAnswers
from sandbox.standins.values import Values, read, written

_SERVICE = "/tfplugin5.Provider/"


@dataclass(frozen=True)
class Said:
    """An answer. ``value``: the object in it; ``errors``, ``warnings``: its diagnostics' words;
    ``replacing``: the attributes for whose sake a resource is made anew."""

    value: Values | None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    replacing: tuple[str, ...] = ()


class Terraform:
    """What Terraform asks a provider, in its order."""

    def __init__(self, name: str) -> None:
        self.kind = provider_kind(name)
        self._methods = PluginAnswers(self.kind).methods

    def ask(self, method: str, *parts: bytes) -> bytes:
        return self._methods[_SERVICE + method](b"".join(parts))

    def validate(self, type_name: str, config: Values) -> Said:
        config = {**self._empty(type_name), **config}
        answer = self.ask("ValidateResourceTypeConfig", *_about(type_name, {2: config}))
        return _said(answer, value=0, found=1)

    def plan(self, type_name: str, config: Values, prior: Values | None = None) -> Said:
        """``prior``: the state. What is computed and not written, Terraform proposes as it was."""
        config = {**self._empty(type_name), **config}
        attributes = self.kind.resources[type_name].attributes
        proposed = {
            name: prior[name]
            if prior and value is None and name in attributes and attributes[name].computed
            else value
            for name, value in config.items()
        }
        values = {2: prior, 3: proposed, 4: config}
        answer = self.ask("PlanResourceChange", *_about(type_name, values))
        return _said(answer, value=1, found=4)

    def apply(self, type_name: str, planned: Values | None, prior: Values | None = None) -> Said:
        values = {2: prior, 3: planned, 4: planned}
        answer = self.ask("ApplyResourceChange", *_about(type_name, values))
        return _said(answer, value=1, found=3)

    def made(self, type_name: str, config: Values) -> Values:
        """The state of a resource with this configuration."""
        planned = self.plan(type_name, config)
        state = self.apply(type_name, planned.value)
        assert not (planned.errors or state.errors) and state.value is not None
        return state.value

    def refreshed(self, type_name: str, state: Values) -> Values | None:
        """What has become of a resource, None where it is gone."""
        return _value(self.ask("ReadResource", *_about(type_name, {2: state})), 1)

    def imported(self, type_name: str, given: str) -> Said:
        request = bytes_field(1, type_name.encode()) + bytes_field(2, given.encode())
        answer = self.ask("ImportResourceState", request)
        inner = next((each.value for each in fields(answer) if each.number == 1), None)
        value = _value(inner, 2) if inner is not None else None
        return Said(value, _said(answer, value=0, found=2).errors)

    def open(self, type_name: str, config: Values) -> Said:
        kind = self.kind.ephemeral[type_name]
        config = {**dict.fromkeys(kind.attributes), **config}
        answer = self.ask("OpenEphemeralResource", *_about(type_name, {2: config}))
        return _said(answer, value=3, found=1)

    def read(self, type_name: str, config: Values) -> Said:
        kind = self.kind.data[type_name]
        config = {**dict.fromkeys(kind.attributes), **{name: [] for name in kind.blocks}, **config}
        answer = self.ask("ReadDataSource", *_about(type_name, {2: config}))
        return _said(answer, value=1, found=2)

    def _empty(self, type_name: str) -> Values:
        kind = self.kind.resources[type_name]
        return {**dict.fromkeys(kind.attributes), **{name: [] for name in kind.blocks}}


def unknown(value: Any) -> bool:
    """Whether a planned value is known after apply."""
    return isinstance(value, msgpack.ExtType)


def _about(type_name: str, values: dict[int, Values | None]) -> list[bytes]:
    named = bytes_field(1, type_name.encode())
    return [named, *(bytes_field(number, written(value)) for number, value in values.items())]


def _value(message: bytes, number: int) -> Values | None:
    found = next((each.value for each in fields(message) if each.number == number), None)
    return read(found)


def _said(answer: bytes, *, value: int, found: int) -> Said:
    words: dict[bool, list[str]] = {False: [], True: []}
    replacing = []
    for each in fields(answer):
        if each.value is None:
            continue
        if each.number == found:
            parts = {part.number: part for part in fields(each.value)}
            texts = [parts[at].value or b"" for at in (2, 3) if at in parts]
            words[parts[1].raw[-1] == 2].append(": ".join(text.decode() for text in texts))
        elif each.number == 2 and value == 1 and found == 4:
            step = next(iter(fields(each.value)))
            name = next(iter(fields(step.value or b"")))
            replacing.append((name.value or b"").decode())
    result = _value(answer, value) if value else None
    return Said(result, tuple(words[False]), tuple(words[True]), tuple(replacing))
