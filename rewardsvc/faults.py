"""Where a fault of ours becomes a failure kind. The whole policy:

What the completion did (it does not parse, a tool rejects it, it ran out of its own limits) is
data that verifiers return; it is SCORED. What broke around it is an exception of
``sandbox.errors``, or a required judge's :class:`rewardsvc.judge.JudgeFailed`, raised where the
boundary broke and let through by everybody in between, until :func:`classified` names it here and
the verdict is UNSCORED. An exception that nobody foresaw is a fault of ours too: INTERNAL, logged
with its traceback, never a score. A request that nobody can score
(:class:`rewardsvc.errors.InvalidRequest`) is neither: it is the caller's, and is raised to the
caller. Cancellation is not classified: it passes through, and the work ends.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rewardsvc.judge import JudgeFailed
from rewardsvc.types import FailureKind, Fault
from sandbox.errors import (
    BeforeLacksProvider,
    BeforeUnusable,
    EmulatorFailed,
    SandboxError,
    TimedOutByUs,
    ToolchainError,
    ToolCrashed,
    ToolMissing,
)

_LOG = logging.getLogger(__name__)

_KINDS: tuple[tuple[type[Exception], FailureKind], ...] = (
    (ToolMissing, FailureKind.TOOL_MISSING),
    (ToolchainError, FailureKind.TOOL_MISSING),
    (EmulatorFailed, FailureKind.EMULATOR_FAILED),
    (ToolCrashed, FailureKind.TOOL_CRASHED),
    (SandboxError, FailureKind.SANDBOX_FAILED),
    (TimedOutByUs, FailureKind.TIMED_OUT_BY_US),
    (JudgeFailed, FailureKind.JUDGE_FAILED),
    (BeforeLacksProvider, FailureKind.PROVIDER_MISSING),
    (BeforeUnusable, FailureKind.INTERNAL),
)
"""The first type that fits wins."""


def classify(error: Exception) -> Fault:
    """The fault that an exception stands for; one that is not in the table is INTERNAL."""
    for type_, kind in _KINDS:
        if isinstance(error, type_):
            return Fault(kind, str(error) or type(error).__name__)
    _LOG.error("an unforeseen error while scoring", exc_info=error)
    return Fault(FailureKind.INTERNAL, f"{type(error).__name__}: {error}")


class Broken:
    """What broke within :func:`classified`, once it has."""

    error: Exception | None = None

    @property
    def fault(self) -> Fault:
        """The fault that it stands for."""
        assert self.error is not None  # whoever asks comes after what broke
        return classify(self.error)


@contextmanager
def classified(*passing: type[Exception]) -> Iterator[Broken]:
    """Ends at what breaks within, and tells what fault of ours it is; ``passing`` pass through."""
    broken = Broken()
    try:
        yield broken
    except passing:
        raise
    except Exception as error:  # noqa: BLE001 - the one place that classifies
        broken.error = error
