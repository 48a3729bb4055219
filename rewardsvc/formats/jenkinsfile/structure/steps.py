"""Sections that hold steps: ``steps``, and ``post`` for each way in which a run may end."""

from collections.abc import Mapping

from rewardsvc.formats.jenkinsfile.calls import CODE_BLOCKS, Invocation, invocation, works
from rewardsvc.formats.jenkinsfile.groovy.nodes import Call, GString, Literal, Node
from rewardsvc.formats.jenkinsfile.structure.arguments import check_arguments
from rewardsvc.formats.jenkinsfile.structure.reader import Reader
from rewardsvc.formats.jenkinsfile.structure.signatures import STEPS
from rewardsvc.types import JsonValue

_BLOCKED: Mapping[str, str] = {
    "stage": "the stage step cannot be used in a declarative pipeline",
    "parallel": "it may only be the only step of a steps block; use the parallel section",
    "properties": "use the options, triggers and parameters sections",
}
"""Steps that a ``steps`` block must not have (``ModelASTStep``)."""

_POST_CONDITIONS = (
    "always", "changed", "fixed", "regression", "aborted", "failure", "success", "unstable",
    "unsuccessful", "notBuilt", "cleanup",
)  # fmt: skip


def steps(reader: Reader, call: Invocation, *, runs: bool) -> JsonValue:
    """The steps of a stage; ``runs`` says whether it may run at all."""
    body = reader.block(call)
    if body is None:
        return []
    reader.model.steps.extend(body)
    alone = len(body) == 1
    for node in body:
        _check_step(reader, node, only=alone)
    if runs and not reader.model.works:
        reader.model.works = works(body)
    return reader.values.steps(body)


def post(reader: Reader, call: Invocation) -> JsonValue:
    """The steps of each condition."""
    found: dict[str, JsonValue] = {}
    for node in reader.block(call) or ():
        condition = invocation(node)
        if condition is None or condition.name not in _POST_CONDITIONS:
            what = reader.quoted(node)
            known = ", ".join(_POST_CONDITIONS)
            reader.refuse("post", f"post may only have {known}, not: {what}", node)
            continue
        if condition.name in found:
            reader.refuse("duplicate", f"post has {condition.name!r} twice", condition)
        body = reader.block(condition) or ()
        reader.model.steps.extend(body)
        for step in body:
            _check_step(reader, step, only=len(body) == 1)
        found[condition.name] = reader.values.steps(body)
    return found


def _check_step(reader: Reader, node: Node, *, only: bool = False) -> None:
    """Refuse what is no step, also within a step's block; ``only`` says it stands alone."""
    call = invocation(node)
    if call is None:
        what = reader.quoted(node, 80)
        if isinstance(node, Call):
            message = f"a method of an object may only be called in script {{ … }}: {what}"
            reader.refuse("object-method", message, node)
        else:
            message = f"expected a step, not: {what}; other code belongs into script {{ … }}"
            reader.refuse("step", message, node)
        return
    if call.name in _BLOCKED and not (call.name == "parallel" and only):
        reader.refuse("block-step", f"{call.name}: {_BLOCKED[call.name]}", call)
        return
    check_arguments(reader, call, STEPS)
    if call.name == "parallel":
        _check_branches(reader, call)
    if call.name in CODE_BLOCKS or call.name == "parallel":
        if call.name in CODE_BLOCKS and call.closure is None:
            reader.refuse("block", f"{call.name} needs a block", call)
        return
    for inner in call.closure.body if call.closure is not None else ():
        _check_step(reader, inner)


def _check_branches(reader: Reader, call: Invocation) -> None:
    """Branches of the step ``parallel`` are blocks, and ``failFast`` is true or false
    (pipeline-model-definition 2.2, ``ModelParser_ExpectedClosureOrFailFast``)."""
    if not call.named and not call.positional and call.closure is None:
        reader.refuse("parallel", "parallel has no branches", call)
    for name, value in call.named.items():
        known = isinstance(value, Literal | GString)
        if name == "failFast":
            if known and not (isinstance(value, Literal) and isinstance(value.value, bool)):
                reader.refuse("parallel", "parallel: failFast is true or false", value)
        elif known:
            words = f"parallel: the branch {name!r} is no block; only failFast is none"
            reader.refuse("parallel", words, value)
