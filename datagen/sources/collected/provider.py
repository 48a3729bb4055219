"""What a provider is: a place where repositories are found, and how they may be cloned."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

COLLECTED = "collected"
"""Who wrote rows that were collected, where others have a teacher's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRepository:
    """``name``: unique over all providers, e.g. ``github.com/acme/network``. ``address``: what git
    clones, without credentials; of a folder, its path. ``page``: where people read it.
    ``licence``: its SPDX name, "" where the provider does not know. ``kilobytes``: as the provider
    says, None where it does not. ``headers``: what git sends when it clones; never written down.
    ``gone``: the service told of it, and does not have it; it has a name and nothing else.
    ``named``: by the user, who may name what lies on this machine; a service's answer may not.
    """

    name: str
    address: str
    page: str = ""
    licence: str = ""
    kilobytes: int | None = None
    fork: bool = False
    archived: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    gone: bool = False
    named: bool = False


class RepositoryProvider(Protocol):
    """A place where repositories are found."""

    name: str
    """As rows' provenance and the command have it."""

    def repositories(self) -> AsyncIterator[FoundRepository]:
        """Each once, in an order that is the same while the place stays as it is.

        Raises:
            CollectionRefused: the service does not accept our requests.
            CollectionUnavailable: it does not answer, also after retries.
        """
        ...
