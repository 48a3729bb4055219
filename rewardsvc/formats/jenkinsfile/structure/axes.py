"""The ``axes`` and ``excludes`` of a ``matrix``."""

from rewardsvc.formats.jenkinsfile.calls import Invocation, invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import Literal
from rewardsvc.formats.jenkinsfile.structure.reader import Reader
from rewardsvc.types import JsonValue


def axes(reader: Reader, call: Invocation, *, excluding: bool = False) -> JsonValue:
    """The axes of a matrix, or of an ``exclude``, which may have ``notValues``."""
    found: list[JsonValue] = []
    for node in reader.block(call) or ():
        axis = invocation(node)
        if axis is None or axis.name != "axis":
            reader.refuse("matrix", f"{call.name} may only have axis blocks", node)
            continue
        parts = reader.sections(
            "axis",
            reader.block(axis) or (),
            {"name": _texts, "values": _texts} | ({"notValues": _texts} if excluding else {}),
        )
        named = parts.get("name") or [""]
        if not (isinstance(named, list) and len(named) == 1 and named[0]):
            reader.refuse("matrix", "an axis needs one name", axis)
        if not (parts.get("values") or parts.get("notValues")):
            reader.refuse("matrix", "an axis needs values", axis)
        found.append(
            {
                "name": named[0],
                "values": parts.get("values", []),
                **({"notValues": parts["notValues"]} if "notValues" in parts else {}),
            }
        )
    return found


def excludes(reader: Reader, call: Invocation) -> JsonValue:
    """The axes of each ``exclude``."""
    found: list[JsonValue] = []
    for node in reader.block(call) or ():
        exclude = invocation(node)
        if exclude is None or exclude.name != "exclude":
            reader.refuse("matrix", "excludes may only have exclude blocks", node)
        else:
            found.append(axes(reader, exclude, excluding=True))
    return found


def _texts(reader: Reader, call: Invocation) -> list[JsonValue]:
    for node in call.positional:
        if not isinstance(node, Literal):
            reader.refuse("matrix", f"{call.name} takes literal strings only", node)
    return [reader.values.of(node) for node in call.positional]
