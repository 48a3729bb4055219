"""Rego policies as a language of checks: what can be told of one by reading it. Pure.

They are evaluated by regorus (https://github.com/microsoft/regorus) in
``rewardsvc.checks.out_of_process``, in version 0 or 1 of the language. What it reads otherwise than
OPA is rewritten before: ``declarations`` brings variables to the front of their bodies, ``lenient``
makes functions fail the way OPA's do.
"""

from rewardsvc.checks.rego.declarations import hoisted
from rewardsvc.checks.rego.lenient import LENIENT, lenient
from rewardsvc.checks.rego.module import MAX_QUERY_CHARACTERS, Module, NotAPolicy, read_module

__all__ = [
    "LENIENT",
    "MAX_QUERY_CHARACTERS",
    "Module",
    "NotAPolicy",
    "evaluable",
    "hoisted",
    "lenient",
    "read_module",
]


def evaluable(text: str) -> str:
    """A module or a query as regorus is given it, so that it means what it means to OPA."""
    return lenient(hoisted(text))
