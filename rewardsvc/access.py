"""The access log: one line for each request, over gRPC and over HTTP alike.

``2026-11-29T10:00:00.123Z grpc Score ipv4:127.0.0.1:40312 OK id="a" format="dockerfile" SCORED
reward=0.8500 cached seconds=0.012``, on one line. What a caller sent (ids, words) is quoted and cut
short: it can neither begin a line of its own nor fill the disk.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rewardsvc.types import Verdict
from rewardsvc.wire.answers import Encoded

_SHOWN_CHARACTERS = 100
"""Of a text that a caller sent."""


@dataclass(slots=True)
class Entry:
    """What is known of one request so far. ``status`` is gRPC's word, or HTTP's number."""

    status: str = "CANCELLED"  # until somebody says otherwise: the caller went away
    id: str = ""
    format: str = ""
    outcome: str = ""

    def scored(self, reward: float, *, cached: bool) -> None:
        """A verdict with a reward."""
        self.outcome = f"SCORED reward={reward:.4f}{' cached' if cached else ''}"

    def answered(self, verdict: Verdict | Encoded) -> None:
        """A verdict of either kind."""
        if verdict.reward is not None:
            self.scored(verdict.reward, cached=verdict.cached)
        else:
            self.outcome = f"UNSCORED {verdict.failure_kind}"


class AccessLog:
    """Writes the lines; one without ``write`` writes nothing."""

    def __init__(self, write: Callable[[str], object] | None) -> None:
        self._write = write

    @classmethod
    def where(cls, wanted: bool) -> "AccessLog":
        """On stderr where it is wanted."""
        return cls(sys.stderr.write if wanted else None)

    @contextmanager
    def request(
        self, method: str, peer: Callable[[], str], id: str = "", format: str = ""
    ) -> Iterator[Entry]:
        """One request, from here to the end of the block; ``method``: ``grpc Score``."""
        entry = Entry(id=id, format=format)
        if self._write is None:
            yield entry
            return
        caller = peer()  # afterwards it may be gone
        start = time.perf_counter()
        try:
            yield entry
        finally:
            seconds = time.perf_counter() - start
            self._write(f"{_now()} {method} {caller} {_words(entry)} seconds={seconds:.3f}\n")


def _words(entry: Entry) -> str:
    words = [entry.status]
    if entry.id:
        words.append(f"id={_quoted(entry.id)}")
    if entry.format:
        words.append(f"format={_quoted(entry.format)}")
    if entry.outcome:
        words.append(entry.outcome)
    return " ".join(words)


def _quoted(text: str) -> str:
    shown = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    return json.dumps(shown)  # ASCII: no control character, no line end of any kind


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
