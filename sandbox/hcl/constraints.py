"""Whether a version satisfies one of Terraform's version constraints.

The rules are those of https://developer.hashicorp.com/terraform/language/expressions/version-constraints.

Not ``packaging``: to it ``~> 5.0`` and a bare ``5.100`` are no specifiers.
"""

import operator
import re
from collections.abc import Callable

_NUMBER = r"\d{1,18}"
"""Python refuses to read thousands of digits, and no version has them."""
_TERM = re.compile(rf"\s*+(=|!=|>=|<=|>|<|~>)?\s*+v?({_NUMBER}+(?:\.{_NUMBER}+)*+)(-[\w.]++)?\s*+")
_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def satisfies(version: str, constraint: str) -> bool | None:
    """Whether a released version fits; None where the constraint cannot be read."""
    have = _padded(version.split("-", maxsplit=1)[0].split("+", maxsplit=1)[0])
    for term in constraint.split(","):
        match = _TERM.fullmatch(term)
        if match is None:
            return None
        sign, wanted = match[1] or "=", match[2]
        if sign == "~>":
            fixed = max(1, wanted.count("."))
            if have < _padded(wanted) or have[:fixed] != _padded(wanted)[:fixed]:
                return False
        elif (match[3] and sign == "=") or not _COMPARE[sign](have, _padded(wanted)):
            return False
    return True


def _padded(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple((*numbers, 0, 0, 0, 0)[: max(4, len(numbers))])
