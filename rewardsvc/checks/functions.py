"""The functions of checks' JMESPath: those of its specification, and ``from_json``.

Imports nothing of ours: the process that evaluates expensive checks loads it by its path.
"""

import json
import sys
from typing import Any

from jmespath import Options
from jmespath.functions import Functions, signature


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _number(digits: str) -> float:
    largest = sys.float_info.max
    return min(max(float(digits), -largest), largest)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


class CheckFunctions(Functions):
    """``from_json(text)``: the value that a text of JSON has, null where it is no JSON.

    So a check can look into the documents that tools carry as texts, whatever their spaces and the
    order of their keys: a policy of IAM, container definitions, a redrive policy.

    What readers of JSON disagree about is no JSON: NaN and Infinity, a key that is there twice
    (RFC 8259, sections 4 and 6). Of a number beyond a double it is the nearest.
    """

    @signature({"types": ["string", "null"]})
    def _func_from_json(self, text: str | None) -> Any:
        try:
            return (
                None
                if text is None
                else json.loads(
                    text,
                    parse_constant=_refuse,
                    parse_float=_number,
                    object_pairs_hook=_unique,
                )
            )
        except (ValueError, RecursionError):
            return None


OPTIONS = Options(custom_functions=CheckFunctions())
"""With which every expression is evaluated."""
