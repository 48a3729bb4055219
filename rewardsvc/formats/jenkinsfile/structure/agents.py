"""The ``agent`` section: where a pipeline or a stage runs."""

from collections.abc import Mapping

from rewardsvc.formats.jenkinsfile.calls import Invocation, invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import Name
from rewardsvc.formats.jenkinsfile.structure.directives import fields
from rewardsvc.formats.jenkinsfile.structure.reader import Reader
from rewardsvc.types import JsonValue

_AGENT_FIELDS: Mapping[str, frozenset[str]] = {
    "docker": frozenset(
        {"image", "label", "args", "alwaysPull", "registryUrl", "registryCredentialsId"}
        | {"customWorkspace", "reuseNode", "containerPerStageRoot"}
    ),
    "dockerfile": frozenset(
        {"filename", "dir", "label", "args", "additionalBuildArgs", "registryUrl"}
        | {"registryCredentialsId", "customWorkspace", "reuseNode", "alwaysPull"}
    ),
    "node": frozenset({"label", "customWorkspace"}),
}
_BARE_AGENTS = frozenset({"any", "none"})


def agent(reader: Reader, call: Invocation) -> JsonValue:
    """The type of the agent and its arguments."""
    if call.closure is None:
        values = call.positional
        if len(values) == 1 and isinstance(values[0], Name) and values[0].name in _BARE_AGENTS:
            return {"type": values[0].name, "arguments": {}}
        reader.refuse("agent", "only 'agent any', 'agent none' and 'agent { … }' are allowed", call)
        return None
    body = reader.block(call) or ()
    if len(body) > 1:
        reader.refuse("agent", "only one type of agent is allowed", call)
    kind = invocation(body[0]) if body else None
    if body and (kind is None or not (kind.positional or kind.named or kind.closure)):
        reader.refuse("agent", "expected a type of agent with its arguments", body[0])
    if kind is None:
        return None
    arguments = reader.values.arguments(kind)
    if kind.closure is not None:
        arguments |= fields(reader, kind)
    _check_fields(reader, kind, arguments)
    return {"type": kind.name, "arguments": _named(kind, arguments)}


def _check_fields(reader: Reader, kind: Invocation, arguments: Mapping[str, JsonValue]) -> None:
    """Only for the types that come with the plugin: others may have any fields."""
    known = _AGENT_FIELDS.get(kind.name)
    if kind.closure is None or known is None:
        return
    for name in sorted(arguments.keys() - known):
        reader.refuse("agent", f"an agent of type {kind.name} has no {name!r}", kind)
    needed = {"docker": "image", "node": "label"}.get(kind.name)
    if needed and needed not in arguments:
        reader.refuse("agent", f"an agent of type {kind.name} needs {needed!r}", kind)


def _named(kind: Invocation, arguments: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """``docker 'x'`` as ``docker { image 'x' }``."""
    sole = {"docker": "image", "label": "label", "dockerfile": "enabled"}.get(kind.name, "value")
    return {sole if name == "value" else name: value for name, value in arguments.items()}
