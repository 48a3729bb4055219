"""Arguments of what is called in a declarative pipeline: their names, values and types."""

from collections.abc import Iterator, Mapping

from rewardsvc.formats.jenkinsfile.calls import Invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import (
    Call,
    Closure,
    GString,
    Literal,
    Name,
    Node,
    children,
)
from rewardsvc.formats.jenkinsfile.structure.reader import Reader
from rewardsvc.formats.jenkinsfile.structure.signatures import Signature, repeated

_MOST = 2**63 - 1


def check_arguments(
    reader: Reader, call: Invocation, signatures: Mapping[str, Signature] | None = None
) -> None:
    """Refuse arguments that Jenkins refuses; ``signatures``: of what comes with it, by name."""
    if call.positional and call.named:
        reader.refuse("mixed", f"{call.name}: named and unnamed arguments cannot be mixed", call)
    for name in repeated(call):
        reader.refuse("repeated-argument", f"{call.name}: {name!r} is given twice", call)
    for value in values_of(call):
        check_value(reader, call.name, value)
    signature = (signatures or {}).get(call.name)
    if signature is not None and isinstance(call.node, Call):
        for words in signature.misfits(call):
            reader.refuse("argument", words, call)


def check_value(reader: Reader, owner: str, value: Node) -> None:
    """Refuse a value that is none: ``${X}`` without quotes, a number that no long holds."""
    if is_bare_dollar(value):
        what = reader.quoted(value)
        words = f"{owner}: ${{…}} stands in a string only, not: {what}"
        reader.refuse("bare-dollar", words, value)
    elif isinstance(value, Literal) and _is_too_large(digits := reader.quoted(value)):
        reader.refuse("number", f"{owner}: {digits} is too large a number", value)


def values_of(call: Invocation) -> Iterator[Node]:
    """The values of its arguments, without its block."""
    yield from call.positional
    yield from call.named.values()


def _is_too_large(digits: str) -> bool:
    return digits.isdecimal() and (len(digits) > len(str(_MOST)) or int(digits) > _MOST)


def holds_block(value: Node) -> bool:
    """Whether there is a block of code in a value, but for what stands in strings."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Closure):
            return True
        if not isinstance(one, GString):
            waiting.extend(children(one))
    return False


def is_bare_dollar(node: Node) -> bool:
    """``${TARGET}`` outside of quotes: to Groovy a call of the method ``$`` with a closure."""
    return isinstance(node, Call) and isinstance(node.callee, Name) and node.callee.name == "$"
