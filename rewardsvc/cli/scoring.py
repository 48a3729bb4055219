"""What ``rewardsvc score`` does: requests are read as they are needed, verdicts written at once."""

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import click

from rewardsvc.cli.request_file import PlacedRequest, RequestFile
from rewardsvc.cli.side_by_side import UNDER_WAY, read_ahead, side_by_side
from rewardsvc.cli.tally import Tally
from rewardsvc.cli.verdict_file import printed
from rewardsvc.errors import InvalidFile, InvalidRequest
from rewardsvc.progress import progress_on
from rewardsvc.scorer import Scorer
from rewardsvc.types import Verdict

_REFUSALS_SHOWN = 20
"""Bad lines that are named one by one; the others are counted."""


_AHEAD = 64
"""Requests that are read before they are asked for."""


@dataclass(slots=True)
class Scoring:
    """One run: ``write`` gets each verdict as a line of JSON, ``tally`` counts."""

    file: RequestFile
    write: Callable[[str], None]
    tally: Tally
    done: Counter[str] = field(default_factory=Counter)
    """Ids that have a verdict already, and how many requests of each are not asked again."""
    as_finished: bool = False
    at_once: int = UNDER_WAY
    """Requests handed to the scorer at once."""

    def due(self) -> Iterator[PlacedRequest] | None:
        """The first request that can be asked and all that come after it; None where none can.

        What is wrong before it is told at once: no tool needs to be started for that.

        Raises:
            InvalidFile: nothing at all is in the file.
        """
        left = self._left()
        for first in left:
            if first.request is not None:
                return itertools.chain([first], left)
            self._tell(first)
        if not self.tally.requests:
            raise InvalidFile(self.file.nothing)
        return None

    async def score(self, scorer: Scorer, due: Iterator[PlacedRequest]) -> None:
        """Score with a progress bar, in the order of the requests or as they are finished.

        Raises:
            CannotWrite: the verdicts find no room where they are written.
            ServerUnavailable: there is no server, or it went away.
        """

        async def one(asked: PlacedRequest) -> Verdict | PlacedRequest:
            if asked.request is None:
                return asked
            try:
                (verdict,) = await scorer.score([asked.request])
            except InvalidRequest as error:
                return replace(asked, problem=f"{asked.place}: {error}")
            advance()
            return verdict

        async with scorer:
            with progress_on(
                sys.stderr, "scoring", self.file.expected, results=sys.stdout
            ) as advance:
                work = read_ahead(due, _AHEAD)
                await side_by_side(
                    work, one, self._tell, at_once=self.at_once, in_order=not self.as_finished
                )

    def _left(self) -> Iterator[PlacedRequest]:
        for asked in self.file.requests():
            if asked.request is not None and self.done[asked.request.id] > 0:
                self.done[asked.request.id] -= 1
            else:
                yield asked

    def _tell(self, result: Verdict | PlacedRequest) -> None:
        if isinstance(result, Verdict):
            self.write(printed(result))
            self.tally.count(result)
            return
        self.tally.refused += 1
        if self.tally.refused <= _REFUSALS_SHOWN:
            click.echo(f"rewardsvc: {result.problem}", err=True)
        elif self.tally.refused == _REFUSALS_SHOWN + 1:
            click.echo("rewardsvc: and more, which are counted only", err=True)
