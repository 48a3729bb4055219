"""Which checks an answer without anything in it would hold: they are no evidence of work.

"No other port is open" is worth asking beside "port 443 is open", and is also true of an answer to
another question. So a check that holds of nothing never makes an answer on-task by itself.
"""

from collections.abc import Mapping

from rewardsvc.checks.equality import json_equal
from rewardsvc.checks.jmes import Evaluate, NoValue
from rewardsvc.types import ABSENT, Check, JsonValue, Target

NOTHING: Mapping[Target, JsonValue] = {
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
"""What each target shows of an answer without anything in it, in the target's own shape; a verifier
may know better (:attr:`rewardsvc.verification.verifier.Findings.nothing`)."""


def holds_of_nothing(
    check: Check, evaluate: Evaluate, nothing: Mapping[Target, JsonValue] = NOTHING
) -> bool:
    """Whether a JMESPath check holds where there is nothing to look at."""
    try:
        value = evaluate(nothing.get(check.target, NOTHING[check.target]))
    except NoValue:
        return False
    return json_equal(value, True if check.expect is ABSENT else check.expect)
