"""What a stage is: one step of a record's way, whose results are worth keeping."""

import hashlib
import json
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter

from datagen.record import Record
from rewardsvc.retry import RetryPolicy
from rewardsvc.types import FailureKind, JsonValue

Result = TypeVar("Result")

SYSTEMATIC = frozenset({FailureKind.TOOL_MISSING, FailureKind.PROVIDER_MISSING})
"""Faults that no retry on this machine mends."""

ONCE = RetryPolicy(tries=1, first_pause_seconds=0.0, longest_pause_seconds=0.0)
"""Of a stage that leaves trying again to whom it asks."""

SCORING = RetryPolicy(tries=3, first_pause_seconds=1.0, longest_pause_seconds=2.0)
"""A fault of the scoring machinery is often a busy moment; a missing tool is not tried again."""


class RecordStage(Protocol[Result]):
    """One step of a record's way: what it runs is apart from what follows from the result.

    A result is kept in the journal as it came, under the stage, the record and the digest of what
    it depends on; what is made of it is worked out anew each time. So a result holds all that was
    paid for, and another rule about it needs nothing to be run again.
    """

    name: str
    """Names its results in the journal."""
    written: TypeAdapter[Result]
    """How a result is written as JSON and read again."""
    paid: bool
    """Whether a result costs money: one that is on its way is waited for when a run is stopped."""
    retries: RetryPolicy
    """When a passing fault is tried again."""

    def takes(self, record: Record) -> bool:
        """Whether a record goes through it: most take what was accepted so far."""
        ...

    def digest(self, record: Record) -> str:
        """Names what a result depends on: of this record, and of the stage itself."""
        ...

    def subject(self, record: Record) -> Record:
        """The record that is looked at in this one's place: itself, or one that it shares a result
        with."""
        ...

    async def run(self, record: Record) -> Result:
        """What it finds of a record; it is kept, whatever it says.

        Raises:
            StageFault: nothing was found out, for a fault of ours or of a service's.
            DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done at all.
        """
        ...

    def applied(self, record: Record, result: Result) -> Record:
        """The record with a result and with what follows from it, a rejection perhaps. Pure."""
        ...


AnyStage = RecordStage[Any]


def digest_of(*parts: JsonValue) -> str:
    """Names JSON data: equal data, equal digests."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
