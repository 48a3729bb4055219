"""Rego policies as a language of checks: what evaluates them, apart from how."""

from collections.abc import Sequence
from typing import Protocol

from rewardsvc.types import JsonValue


class Policies(Protocol):
    """Evaluates Rego modules on data, somewhere where it can be ended."""

    async def evaluate(
        self, policy: str, queries: Sequence[str], data: JsonValue
    ) -> Sequence[JsonValue]:
        """The value of each query of the module ``policy`` with ``data`` as its input.

        Raises:
            NoValue: the policy ran out of its limits on this data: the artifact's doing.
            sandbox.errors.*: a fault of ours, such as a policy that our Rego cannot read.
        """
        ...
