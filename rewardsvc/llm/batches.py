"""Batches: many questions at once, answered within a day, for less.

::

    questions ─► BatchModel.line ─► submit ─► id ─► status … ─► fetch ─► file ─► read ─► BatchAnswer

Both services take a file or list of requests, give an id, work in their own time, and keep what
came of each request for weeks. Whoever submits stores the id first of all; where the answer to that
was lost, :meth:`BatchModel.found` looks for the batch at the service.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from rewardsvc.llm.base import ModelAnswer, ModelName, Question


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The most that a service takes in one batch."""

    requests: int
    bytes: int


class BatchState(StrEnum):
    """How far a batch is."""

    UNDER_WAY = "under way"
    ENDED = "ended"
    """What came of each request can be fetched: an answer perhaps, or that it expired."""
    FULL = "full"
    """The service has too much waiting and worked on none of it: fewer at a time, or later."""
    REFUSED = "refused"
    """The service worked on none of it, and would not another time."""


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """``ended``: requests of it that were worked on. ``reason``: why it was not, in words."""

    state: BatchState
    ended: int = 0
    reason: str = ""


class RequestEnd(StrEnum):
    """What came of one request in a batch."""

    ANSWERED = "answered"
    FAULT = "fault"
    """It expired, was cancelled, or the service failed: nobody pays for it."""
    REFUSED = "refused"
    """No such request is accepted; nobody pays for that."""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What came of a request. ``raw``: the body, as it had come had it been asked alone; ``reason``
    says why there is none."""

    request: str
    end: RequestEnd
    raw: str = ""
    reason: str = ""


class BatchModel(Protocol):
    """A model that is asked in batches."""

    limits: BatchLimits

    @property
    def name(self) -> ModelName:
        """Who it is."""
        ...

    @property
    def address(self) -> str:
        """Where its service is."""
        ...

    def line(self, request: str, question: Question) -> str:
        """A request as a line of JSON, under a name of at most 64 letters and digits. Pure."""
        ...

    async def submit(self, lines: Path, mark: str) -> str:
        """Hand in a file of lines; gives the batch's id. ``mark``: what it is found by.

        Raises:
            ModelSilent: nobody knows whether it was taken.
            ModelUnavailable, ModelRefused: it was not.
        """
        ...

    async def found(
        self, mark: str, requests: int, since: datetime, known: Collection[str]
    ) -> str | None:
        """The id of a batch that was handed in and not heard of again; None where there is none.

        ``requests``: how many it has; ``known``: ids of others.

        Raises:
            ModelUnavailable, ModelRefused: it could not be looked for.
        """
        ...

    async def status(self, batch: str) -> BatchStatus:
        """How far it is.

        Raises:
            ModelUnavailable, ModelRefused: it does not say.
        """
        ...

    async def fetch(self, batch: str, file: Path) -> None:
        """Write what came of each request into a file, a line each, as the service tells it.

        Raises:
            ModelUnavailable, ModelRefused: it cannot be had.
        """
        ...

    def read_line(self, line: str) -> BatchAnswer | None:
        """What such a line says; None where it says nothing. Pure."""
        ...

    def read(self, raw: str) -> ModelAnswer:
        """See :meth:`rewardsvc.llm.base.Model.read`."""
        ...

    def usage(self, raw: str) -> tuple[int, int]:
        """See :meth:`rewardsvc.llm.base.Model.usage`."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
