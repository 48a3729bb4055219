"""The functions of checks' JMESPath: those of its specification, and ``from_json``.

Imports nothing of ours: the process that evaluates expensive checks loads it by its path.
"""

import json
from typing import Any

from jmespath import Options
from jmespath.functions import Functions, signature


class CheckFunctions(Functions):
    """``from_json(text)``: the value that a text of JSON has, null where it is no JSON.

    So a check can look into the documents that tools carry as texts, whatever their spaces and the
    order of their keys: a policy of IAM, container definitions, a redrive policy.
    """

    @signature({"types": ["string", "null"]})
    def _func_from_json(self, text: str | None) -> Any:
        try:
            return json.loads(text) if text is not None else None
        except (ValueError, RecursionError):
            return None


OPTIONS = Options(custom_functions=CheckFunctions())
"""With which every expression is evaluated."""
