"""Checks that are evaluated out of process: what does it, apart from how."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rewardsvc.checks.rego import Module
from rewardsvc.types import JsonValue


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """The values of one question; none where it is undefined. ``problem``: why it has no value."""

    values: tuple[JsonValue, ...] = ()
    problem: str = ""


class Policies(Protocol):
    """Evaluates Rego policies, and what takes long, somewhere where it can be ended."""

    async def evaluate(
        self, module: Module, queries: Sequence[str], data: JsonValue
    ) -> Sequence[PolicyAnswer]:
        """An answer to each query of a policy with ``data`` as its input.

        Raises:
            NoValue: it ran out of its limits on this data: the artifact's doing.
            sandbox.errors.*: a fault of ours, such as a policy that our Rego cannot read.
        """
        ...

    async def search(self, expressions: Sequence[str], data: JsonValue) -> Sequence[PolicyAnswer]:
        """The value of each JMESPath expression, which compiles.

        Raises:
            NoValue: they ran out of their limits on this data.
            sandbox.errors.*: a fault of ours.
        """
        ...
