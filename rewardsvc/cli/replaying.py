"""What ``rewardsvc replay`` does: scores again and prints each difference as it is found."""

import sys
from collections.abc import Sequence

import click

from rewardsvc.cli.request_file import read_requests
from rewardsvc.cli.side_by_side import read_ahead, side_by_side
from rewardsvc.errors import InvalidFile
from rewardsvc.progress import progress_on
from rewardsvc.replay import differences, read_verdicts
from rewardsvc.scorer import Scorer
from rewardsvc.types import ScoreRequest, Verdict


def read_both(requests: str, verdicts: str) -> tuple[list[ScoreRequest], list[Verdict]]:
    """The requests, and what was answered to each.

    Raises:
        InvalidFile: names the file and the line.
    """
    asked = read_requests(requests)
    try:
        with open(0 if verdicts == "-" else verdicts, "rb", closefd=verdicts != "-") as stream:
            return asked, read_verdicts(stream, verdicts, asked)
    except OSError as error:
        raise InvalidFile(f"{verdicts}: cannot be read: {error.strerror}") from error


async def replay_all(
    scorer: Scorer, asked: Sequence[ScoreRequest], before: Sequence[Verdict], at_once: int
) -> int:
    """Score again, ``at_once`` at the same time; print the differences, give how many differ.

    Raises:
        rewardsvc.errors.RewardServiceError: this machine cannot score, or there is no server.
    """
    differing = 0

    async def one(pair: tuple[ScoreRequest, Verdict]) -> tuple[Verdict, list[str]]:
        request, old = pair
        (new,) = await scorer.score([request])
        advance()
        return new, differences(old, new)

    def tell(result: tuple[Verdict, list[str]]) -> None:
        nonlocal differing
        verdict, found = result
        differing += bool(found)
        for difference in found:
            click.echo(f"{verdict.id}: {difference}")

    async with scorer:
        with progress_on(sys.stderr, "scoring", len(asked), results=sys.stdout) as advance:
            pairs = read_ahead(zip(asked, before, strict=True), at_once)
            await side_by_side(pairs, one, tell, at_once=at_once)
    click.echo(f"{differing} of {len(asked)} verdicts differ", err=True)
    return differing
