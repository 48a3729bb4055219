"""Which checks a no-op answer would hold, one without anything in it: they are no evidence of work.

"No other port is open" is worth asking beside "port 443 is open", and is also true of an answer to
another question. So a check that holds of a no-op answer never makes an answer on-task by itself.
"""

from collections.abc import Mapping

from rewardsvc.checks.equality import json_equal
from rewardsvc.checks.jmes import Evaluate, NoValue
from rewardsvc.types import ABSENT, Check, JsonValue, Target

NO_OP: Mapping[Target, JsonValue] = {
    Target.PLAN: {
        "planned_values": {"root_module": {"resources": [], "child_modules": []}, "outputs": {}},
        "configuration": {"provider_config": {}, "root_module": {"resources": []}},
        "resource_changes": [],
        "output_changes": {},
        "variables": {},
    },
    Target.CONFIG: {"resource": [], "data": [], "module": [], "variable": [], "output": []},
    Target.DOCUMENTS: [],
    Target.AST: {"stages": [], "instructions": [], "final": {}, "args": {}},
}
"""What each target shows of such an answer, in the target's own shape; a verifier
may know better (:attr:`rewardsvc.verification.verifier.Findings.no_op`)."""


def holds_of_no_op(
    check: Check, evaluate: Evaluate, no_op: Mapping[Target, JsonValue] = NO_OP
) -> bool:
    """Whether a JMESPath check holds of a no-op answer."""
    try:
        value = evaluate(no_op.get(check.target, NO_OP[check.target]))
    except NoValue:
        return False
    return json_equal(value, True if check.expect is ABSENT else check.expect)
