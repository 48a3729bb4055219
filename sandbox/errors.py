"""What can break in the machinery that runs tools, one type for each boundary.

Every error here is a fault of ours: none of them ever says anything about the program that
was run. What the program did (exit code, signal, limit reached) is data in
:class:`sandbox.base.Result`, not an exception. ``rewardsvc.faults`` turns these types into
failure kinds; nobody else does.
"""


class SandboxError(Exception):
    """The isolation itself failed: it could not be set up, or died under the program."""


class SetUpLate(SandboxError):
    """The box was not ready when the wall time of its command was over."""


class IsolationMissing(SandboxError):
    """This machine cannot isolate a program; the message names what to install or to allow."""


class ToolchainError(Exception):
    """The toolchain table, a download or an installation is broken."""


class ToolMissing(ToolchainError):
    """A tool that a stage needs is not on this machine; the message says how to get it."""


class ToolCrashed(Exception):
    """A tool ended in a way that says nothing about its input (a panic, no output, bad JSON)."""


class TimedOutByUs(Exception):
    """Our own machinery (not the program) took longer than it was given."""


class EmulatorFailed(Exception):
    """The AWS emulator did not start, died, or stopped answering."""


class ProviderFailed(ToolCrashed):
    """A Terraform provider process or its relay did not start, died, hung, or lost its peer."""


class ProviderStarved(ProviderFailed):
    """A Terraform provider process was ended because its box ran out of memory."""


BEFORE = "what stood before the edit"
"""Begins what a :class:`BeforeUnusable` of ours says, and so the reason of its verdict."""


class BeforeUnusable(Exception):
    """What stood before an edit does not plan by itself, or no state can be made of it."""


class BeforeLacksProvider(BeforeUnusable):
    """What stood before an edit leans on a provider that is known and not on this machine."""
