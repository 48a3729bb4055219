"""The ``post`` section: steps for each way in which a pipeline or a stage may end."""

from rewardsvc.formats.jenkinsfile.calls import Invocation, invocation
from rewardsvc.formats.jenkinsfile.structure.reader import Reader
from rewardsvc.formats.jenkinsfile.structure.steps import check_step
from rewardsvc.types import JsonValue

POST_CONDITIONS = (
    "always", "changed", "fixed", "regression", "aborted", "failure", "success", "unstable",
    "unsuccessful", "notBuilt", "cleanup",
)  # fmt: skip


def post(reader: Reader, call: Invocation) -> JsonValue:
    """The steps of each condition."""
    found: dict[str, JsonValue] = {}
    for node in reader.block(call) or ():
        condition = invocation(node)
        if condition is None or condition.name not in POST_CONDITIONS:
            what = reader.quoted(node)
            known = ", ".join(POST_CONDITIONS)
            reader.refuse("post", f"post may only have {known}, not: {what}", node)
            continue
        if condition.name in found:
            reader.refuse("duplicate", f"post has {condition.name!r} twice", condition)
        body = reader.block(condition) or ()
        reader.model.steps.extend(body)
        for step in body:
            check_step(reader, step, only=len(body) == 1)
        found[condition.name] = reader.values.steps(body)
    return found
