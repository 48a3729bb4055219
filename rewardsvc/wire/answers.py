"""Verdicts that are kept as bytes, and the answers that are made of them without decoding.

A kept message is a ``Verdict`` without ``id`` and ``cached``; an answer is those two fields put
before and behind it (fields may come in any order, https://protobuf.dev/programming-guides/encoding/).
"""

import hashlib
from dataclasses import dataclass, replace

from assay.reward.v1 import reward_pb2 as pb

from rewardsvc.types import FailureKind, Status, Verdict
from rewardsvc.wire.protobuf import verdict_from_proto, verdict_to_proto
from sandbox.protowire import bytes_field

_CACHED = pb.Verdict(cached=True).SerializeToString()


@dataclass(frozen=True, slots=True)
class Encoded:
    """A verdict as a message, made where its request was read, and what a server looks at of it.

    ``message`` is a ``Verdict`` without ``id`` and ``cached``. ``lasting``: it may be kept, for it
    is SCORED, nothing that should be in it is missing, and no tool failed on it alone.
    """

    message: bytes
    reward: float | None
    failure_kind: FailureKind | None
    chosen: bool = False
    lasting: bool = False
    cached: bool = False

    @classmethod
    def of(cls, verdict: Verdict, *, whole: bool = True) -> "Encoded":
        """The verdict as a message; ``whole``: nothing is missing in it.

        Raises:
            ValueError: a reward that is not a finite number.
        """
        return cls(
            cached_message(verdict),
            verdict.reward,
            verdict.failure_kind,
            verdict.chosen,
            whole and verdict.status is Status.SCORED,
        )

    @property
    def status(self) -> Status:
        """Whether there is a reward."""
        return Status.UNSCORED if self.reward is None else Status.SCORED

    def verdict(self, id: str) -> Verdict:
        """The verdict, given to the request of that id."""
        return replace(verdict_of(self.message, id), cached=self.cached)

    def answer(self, id: str) -> bytes:
        """The same as a message."""
        if self.cached:
            return answer_of(self.message, id)
        return pb.Verdict(id=id).SerializeToString() + self.message


def fingerprint(message: pb.ScoreRequest) -> bytes:
    """A digest of a request without its id: equal fingerprints, equal task and completion."""
    digest = hashlib.sha256(message.task.SerializeToString(deterministic=True))
    # The length keeps the end of the task from being taken for the beginning of the completion.
    digest.update(b"%d;" % len(message.completion))
    digest.update(message.completion.encode())
    return digest.digest()


def cached_message(verdict: Verdict) -> bytes:
    """The verdict as a message to keep.

    Raises:
        ValueError: a reward that is not a finite number.
    """
    return verdict_to_proto(replace(verdict, id="", cached=False)).SerializeToString()


def verdict_of(kept: bytes, id: str) -> Verdict:
    """The verdict of a kept message, given to the request of that id.

    Raises:
        google.protobuf.message.DecodeError: not a message.
        ValueError: not a verdict.
    """
    return replace(verdict_from_proto(pb.Verdict.FromString(kept)), id=id)


def answer_of(kept: bytes, id: str) -> bytes:
    """A ``Verdict`` message with ``cached`` set."""
    return pb.Verdict(id=id).SerializeToString() + kept + _CACHED


def stream_answer(verdict: bytes, id: str) -> bytes:
    """A ``ScoreStreamResponse`` message around a ``Verdict`` message."""
    return pb.ScoreStreamResponse(id=id).SerializeToString() + bytes_field(
        pb.ScoreStreamResponse.VERDICT_FIELD_NUMBER, verdict
    )
