"""What is kept of a verdict: its message as bytes, ready to be sent; sealed for a store."""

import hashlib
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from rewardsvc.types import Status, Verdict
from rewardsvc.wire.answers import Encoded, cached_message, verdict_of

_SEAL_BYTES = 16


@dataclass(frozen=True, slots=True)
class CachedVerdict:
    """A SCORED verdict without the id of the request that it was made for."""

    message: bytes
    """A ``Verdict`` message; see :mod:`rewardsvc.wire.answers`."""
    reward: float

    @classmethod
    def of(cls, verdict: Verdict) -> "CachedVerdict":
        """What to keep of a verdict.

        Raises:
            ValueError: it is UNSCORED, which is never kept.
        """
        if verdict.status is not Status.SCORED or verdict.reward is None:
            raise ValueError(f"an {verdict.status} verdict is never kept")
        return cls(cached_message(verdict), verdict.reward)

    def encoded(self) -> Encoded:
        """The verdict as a message that says where it comes from."""
        return Encoded(self.message, self.reward, None, lasting=True, cached=True)


def sealed(key: str, kept: CachedVerdict) -> bytes:
    """What a store is given: a checksum over key and message, then the message.

    SQLite and Redis do not notice a flipped bit or a cut value, and half of a message is often a
    message: without the seal such a thing would be a wrong reward.
    """
    return _seal(key, kept.message) + kept.message


def unsealed(key: str, data: bytes) -> CachedVerdict | None:
    """What :func:`sealed` sealed under that key; None where the bytes are anything else."""
    message = data[_SEAL_BYTES:]
    if data[:_SEAL_BYTES] != _seal(key, message):
        return None
    try:
        return CachedVerdict.of(verdict_of(message, ""))
    except (DecodeError, ValueError):
        return None


def _seal(key: str, message: bytes) -> bytes:
    seal = hashlib.blake2b(key.encode(), digest_size=_SEAL_BYTES)
    seal.update(message)
    return seal.digest()
