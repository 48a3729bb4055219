"""What a Terraform engine is: the files of a configuration in, what Terraform said out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType, TracebackType
from typing import Any, Literal, Protocol, Self

from sandbox.base import Ended, Usage
from sandbox.lack import Lack, LackKind


class Depth(IntEnum):
    """How far a configuration is taken; each step implies those before it."""

    VALIDATE = 1
    PLAN = 2
    DEPLOY = 3
    """Apply on an emulator of its own, plan again (nothing may be left to do), destroy."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One of Terraform's diagnostics. ``line`` is 1-based, 0 where it names none."""

    severity: Literal["error", "warning"]
    summary: str
    detail: str = ""
    file: str = ""
    line: int = 0
    address: str = ""
    """The resource that it is about, where Terraform names one."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What one of Terraform's commands said."""

    passed: bool
    problems: tuple[Problem, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Deployment:
    """What came of deploying a configuration on an emulator of its own.

    ``applied``: whether ``apply`` succeeded.
    ``unchanged``: whether the second plan is empty; None where it was not applied.
    ``destroyed``: whether ``destroy`` succeeded and left nothing in the state; None likewise.
    ``notes``: what was changed to be able to destroy it, and which differences are the emulator's.
    ``gap``: what the emulator could not do, in words; where that is not "", nothing is known of
    the configuration beyond its plan. ``broken``: because it did not start or went away.
    """

    applied: Phase
    unchanged: Phase | None = None
    destroyed: Phase | None = None
    notes: tuple[str, ...] = ()
    gap: str = ""
    broken: bool = False


@dataclass(frozen=True, slots=True)
class TerraformOutcome:
    """What Terraform said of one configuration. The warm and the cold engine say the same.

    ``parse``: whether Terraform's own parser reads every file.
    ``validate``: implied passed where the plan succeeded. Where it passed it names no problems,
    for the plan repeats its warnings. Failed without problems where a provider is missing, and
    with the limit where one ended the run before it could pass.
    ``plan``: None where validate failed or a provider is missing.
    ``plan_json``: ``terraform show -json`` of the plan, where it succeeded.
    ``unformatted``: the files that ``terraform fmt`` would change.
    ``lacking``: what the configuration leans on and is not here.
    ``relaxed``: what was overlooked because it concerns our machine, in words
    (``required_version``, backends).
    ``ended``: EXITED, or the limit that the configuration itself ran into.
    """

    parse: Phase
    validate: Phase
    plan: Phase | None
    plan_json: Mapping[str, Any] | None
    unformatted: tuple[str, ...]
    relaxed: tuple[str, ...]
    ended: Ended
    usage: Usage
    lacking: tuple[Lack, ...] = ()
    deploy: Deployment | None = None
    """None where it was not asked for, or the plan did not succeed."""
    unchanged: Mapping[str, Any] | None = None
    """Where something stood before, what planning that once more comes to, as ``plan_json``: that
    there is nothing to do."""

    @property
    def missing_providers(self) -> tuple[str, ...]:
        """Sources of known providers that are not installed and for want of which it is not run."""
        return tuple(
            lack.name
            for lack in self.lacking
            if lack.kind is LackKind.PROVIDER and not lack.overlooked
        )


class TerraformRunner(Protocol):
    """Validates and plans configurations: all that a verifier needs of an engine."""

    async def run(
        self,
        files: Mapping[str, bytes],
        until: Depth = Depth.PLAN,
        before: Mapping[str, bytes] = MappingProxyType({}),
    ) -> TerraformOutcome:
        """Format-check, validate, plan, deploy the configuration whose root is ``files``' root.

        ``before`` is what stands already, a configuration too: the plan is one of changes to it.
        A deployment begins with nothing all the same.

        Raises:
            sandbox.errors.BeforeUnusable: there is no planning against ``before``.
            sandbox.errors.*: a fault of ours; says nothing about the configuration.
        """
        ...


class TerraformEngine(TerraformRunner, Protocol):
    """A runner that keeps processes. Made ready by ``async with``; used concurrently."""

    async def __aenter__(self) -> Self:
        """Start what stays warm."""
        ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every process."""
        ...
