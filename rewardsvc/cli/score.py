"""``rewardsvc score`` and ``rewardsvc replay``: files of requests in, verdicts out."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from rewardsvc.cli.in_order import in_order
from rewardsvc.cli.options import (
    deploy_option,
    judge_option,
    run,
    sandbox_option,
    settings_of,
    terraform_option,
    workers_option,
)
from rewardsvc.errors import InvalidFile, InvalidRequest
from rewardsvc.pipeline import prepare
from rewardsvc.progress import progress_on
from rewardsvc.replay import differences, read_verdicts
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.types import ScoreRequest, Status, Verdict
from rewardsvc.wire import request_from_json, verdict_to_json

_UNDER_WAY = 256
"""Requests handed to the scorer at once; it decides itself how many it works on."""

_INTERRUPTED = "the verdicts printed so far are complete"


@click.command()
@click.argument("requests", type=click.File("rb"))
@click.option("--server", help="HOST:PORT of a reward server; without it, score in this process.")
@terraform_option
@deploy_option
@sandbox_option
@workers_option
@judge_option
@click.pass_context
def score(ctx: click.Context, /, requests: Any, server: str | None, **flags: Any) -> None:
    """Score the lines of REQUESTS (JSONL, "-" for stdin): one verdict per line, same order.

    Every line is read and checked first: if one cannot be scored by anybody, nothing is scored
    and the exit code is 2.
    """
    _require_local(server, flags)
    settings = settings_of(ctx, **flags)
    try:
        asked = read_requests(requests.read(), requests.name)
    except InvalidFile as error:
        raise click.UsageError(str(error)) from error

    def write(verdict: Verdict) -> None:
        click.echo(json.dumps(verdict_to_json(verdict), ensure_ascii=False))

    run(score_all(open_scorer(settings, server), asked, write), _INTERRUPTED)


@click.command()
@click.argument("requests", type=click.File("rb"))
@click.argument("verdicts", type=click.File("rb"))
@click.option("--server", help="HOST:PORT of a reward server; without it, score in this process.")
@terraform_option
@deploy_option
@sandbox_option
@workers_option
@judge_option
@click.pass_context
def replay(
    ctx: click.Context, /, requests: Any, verdicts: Any, server: str | None, **flags: Any
) -> None:
    """Score REQUESTS again and report every difference from VERDICTS (exit code 1 if any)."""
    _require_local(server, flags)
    # Kept verdicts would only repeat what was said before.
    settings = settings_of(ctx, **flags, cache=False)
    try:
        asked = read_requests(requests.read(), requests.name)
        before = read_verdicts(verdicts.read(), verdicts.name, asked)
    except InvalidFile as error:
        raise click.UsageError(str(error)) from error
    now: list[Verdict] = []
    run(score_all(open_scorer(settings, server), asked, now.append), _INTERRUPTED)
    differing = 0
    for old, new in zip(before, now, strict=True):
        found = differences(old, new)
        differing += bool(found)
        for difference in found:
            click.echo(f"{new.id}: {difference}")
    click.echo(f"{differing} of {len(now)} verdicts differ", err=True)
    sys.exit(1 if differing else 0)


def _require_local(server: str | None, flags: Mapping[str, Any]) -> None:
    """Refuse flags that a server, which has settings of its own, would never hear of."""
    local = {"terraform": "--terraform", "terraform_deploy": "--deploy", "judge": "--judge"}
    for flag, name in local.items():
        if server and flags[flag]:
            raise click.UsageError(f"{name} is for scoring in this process, without --server")


def read_requests(data: bytes, name: str) -> list[ScoreRequest]:
    """The requests in JSONL, each checked for what can be checked without tools.

    Raises:
        InvalidFile: names the line and the field.
    """
    asked = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            request = request_from_json(line)
            prepare(request)
        except InvalidRequest as error:
            raise InvalidFile(f"{name}:{number}: {error}") from error
        asked.append(request)
    if not asked:
        raise InvalidFile(f"{name}: no requests in it; one JSON object per line is expected")
    return asked


async def score_all(
    scorer: Scorer, asked: Sequence[ScoreRequest], write: Callable[[Verdict], None]
) -> None:
    """Score with a progress bar; ``write`` gets each verdict, in the order of the requests."""
    unscored = 0

    async def one(request: ScoreRequest) -> Verdict:
        (verdict,) = await scorer.score([request])
        advance()
        return verdict

    async with scorer:
        with progress_on(sys.stderr, "scoring", len(asked)) as advance:
            async for verdict in in_order(asked, one, at_once=_UNDER_WAY):
                unscored += verdict.status is Status.UNSCORED
                write(verdict)
    if unscored:
        click.echo(f"{unscored} of {len(asked)} are UNSCORED: see failure_kind", err=True)
