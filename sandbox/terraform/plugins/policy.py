"""The numbers by which a pool of providers lends, replaces and stops them."""

from dataclasses import dataclass

from sandbox.base import MIB

MAX_LEASES = 1000
"""Plans that a provider serves before it is replaced: its start, 3 s of a core, is nothing then."""

MAX_AGE_SECONDS = 3600.0
"""Age at which a provider is replaced, whatever it served: what leaks with time is bounded too."""

MAX_MEMORY_BYTES = 1000 * MIB
"""Resident memory above which a provider is replaced; 550 to 720 MB are usual for AWS."""

IDLE_SECONDS = 60.0
"""A provider beyond the pool's size that nobody leased for so long is stopped: the next run with
several provider blocks is not near, and 700 MB are."""


@dataclass(frozen=True, slots=True)
class LendingPolicy:
    """The numbers of one pool.

    ``size``: how many run always, 1 at least. ``limit``: up to how many there are for the sake of
    runs that hold several.
    """

    size: int
    limit: int
    leases: int = MAX_LEASES
    age_seconds: float = MAX_AGE_SECONDS
    memory_bytes: int = MAX_MEMORY_BYTES
    idle_seconds: float = IDLE_SECONDS

    @property
    def cap(self) -> int:
        """How many run and start at the most; one that goes no longer counts.

        One more than ``size``, or no successor could be warm before the worn one goes.
        """
        return max(self.limit, self.size + 1)
