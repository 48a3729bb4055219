"""What a caller of the reward service can do wrong or find broken.

Faults while scoring are not here: they are UNSCORED verdicts (``rewardsvc.faults``).
"""

from typing import Self


class RewardServiceError(Exception):
    """Base of the errors that the package raises to its callers."""


class InvalidRequest(RewardServiceError):
    """A request that nobody can score: ``field`` names the place, the message the remedy.

    >>> print(InvalidRequest("task.checks[0].expr", "no such function: lenght"))
    task.checks[0].expr: no such function: lenght
    """

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """Another process gets it as it is."""
        return type(self), (self.field, self.message)


class InvalidFile(RewardServiceError):
    """A file (JSONL, TOML) that cannot be read; the message begins with its path and line."""


class InvalidSetting(RewardServiceError):
    """A setting that is wrong, or is none; names the flag, the variable, or the file and line."""


class ServerUnavailable(RewardServiceError):
    """The reward server cannot be reached, or went away; the message names its address."""


class ServerGone(ServerUnavailable):
    """Nobody answers at the address now, which may pass: a server that restarts comes back."""


class Overloaded(RewardServiceError):
    """No worker is free in time; the verdict is UNSCORED, and the request may come back later."""


class CannotServe(RewardServiceError):
    """This machine cannot serve: the port is taken, or isolation does not hold."""


class CannotWrite(RewardServiceError):
    """Results cannot be written where they were to go: no permission, a full disk."""
