"""Sections and directives without steps: ``agent``, ``environment``, ``options``, ``input`` …"""

import re
from collections import Counter
from collections.abc import Mapping

from rewardsvc.formats.jenkinsfile.calls import Invocation, invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import (
    Assign,
    Call,
    GString,
    Literal,
    Name,
    Node,
    Other,
)
from rewardsvc.formats.jenkinsfile.structure.arguments import (
    check_arguments,
    check_value,
    holds_block,
    is_bare_dollar,
    values_of,
)
from rewardsvc.formats.jenkinsfile.structure.cron import is_cron
from rewardsvc.formats.jenkinsfile.structure.reader import Handler, Reader
from rewardsvc.formats.jenkinsfile.structure.signatures import (
    NO_OPTIONS,
    NOT_IN_STAGES,
    OPTIONS,
    PARAMETERS,
    TRIGGERS,
    Signature,
)
from rewardsvc.nearest import mistyped
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
_INPUT_FIELDS = frozenset({"message", "id", "ok", "submitter", "submitterParameter", "parameters"})
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_OPERATORS = frozenset({"-", "*", "/", "%", "**", "<<", ">>", "&", "|", "^", "&&", "||"})
_SIGNATURES: Mapping[str, Mapping[str, Signature]] = {
    "option": OPTIONS,
    "trigger": TRIGGERS,
    "parameter": PARAMETERS,
}


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
    check_arguments(reader, kind)
    arguments = reader.values.arguments(kind)
    if kind.closure is not None:
        arguments |= _fields(reader, kind)
    _check_fields(reader, kind, arguments)
    return {"type": kind.name, "arguments": _named(kind, arguments)}


def _check_fields(reader: Reader, kind: Invocation, arguments: Mapping[str, JsonValue]) -> None:
    """Only for the types that come with the plugin: others may have any fields."""
    known = _AGENT_FIELDS.get(kind.name)
    if kind.closure is None or known is None:
        return
    entries = entries_in(kind)
    strange = sorted(arguments.keys() - known)
    for name in strange:
        words = f"an agent of type {kind.name} has no {name!r}"
        reader.refuse("agent-field", words, entries.get(name, kind))
    needed = {"docker": "image", "node": "label"}.get(kind.name)
    if needed and needed not in arguments and not mistyped(needed, strange):
        reader.refuse("agent-field", f"an agent of type {kind.name} needs {needed!r}", kind)
    path = arguments.get("filename")
    if kind.name == "dockerfile" and isinstance(path, str) and "$" not in path and "/" in path:
        words = f"filename {path!r}: a Dockerfile's folder belongs into dir"
        reader.refuse("dockerfile", words, entries.get("filename", kind))


def _named(kind: Invocation, arguments: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """``docker 'x'`` as ``docker { image 'x' }``."""
    sole = {"docker": "image", "label": "label", "dockerfile": "enabled"}.get(kind.name, "value")
    return {sole if name == "value" else name: value for name, value in arguments.items()}


def environment(reader: Reader, call: Invocation) -> JsonValue:
    """The variables, by name."""
    found: dict[str, JsonValue] = {}
    for node in reader.block(call) or ():
        target = node.target if isinstance(node, Assign) and node.operator == "=" else None
        if not (isinstance(node, Assign) and isinstance(target, Name)):
            what = reader.quoted(node)
            reader.refuse("environment", f"expected NAME = value, not: {what}", node)
            continue
        if target.name in found:
            reader.refuse("duplicate", f"environment sets {target.name!r} twice", node)
        if not _IDENTIFIER.fullmatch(target.name):
            words = f"{target.name!r} is no name of a variable: letters, digits and underscores"
            reader.refuse("environment", words, node)
        if is_bare_dollar(node.value):
            check_value(reader, target.name, node.value)
        elif words := _no_variable(node.value):
            reader.refuse("environment-value", f"{target.name}: {words}", node)
        found[target.name] = reader.values.of(node.value)
    return found


def _no_variable(value: Node) -> str:
    """Why a value cannot be a variable's, "" where it can: a string, what is joined with ``+``, or
    a call (``ModelParser.parseEnvironment``)."""
    joined = [value]
    while joined:
        one = joined.pop()
        if isinstance(one, Other) and one.kind in {"parentheses", "+"}:
            joined += one.children
        elif isinstance(one, Other) and one.kind in _OPERATORS:
            return "values can only be joined together with '+'"
        elif not isinstance(one, Literal | GString) and not (
            one is value and isinstance(one, Call)
        ):
            if one is value:
                return 'expected a string or a call; anything else goes into a string: "${…}"'
            return "what is joined together must be strings in quotes"
    return ""


def tools(reader: Reader, call: Invocation) -> JsonValue:
    """The versions, by tool."""
    found: dict[str, JsonValue] = {}
    for node in reader.block(call) or ():
        tool = invocation(node)
        if tool is None or len(tool.positional) != 1:
            reader.refuse("tools", "expected someTool 'someVersion'", node)
        else:
            found[tool.name] = reader.values.of(tool.positional[0])
    return found


def listed(kind: str, *, in_stage: bool = False) -> Handler:
    """Reads a block of calls (options, triggers, …), of which ``kind`` names one."""

    def read(reader: Reader, section: Invocation) -> JsonValue:
        found: list[JsonValue] = []
        names: Counter[str] = Counter()
        for node in reader.block(section) or ():
            call = invocation(node)
            if call is None or call.closure is not None:
                what = reader.quoted(node)
                reader.refuse("directive", f"expected the call of a {kind}, not: {what}", node)
                continue
            _check_call(reader, kind, call, in_stage=in_stage)
            names[call.name] += 1
            if kind in {"option", "trigger"} and names[call.name] == 2:
                reader.refuse("duplicate", f"{section.name} has {call.name!r} twice", call)
            found.append(reader.values.call(call))
        return found

    return read


def _check_call(reader: Reader, kind: str, call: Invocation, *, in_stage: bool) -> None:
    check_arguments(reader, call, _SIGNATURES.get(kind))
    if any(holds_block(value) and not is_bare_dollar(value) for value in values_of(call)):
        words = f"{call.name}: an argument of a {kind} has no block of code"
        reader.refuse("closure-argument", words, call)
    if kind == "library" and call.name != "lib":
        reader.refuse("library", f"expected lib('name@version'), not: {call.name}", call)
    if kind == "option" and call.name in NO_OPTIONS:
        reader.refuse("option", f"{call.name} is no option: {NO_OPTIONS[call.name]}", call)
    if kind == "option" and in_stage and call.name in NOT_IN_STAGES:
        words = f"{call.name} is an option of the whole pipeline, not of a stage"
        reader.refuse("stage-option", words, call)
    if kind == "trigger" and call.name in {"cron", "pollSCM"}:
        for value in values_of(call):
            text = value.value if isinstance(value, Literal) else None
            if isinstance(text, str) and not is_cron(text):
                words = f"{text!r} is no schedule of five fields, as H 4 * * 1-5 is"
                reader.refuse("cron", words, value)


def input_form(reader: Reader, call: Invocation) -> JsonValue:
    """The fields of what a person is asked before a stage."""
    if call.closure is None:
        reader.refuse("input", "input needs a block: input { message '…' }", call)
        return None
    found = _fields(reader, call)
    entries = entries_in(call)
    strange = sorted(found.keys() - _INPUT_FIELDS)
    for name in strange:
        known = ", ".join(sorted(_INPUT_FIELDS))
        words = f"input has no {name!r}; it may have {known}"
        reader.refuse("input-field", words, entries.get(name, call))
    if "message" not in found and not mistyped("message", strange):
        reader.refuse("input", "input needs a message", call)
    return found


def _fields(reader: Reader, call: Invocation) -> dict[str, JsonValue]:
    """``key value`` lines in a block."""
    found: dict[str, JsonValue] = {}
    for node in call.closure.body if call.closure is not None else ():
        entry = invocation(node)
        if entry is None or not (entry.positional or entry.named or entry.closure):
            what = reader.quoted(node)
            words = f"{call.name}: expected key 'value', not: {what}"
            reader.refuse("input" if call.name == "input" else "agent", words, node)
        elif entry.name in found:
            reader.refuse("duplicate", f"{call.name} has {entry.name!r} twice", entry)
        elif entry.closure is not None:
            found[entry.name] = {"code": reader.values.inside(entry.closure)}
        elif len(entry.positional) == 1 and not entry.named:
            found[entry.name] = reader.values.of(entry.positional[0])
        else:
            found[entry.name] = reader.values.arguments(entry)
    return found


def entries_in(call: Invocation) -> dict[str, Invocation]:
    """The lines of a call's block, by their names; the first of those that have one name."""
    found: dict[str, Invocation] = {}
    for node in call.closure.body if call.closure is not None else ():
        entry = invocation(node)
        if entry is not None:
            found.setdefault(entry.name, entry)
    return found


def flag(reader: Reader, call: Invocation) -> JsonValue:
    """``failFast true`` and its like."""
    values = [reader.values.of(node) for node in call.positional]
    if values not in ([True], [False]):
        reader.refuse("flag", f"{call.name} takes true or false", call)
    return values == [True]
