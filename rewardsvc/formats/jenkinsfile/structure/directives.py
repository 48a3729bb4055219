"""Directives: ``environment``, ``options``, ``parameters``, ``tools``, ``input`` and their like."""

from collections import Counter

from rewardsvc.formats.jenkinsfile.calls import Invocation, invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import Assign, Closure, Items, Name
from rewardsvc.formats.jenkinsfile.structure.reader import Handler, Reader
from rewardsvc.types import JsonValue


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
        if isinstance(node.value, Items | Closure):
            reader.refuse("environment", f"{target.name} must be a text or a call", node)
        found[target.name] = reader.values.of(node.value)
    return found


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


def listed(kind: str) -> Handler:
    """Reads a block of calls (options, triggers, …), of which ``kind`` names one."""

    def read(reader: Reader, section: Invocation) -> JsonValue:
        found: list[JsonValue] = []
        names: Counter[str] = Counter()
        for node in reader.block(section) or ():
            call = invocation(node)
            if call is None or call.closure is not None:
                what = reader.quoted(node)
                reader.refuse(section.name, f"expected the call of a {kind}, not: {what}", node)
                continue
            names[call.name] += 1
            if kind in {"option", "trigger"} and names[call.name] == 2:
                reader.refuse("duplicate", f"{section.name} has {call.name!r} twice", call)
            found.append(reader.values.call(call))
        return found

    return read


def input_form(reader: Reader, call: Invocation) -> JsonValue:
    """The fields of what a person is asked before a stage."""
    if call.closure is None:
        reader.refuse("input", "input needs a block: input { message '…' }", call)
        return None
    found = fields(reader, call)
    if "message" not in found:
        reader.refuse("input", "input needs a message", call)
    return found


def fields(reader: Reader, call: Invocation) -> dict[str, JsonValue]:
    """``key value`` lines in a block."""
    found: dict[str, JsonValue] = {}
    for node in call.closure.body if call.closure is not None else ():
        entry = invocation(node)
        if entry is None or not (entry.positional or entry.named or entry.closure):
            what = reader.quoted(node)
            reader.refuse("field", f"{call.name}: expected key 'value', not: {what}", node)
        elif entry.name in found:
            reader.refuse("duplicate", f"{call.name} has {entry.name!r} twice", entry)
        elif entry.closure is not None:
            found[entry.name] = {"code": reader.values.inside(entry.closure)}
        elif len(entry.positional) == 1 and not entry.named:
            found[entry.name] = reader.values.of(entry.positional[0])
        else:
            found[entry.name] = reader.values.arguments(entry)
    return found


def flag(reader: Reader, call: Invocation) -> JsonValue:
    """``failFast true`` and its like."""
    values = [reader.values.of(node) for node in call.positional]
    if values not in ([True], [False]):
        reader.refuse("flag", f"{call.name} takes true or false", call)
    return values == [True]
