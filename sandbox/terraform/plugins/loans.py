"""What is asked of a pool of providers, and what it is told to do about it.

The values between deciding (:mod:`sandbox.terraform.plugins.lending`) and doing
(:mod:`sandbox.terraform.plugins.pool`). A request is compared by identity: two with equal settings
are two.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

P = TypeVar("P", bound=Hashable)
"""What stands for a provider; the machine only tells them apart."""


@dataclass(frozen=True, slots=True, eq=False)
class ShareRequest:
    """Somebody wants to ask any provider what needs no configuration."""


@dataclass(frozen=True, slots=True, eq=False)
class LeaseRequest:
    """Somebody wants to configure a provider with these settings.

    ``several``: it holds another one already.
    """

    settings: bytes
    several: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SpecificLeaseRequest(Generic[P]):
    """Somebody wants to configure this provider and no other."""

    provider: P


Request: TypeAlias = ShareRequest | LeaseRequest | SpecificLeaseRequest[P]


class StopReason(StrEnum):
    """Why a provider goes."""

    DIED = "it died"
    DISTRUSTED = "it is not to be trusted"
    WORN = "it served enough, is old or large"
    UNUSED = "nobody needs it"
    CLOSED = "the pool is closed"


@dataclass(frozen=True, slots=True)
class Start:
    """Start a provider; tell :meth:`Lending.arrived` or :meth:`Lending.failed` its number."""

    number: int


@dataclass(frozen=True, slots=True)
class Stop(Generic[P]):
    """Stop a provider; nobody has it any more, or it is broken. Said once of each."""

    provider: P
    reason: StopReason
    leases: int = 0
    """How many it served."""


@dataclass(frozen=True, slots=True)
class Grant(Generic[P]):
    """The provider is theirs who asked: :meth:`Lending.leave` or :meth:`Lending.give_back` it."""

    request: Request[P]
    provider: P


@dataclass(frozen=True, slots=True)
class Deny(Generic[P]):
    """Who asked will not have a provider."""

    request: Request[P]
    reason: str


Action: TypeAlias = Start | Stop[P] | Grant[P] | Deny[P]
