"""The ``pipeline`` block and its stages: in sequence, in ``parallel`` or in a ``matrix``."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rewardsvc.formats.jenkinsfile.calls import Invocation, called, invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import Literal, Node
from rewardsvc.formats.jenkinsfile.structure.directives import (
    agent,
    entries_in,
    environment,
    flag,
    input_form,
    listed,
    tools,
)
from rewardsvc.formats.jenkinsfile.structure.reader import Handler, Model, Reader, Sections
from rewardsvc.formats.jenkinsfile.structure.steps import post, steps
from rewardsvc.formats.jenkinsfile.structure.when import never_runs, when
from rewardsvc.types import JsonValue

_EXECUTING = ("steps", "stages", "parallel", "matrix")
_DIRECTIVES: Mapping[str, Handler] = {
    "agent": agent,
    "environment": environment,
    "options": listed("option", in_stage=True),
    "tools": tools,
    "when": when,
    "input": input_form,
}
"""What a stage and a matrix may both have."""


def read_model(script: Sequence[Node], text: str) -> Model:
    """The model of a script that parses; ``text`` is what it was parsed from."""
    reader = Reader(text)
    blocks = [
        call
        for node in script
        if (call := invocation(node)) is not None and call.name == "pipeline"
    ]
    if not blocks:
        nested = next(
            (call for node in script for call in called(node) if call.name == "pipeline"), None
        )
        if nested is not None:
            reader.refuse("pipeline", "pipeline must not stand within another block", nested)
            reader.model.found = True
        return reader.model
    reader.model.found = True
    for other in blocks[1:]:
        reader.refuse("pipeline", "a second pipeline block", other)
    reader.model.tree = _pipeline(reader, blocks[0])
    return reader.model


def _pipeline(reader: Reader, pipeline: Invocation) -> dict[str, JsonValue]:
    tree: dict[str, JsonValue] = {
        "agent": None, "environment": {}, "options": [], "parameters": [], "triggers": [],
        "tools": {}, "libraries": [], "stages": [], "post": {},
    }  # fmt: skip
    body = reader.block(pipeline)
    if body is None:
        return tree
    sections = reader.sections(
        "pipeline",
        body,
        {
            "agent": agent,
            "environment": environment,
            "options": listed("option"),
            "parameters": listed("parameter"),
            "triggers": listed("trigger"),
            "tools": tools,
            "libraries": listed("library"),
            "stages": lambda reader, call: _stages(reader, call, runs=True, inside=False),
            "post": post,
        },
    )
    for required in ("agent", "stages"):
        if sections.lack(required):
            reader.refuse("required", f"missing required section {required!r}", pipeline)
    return tree | sections


def _stages(reader: Reader, call: Invocation, *, runs: bool, inside: bool) -> list[JsonValue]:
    """The stages of ``stages`` or ``parallel``, without those that never run.

    ``runs`` says whether what stands around them may run at all, ``inside`` whether they are
    within a ``parallel`` or a ``matrix``, which must not contain another.
    """
    found: list[JsonValue] = []
    names: Counter[str] = Counter()
    for node in reader.block(call) or ():
        stage = invocation(node)
        if stage is None or stage.name != "stage":
            what = reader.quoted(node, 80)
            reader.refuse("stages", f"{call.name} may only have stages, not: {what}", node)
            continue
        tree = _stage(reader, stage, runs=runs, inside=inside)
        names[str(tree["name"])] += 1
        if names[str(tree["name"])] == 2:
            reader.refuse("duplicate", f"duplicate stage name: {tree['name']!r}", stage)
        if not never_runs(stage.closure.body if stage.closure is not None else ()):
            found.append(tree)  # what checks see must be what runs
    return found


def _stage(reader: Reader, stage: Invocation, *, runs: bool, inside: bool) -> dict[str, JsonValue]:
    tree: dict[str, JsonValue] = {
        "name": "", "agent": None, "environment": {}, "options": [], "tools": {}, "when": [],
        "input": None, "steps": [], "stages": [], "parallel": [], "matrix": None,
        "failFast": False, "post": {}, "line": stage.line,
    }  # fmt: skip
    if len(stage.positional) == 1 and not stage.named:
        tree["name"] = reader.values.of(stage.positional[0])
    if not isinstance(tree["name"], str) or not tree["name"].strip():
        reader.refuse("stage-name", "a stage needs a name: stage('Build') { … }", stage)
    body = reader.block(stage)
    if body is None:
        return tree
    runs = runs and not never_runs(body)
    below = {"runs": runs, "inside": inside}
    within = {"runs": runs, "inside": True}
    name = str(tree["name"])
    sections = reader.sections(
        f"stage {name!r}",
        body,
        {
            **_DIRECTIVES,
            "steps": lambda reader, call: steps(reader, call, runs=runs),
            "stages": lambda reader, call: _stages(reader, call, **below),
            "parallel": lambda reader, call: _stages(reader, call, **within),
            "matrix": lambda reader, call: _matrix(reader, call, runs=runs),
            "failFast": flag,
            "post": post,
        },
    )
    _check_work(reader, stage, name, sections, inside)
    return tree | sections


def _check_work(
    reader: Reader, stage: Invocation, name: str, sections: Sections, inside: bool
) -> None:
    """Exactly one kind of work; branches only where Jenkins allows them."""
    kinds = [kind for kind in _EXECUTING if kind in sections]
    if len(kinds) > 1 or not (kinds or sections.refused):
        which = ", ".join(_EXECUTING)
        reader.refuse("stage-work", f"stage {name!r} needs exactly one of {which}", stage)
    branching = {"parallel", "matrix"} & sections.keys()
    if not branching:
        return
    if inside:
        reader.refuse(
            "nested",
            f"stage {name!r}: parallel and matrix cannot be nested in each other",
            stage,
        )
    entries = entries_in(stage)
    for key in ("agent", "tools"):
        if key in sections:
            words = f"{key!r} is not allowed in stage {name!r}: it has parallel stages"
            reader.refuse("parallel-agent", words, entries.get(key, stage))


def _matrix(reader: Reader, call: Invocation, *, runs: bool) -> JsonValue:
    body = reader.block(call)
    if body is None:
        return None
    runs = runs and not never_runs(body)
    sections = reader.sections(
        "matrix",
        body,
        {
            "axes": _axes,
            "excludes": _excludes,
            **_DIRECTIVES,
            "stages": lambda reader, inner: _stages(reader, inner, runs=runs, inside=True),
            "post": post,
        },
    )
    for required in ("axes", "stages"):
        if sections.lack(required):
            reader.refuse("required", f"a matrix needs {required}", call)
    return {"axes": [], "excludes": [], "stages": []} | sections


def _axes(reader: Reader, call: Invocation, *, excluding: bool = False) -> JsonValue:
    """The axes of a matrix, or of an ``exclude``, which may have ``notValues``."""
    found: list[JsonValue] = []
    for node in reader.block(call) or ():
        axis = invocation(node)
        if axis is None or axis.name != "axis":
            reader.refuse("matrix", f"{call.name} may only have axis blocks", node)
            continue
        body = reader.block(axis)
        if body is None:
            continue
        parts = reader.sections(
            "axis",
            body,
            {"name": _texts, "values": _texts} | ({"notValues": _texts} if excluding else {}),
        )
        named = parts.get("name") or [""]
        one = isinstance(named, list) and len(named) == 1 and bool(named[0])
        if parts.lack("name") or ("name" in parts and not one):
            reader.refuse("matrix", "an axis needs one name", axis)
        if all(parts.lack(key) or parts.get(key) == [] for key in ("values", "notValues")):
            reader.refuse("matrix", "an axis needs values", axis)
        if "values" in parts and "notValues" in parts:
            reader.refuse("matrix", "an axis has either values or notValues", axis)
        entries = entries_in(axis)
        for key in ("values", "notValues"):
            values = parts.get(key)
            for value in _repeated(values if isinstance(values, list) else []):
                reader.refuse("matrix", f"the axis has {value!r} twice", entries.get(key, axis))
        found.append(
            {
                "name": named[0],
                "values": parts.get("values", []),
                **({"notValues": parts["notValues"]} if "notValues" in parts else {}),
            }
        )
    for name in _repeated([axis["name"] for axis in found]):
        reader.refuse("matrix", f"two axes are called {name!r}", call)
    return found


def _repeated(values: Sequence[JsonValue]) -> list[str]:
    return [value for value, count in Counter(map(str, values)).items() if count > 1]


def _excludes(reader: Reader, call: Invocation) -> JsonValue:
    """The axes of each ``exclude``."""
    found: list[JsonValue] = []
    for node in reader.block(call) or ():
        exclude = invocation(node)
        if exclude is None or exclude.name != "exclude":
            reader.refuse("matrix", "excludes may only have exclude blocks", node)
        else:
            found.append(_axes(reader, exclude, excluding=True))
    return found


def _texts(reader: Reader, call: Invocation) -> list[JsonValue]:
    for node in call.positional:
        if not isinstance(node, Literal):
            reader.refuse("matrix", f"{call.name} takes literal strings only", node)
    return [reader.values.of(node) for node in call.positional]
