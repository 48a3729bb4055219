"""What an executor is."""

from collections.abc import Sequence
from typing import Protocol

from datagen.record import Record


class Executor(Protocol):
    """Takes records through the stages, wherever they run."""

    async def carry(self, records: Sequence[Record]) -> list[Record]:
        """Each record as far as it gets, in the same order: to a ruling, or to a fault.

        The first of them are begun first, so that a run that is stopped early has something of
        each source. What was found is in the journal, also where this is cancelled or raises.

        Raises:
            DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done at all.
        """
        ...
