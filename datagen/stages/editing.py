"""Makes an edit of a task whose answer is known: what stands, what is asked, what may change.

Where the format tells what a plan changes, the task permits what the right answer changes and
nothing else. Who leaves everything as it was must earn less than the right answer does.
"""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from datagen.errors import StageFault
from datagen.record import Outcome, Record
from datagen.stages.base import SCORING, SYSTEMATIC, digest_of
from rewardsvc.scorer import Scorer
from rewardsvc.types import (
    Check,
    CheckKind,
    FailureKind,
    JsonValue,
    ScoreRequest,
    Status,
    Task,
    Verdict,
)
from rewardsvc.wire.json import request_to_json
from sandbox.errors import BEFORE

_VERSION = 1
_MOST_CHANGES = 40
"""Changes that one edit may bring; of more it is another thing that is made."""
_CHANGE = "change"
"""The code of the diagnostics that name what a plan changes."""


@dataclass(frozen=True, slots=True)
class EditVerdicts:
    """What the tools say of an edit. ``changes``: what the right answer changes, an action and an
    address each; ``before`` and ``after``: what leaving everything and the right answer earn;
    ``unusable``: why nothing can be planned against what stands, "" where it can."""

    before: float
    after: float
    changes: tuple[tuple[str, str], ...] = ()
    unusable: str = ""


class Editing:
    """The stage ``edit``: a :class:`RecordStage` that says what an edit may change."""

    name = "edit"
    written = TypeAdapter(EditVerdicts)
    paid = False
    retries = SCORING

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def takes(self, record: Record) -> bool:
        """What has a reference, no answer yet, and what stood as the attempt before it."""
        return record.outcome is Outcome.ACCEPTED and not record.completion

    def digest(self, record: Record) -> str:
        """Of the request that the right answer would be, and of what stands."""
        request = ScoreRequest(id=record.id, task=record.task, completion=record.reference)
        return digest_of(_VERSION, request_to_json(request))

    def subject(self, record: Record) -> Record:
        """The record itself."""
        return record

    async def run(self, record: Record) -> EditVerdicts:
        """What the right answer changes, and what leaving everything as it is earns.

        Raises:
            StageFault: one of them could not be scored.
            rewardsvc.errors.RewardServiceError: the scorer cannot be used.
        """
        right = await self._verdict(record.id, record.task, record.reference)
        if right.status is Status.UNSCORED:
            return EditVerdicts(0.0, 0.0, unusable=right.failure_reason)
        changes = _changes(right)
        task = permitting(record.task, changes)
        left = await self._verdict(record.id, task, record.attempts[0].completion)
        if left.status is Status.UNSCORED:
            return EditVerdicts(0.0, 0.0, unusable=left.failure_reason)
        return EditVerdicts(left.reward or 0.0, right.reward or 0.0, changes)

    async def _verdict(self, id: str, task: Task, completion: str) -> Verdict:
        """The verdict: UNSCORED where what stands is of no use, which is the row's fault."""
        (verdict,) = await self._scorer.score(
            [ScoreRequest(id=id, task=task, completion=completion)]
        )
        if verdict.status is Status.UNSCORED and not _unusable(verdict):
            kind = verdict.failure_kind or FailureKind.INTERNAL
            raise StageFault(f"{kind.value}: {verdict.failure_reason}", missing=kind in SYSTEMATIC)
        return verdict

    def applied(self, record: Record, result: EditVerdicts) -> Record:
        """The record with its reference as the answer; rejected where it is no edit."""
        edited = record.with_result(self.name, result)
        if result.unusable:
            return edited.rejected(result.unusable)
        if record.task.before and not result.changes:
            return edited.rejected("the plan changes nothing")
        if len(result.changes) > _MOST_CHANGES:
            return edited.rejected(f"the plan changes {len(result.changes)} resources")
        if result.before >= result.after:
            return edited.rejected("leaving everything as it is earns as much")
        told: dict[str, JsonValue] = {"reward": result.before}
        if result.changes:
            told["changes"] = [" ".join(each) for each in result.changes]
        known = record.provenance.get("edit")
        return replace(
            edited,
            task=permitting(record.task, result.changes),
            completion=record.reference,
            attempts=(replace(record.attempts[0], reward=result.before),),
            provenance={
                **record.provenance,
                "edit": {**(known if isinstance(known, dict) else {}), **told},
            },
        )


def permitting(task: Task, changes: tuple[tuple[str, str], ...]) -> Task:
    """The task with a check that nothing else changes, which counts as much as all others
    together. Pure."""
    if not task.before:
        return task
    by_address: dict[str, list[JsonValue]] = {}
    for action, address in changes:
        by_address.setdefault(address, []).append(action)
    check = Check(
        kind=CheckKind.NAMED,
        name="changes_only",
        arguments={
            "changes": [
                {"resource": address, "actions": actions} for address, actions in by_address.items()
            ]
        },
        weight=sum(each.weight for each in task.checks) or 1.0,
        description="nothing else is created, changed, replaced or destroyed",
    )
    return replace(task, checks=(*task.checks, check))


def _unusable(verdict: Verdict) -> bool:
    """Whether nothing can be planned against what stands, whoever tries; a provider that is not
    here is another kind of fault."""
    return verdict.failure_kind is FailureKind.INTERNAL and verdict.failure_reason.startswith(
        BEFORE
    )


def _changes(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """What a verdict tells of the plan's changes: an action and an address each."""
    told = (
        found.message.partition(" ")
        for stage in verdict.stages
        for found in stage.diagnostics
        if found.code == _CHANGE
    )
    return tuple((action, address) for action, _, address in told)
