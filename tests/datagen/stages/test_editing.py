"""An edit whose tools fail: what is the row's fault rejects it, what is ours is tried again."""

import pytest

from datagen.errors import StageFault
from datagen.record import Attempt, Outcome, Record
from datagen.stages.editing import Editing
from rewardsvc.types import FailureKind, Task
from tests.datagen.faults import FaultyScorer, unscored

RECORD = Record(
    id="edit-1",
    source="sqs",
    task=Task(format="terraform", before={"main.tf": "old"}),
    reference="new",
    attempts=(Attempt(instruction="", completion="old", reason="nothing was changed"),),
)


def editing(kind: FailureKind, reason: str) -> Editing:
    return Editing(FaultyScorer(lambda request, _: unscored(request, kind, reason)))


async def test_what_cannot_be_planned_against_rejects_its_row() -> None:
    reason = "what stood before the edit: planned again, it changes aws_s3_bucket.a"
    stage = editing(FailureKind.INTERNAL, reason)
    after = stage.applied(RECORD, await stage.run(RECORD))
    assert (after.outcome, after.ruling.reason) == (Outcome.REJECTED, reason)


@pytest.mark.parametrize(
    ("kind", "reason", "missing"),
    [
        (FailureKind.PROVIDER_MISSING, "what stood before the edit: no google", True),
        (FailureKind.INTERNAL, "KeyError: 'a'", False),
        (FailureKind.EMULATOR_FAILED, "it went away", False),
    ],
)
async def test_what_is_ours_says_nothing_of_the_row(
    kind: FailureKind, reason: str, missing: bool
) -> None:
    with pytest.raises(StageFault, match=reason) as fault:
        await editing(kind, reason).run(RECORD)
    assert fault.value.missing is missing
