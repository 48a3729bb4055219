"""Stages: in sequence, in ``parallel`` or in a ``matrix``."""

from collections import Counter
from collections.abc import Mapping

from rewardsvc.formats.jenkinsfile.calls import Invocation, invocation
from rewardsvc.formats.jenkinsfile.structure.agents import agent
from rewardsvc.formats.jenkinsfile.structure.axes import axes, excludes
from rewardsvc.formats.jenkinsfile.structure.directives import (
    environment,
    flag,
    input_form,
    listed,
    tools,
)
from rewardsvc.formats.jenkinsfile.structure.post import post
from rewardsvc.formats.jenkinsfile.structure.reader import Reader
from rewardsvc.formats.jenkinsfile.structure.steps import steps
from rewardsvc.formats.jenkinsfile.structure.when import never_runs, when
from rewardsvc.types import JsonValue

_EXECUTING = ("steps", "stages", "parallel", "matrix")


def stages(reader: Reader, call: Invocation, *, runs: bool, inside: bool) -> list[JsonValue]:
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
            reader.refuse("stage", f"{call.name} may only have stages, not: {what}", node)
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
        reader.refuse("stage", "a stage needs a name: stage('Build') { … }", stage)
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
            "agent": agent,
            "environment": environment,
            "options": listed("option"),
            "tools": tools,
            "when": when,
            "input": input_form,
            "steps": lambda reader, call: steps(reader, call, runs=runs),
            "stages": lambda reader, call: stages(reader, call, **below),
            "parallel": lambda reader, call: stages(reader, call, **within),
            "matrix": lambda reader, call: _matrix(reader, call, runs=runs),
            "failFast": flag,
            "post": post,
        },
    )
    _check_work(reader, stage, name, sections, inside)
    return tree | sections


def _check_work(
    reader: Reader, stage: Invocation, name: str, sections: Mapping[str, JsonValue], inside: bool
) -> None:
    """Exactly one kind of work; branches only where Jenkins allows them."""
    kinds = [kind for kind in _EXECUTING if kind in sections]
    if len(kinds) != 1:
        which = ", ".join(_EXECUTING)
        reader.refuse("stage", f"stage {name!r} needs exactly one of {which}", stage)
    branching = {"parallel", "matrix"} & sections.keys()
    if not branching:
        return
    if inside:
        reader.refuse(
            "nested",
            f"stage {name!r}: parallel and matrix cannot be nested in each other",
            stage,
        )
    for key in ("agent", "tools"):
        if key in sections:
            reader.refuse(
                key, f"{key!r} is not allowed in stage {name!r}: it has parallel stages", stage
            )


def _matrix(reader: Reader, call: Invocation, *, runs: bool) -> JsonValue:
    body = reader.block(call)
    if body is None:
        return None
    runs = runs and not never_runs(body)
    sections = reader.sections(
        "matrix",
        body,
        {
            "axes": axes,
            "excludes": excludes,
            "agent": agent,
            "environment": environment,
            "options": listed("option"),
            "tools": tools,
            "when": when,
            "input": input_form,
            "stages": lambda reader, inner: stages(reader, inner, runs=runs, inside=True),
            "post": post,
        },
    )
    for required in ("axes", "stages"):
        if required not in sections:
            reader.refuse("required", f"a matrix needs {required}", call)
    return {"axes": [], "excludes": [], "stages": []} | sections
