"""Has the tools verify an answer, as anybody's completion is scored."""

from pydantic import TypeAdapter

from datagen.errors import StageFault
from datagen.record import Outcome, Record
from datagen.stages.base import SCORING, SYSTEMATIC, digest_of
from rewardsvc.scorer import Scorer
from rewardsvc.types import FailureKind, ScoreRequest, Status, Verdict
from rewardsvc.wire.json import request_to_json


class Verification:
    """The stage ``verify``: a :class:`RecordStage` whose result is a SCORED verdict."""

    name = "verify"
    written = TypeAdapter(Verdict)
    paid = False
    retries = SCORING

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def takes(self, record: Record) -> bool:
        """What is accepted so far and has no verdict."""
        return record.outcome is Outcome.ACCEPTED and record.result(Verdict) is None

    def digest(self, record: Record) -> str:
        """Of the request."""
        return digest_of(request_to_json(request_of(record)))

    def subject(self, record: Record) -> Record:
        """The record itself."""
        return record

    async def run(self, record: Record) -> Verdict:
        """The verdict.

        Raises:
            StageFault: it is UNSCORED, which says nothing about the answer.
        """
        (verdict,) = await self._scorer.score([request_of(record)])
        if verdict.status is Status.UNSCORED:
            kind = verdict.failure_kind or FailureKind.INTERNAL
            raise StageFault(f"{kind.value}: {verdict.failure_reason}", missing=kind in SYSTEMATIC)
        return verdict

    def applied(self, record: Record, result: Verdict) -> Record:
        """The record with its verdict; rejected where syntax or correctness is not full."""
        verified = record.with_result(self.name, result)
        components = result.components
        assert components is not None  # it is SCORED
        if components.syntax == components.correctness == 1.0:
            return verified
        return verified.rejected(
            f"syntax {components.syntax:.2f}, correctness {components.correctness:.2f}",
            complaints(result),
        )


def request_of(record: Record) -> ScoreRequest:
    """The request that scores a record's answer."""
    return ScoreRequest(id=record.id, task=record.task, completion=record.completion)


def complaints(verdict: Verdict) -> tuple[str, ...]:
    """The errors and warnings of a verdict's stages, as ``stage: code: message``."""
    return tuple(
        ": ".join(part for part in (stage.name, found.code, found.message) if part)
        for stage in verdict.stages
        for found in stage.diagnostics
        if found.severity != "info"
    )
