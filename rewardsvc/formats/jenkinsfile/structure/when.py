"""The ``when`` directive: conditions, and whether they can hold at all."""

from collections.abc import Iterable, Sequence

from rewardsvc.formats.jenkinsfile.calls import Invocation, invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import Literal, Node, Other
from rewardsvc.formats.jenkinsfile.structure.arguments import check_arguments
from rewardsvc.formats.jenkinsfile.structure.directives import flag
from rewardsvc.formats.jenkinsfile.structure.reader import Reader
from rewardsvc.formats.jenkinsfile.structure.signatures import CONDITIONS
from rewardsvc.types import JsonValue

_NESTING_CONDITIONS = frozenset({"allOf", "anyOf", "not"})
_PLAIN_CONDITIONS = frozenset(
    {"branch", "buildingTag", "changelog", "changeset", "changeRequest", "environment", "equals"}
    | {"expression", "isRestartedRun", "tag", "triggeredBy"}
)
_FLAGS = frozenset({"beforeAgent", "beforeInput", "beforeOptions"})


def when(reader: Reader, call: Invocation) -> JsonValue:
    """The conditions; ``beforeAgent`` and its like are not among them."""
    found = _conditions(reader, reader.block(call) or (), top=True)
    written = [invocation(node) for node in call.closure.body] if call.closure is not None else []
    flags = all(each is not None and each.name in _FLAGS for each in written)
    if written and flags and not found:
        reader.refuse("when", "when needs a condition", call)
    return found


def _conditions(reader: Reader, body: Iterable[Node], *, top: bool = False) -> list[JsonValue]:
    found: list[JsonValue] = []
    for node in body:
        call = invocation(node)
        if call is None:
            what = reader.quoted(node)
            reader.refuse("when", f"expected a condition, not: {what}", node)
        elif top and call.name in _FLAGS:
            flag(reader, call)
        elif call.name in _NESTING_CONDITIONS:
            inner = _conditions(reader, reader.block(call) or ())
            if call.positional or call.named:
                reader.refuse("when-children", f"{call.name} takes conditions only", call)
            if call.name == "not" and len(inner) > 1:
                reader.refuse("when-children", "not takes exactly one condition", call)
            found.append({"name": call.name, "conditions": inner})
        elif call.name not in _PLAIN_CONDITIONS:
            known = ", ".join(sorted(_PLAIN_CONDITIONS | _NESTING_CONDITIONS))
            reader.refuse("when", f"unknown condition {call.name!r}; known: {known}", call)
        elif call.name == "expression":
            if call.closure is None:
                reader.refuse("block", "expression needs a block", call)
            else:
                code = reader.values.inside(call.closure)
                found.append({"name": "expression", "arguments": {"code": code}})
        else:
            if call.closure is not None:
                reader.refuse("when-children", f"{call.name} takes no conditions", call)
            check_arguments(reader, call, CONDITIONS)
            found.append(reader.values.call(call))
    return found


def never_runs(body: Iterable[Node]) -> bool:
    """Whether a stage's ``when`` cannot hold."""
    for node in body:
        call = invocation(node)
        if call is not None and call.name == "when" and call.closure is not None:
            return any(_constant(inner) is False for inner in call.closure.body)
    return False


def _constant(node: Node) -> bool | None:
    """What a condition always is; None where it depends."""
    call = invocation(node)
    if call is not None and call.name == "equals":
        expected, actual = call.named.get("expected"), call.named.get("actual")
        if isinstance(expected, Literal) and isinstance(actual, Literal):
            return bool(expected.value == actual.value)
    if call is None or call.closure is None:
        return None
    if call.name == "expression":
        return _constant_code(call.closure.body)
    inner = [_constant(child) for child in call.closure.body]
    if call.name == "not" and len(inner) == 1 and inner[0] is not None:
        return not inner[0]
    if call.name == "allOf" and False in inner:
        return False
    if call.name == "anyOf" and inner and all(one is False for one in inner):
        return False
    return None


def _constant_code(body: Sequence[Node]) -> bool | None:
    if len(body) != 1:
        return None
    value = body[0]
    if isinstance(value, Other) and value.kind == "return" and value.children:
        value = value.children[0]
    if isinstance(value, Other) and value.kind == "parentheses" and len(value.children) == 1:
        value = value.children[0]
    return bool(value.value) if isinstance(value, Literal) else None
