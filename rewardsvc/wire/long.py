"""Messages that would take long to decode: nobody else is served meanwhile."""

from itertools import islice

from assay.reward.v1 import reward_pb2 as pb

from rewardsvc.errors import InvalidRequest
from rewardsvc.sizes import COMPLETION_CHARACTERS, TASK_CHARACTERS
from sandbox.protowire import BrokenMessage, bytes_field, fields

LONG_BYTES = 8 * 1024 * 1024
"""From which on a message is looked at before it is decoded. Decoding takes a millisecond for each
2 MiB, and the digest of what is decoded four times that."""

MOST_BYTES = 4 * (COMPLETION_CHARACTERS + 2)
"""That are kept of a completion: the last may be half of a character, and what is left is still one
character too many to be read."""

_MOST_FIELDS = 100
"""Of a request; it has three."""


def without_excess(data: bytes) -> bytes:
    """A ``ScoreRequest`` message without what of its completion is too long to be read anyway.

    Raises:
        InvalidRequest: the task is too long to be read, or it is no message.
    """
    if len(data) <= LONG_BYTES:
        return data
    kept = []
    try:
        for field in islice(fields(memoryview(data)), _MOST_FIELDS):
            if field.number == pb.ScoreRequest.TASK_FIELD_NUMBER and len(field.raw) > LONG_BYTES:
                raise InvalidRequest(
                    "task", f"the texts of a task have at most {TASK_CHARACTERS} characters"
                )
            if field.number == pb.ScoreRequest.COMPLETION_FIELD_NUMBER and field.value is not None:
                kept.append(bytes_field(field.number, _beginning(bytes(field.value[:MOST_BYTES]))))
            else:
                kept.append(bytes(field.raw))
    except BrokenMessage as error:
        raise InvalidRequest("request", f"not a ScoreRequest message: {error}") from error
    return b"".join(kept)


def _beginning(text: bytes) -> bytes:
    """Without half of a character at the end."""
    end = len(text)
    while end and text[end - 1] & 0xC0 == 0x80:
        end -= 1
    return text[: end - 1] if end < len(text) else text
