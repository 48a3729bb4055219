"""``rewardsvc score`` and ``rewardsvc replay``: how they are called."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from rewardsvc.cli.options import (
    SETTINGS,
    Share,
    deploy_option,
    fail,
    judge_option,
    log_level_option,
    refuse,
    run,
    sandbox_option,
    server_option,
    settings_of,
    terraform_option,
    token_file_option,
    workers_option,
)
from rewardsvc.errors import CannotWrite, InvalidFile

_ROUNDING = 1e-9
"""What a mean of equal rewards may differ from them."""

_INPUT = click.Path(exists=True, dir_okay=False, allow_dash=True)


@click.command(
    short_help="Score a file of requests.",
    epilog=f"For example: rewardsvc score requests.jsonl --out verdicts.jsonl --resume. {SETTINGS}",
)
@click.argument("requests", type=_INPUT)
@server_option
@token_file_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Append the verdicts to this file as they come, instead of printing them. One that has "
    "verdicts already is refused without --resume.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the file of --out: an id that is SCORED there is not scored again, whatever "
    "its completion says now; what is UNSCORED there is.",
)
@click.option(
    "--as-finished", is_flag=True, help="Verdicts as they come, instead of in the requests' order."
)
@click.option(
    "--fail-under",
    type=Share(),
    metavar="REWARD",
    help="Exit with 1 where the mean reward of what is SCORED is lower, or nothing is SCORED.",
)
@terraform_option
@deploy_option
@sandbox_option
@workers_option
@judge_option
@log_level_option()
@click.pass_context
def score(
    ctx: click.Context,
    /,
    *,
    requests: str,
    server: str | None,
    out: Path | None,
    resume: bool,
    as_finished: bool,
    fail_under: float | None,
    **flags: Any,
) -> None:
    """Score REQUESTS: one verdict per line of JSON, in the same order.

    REQUESTS is a file, or "-" for standard input: one JSON object per line (JSONL), a JSON array
    of them, or one object. A line that nobody can score is named with what is wrong in it, the
    others are scored, and the exit code is 2. Numbers have four decimals. Ctrl-C and SIGTERM leave
    whole lines behind; a summary comes last on stderr.

    With --server, a request's deadline (ASSAY_REQUEST_TIMEOUT_SECONDS) begins when it is sent.
    """
    from rewardsvc.cli.paced import at_once, open_paced
    from rewardsvc.cli.request_file import RequestFile
    from rewardsvc.cli.scoring import Scoring
    from rewardsvc.cli.tally import Tally
    from rewardsvc.cli.verdict_file import writing_to

    _require_local(server, flags)
    if resume and out is None:
        raise click.UsageError("--resume goes on with the file of --out: name one")
    settings = settings_of(ctx, **flags)
    tally = Tally()
    try:
        with writing_to(out, resume=resume, kept=tally.count) as (write, done):
            file, limit = RequestFile(requests), at_once(settings, server)
            scoring = Scoring(file, write, tally, done, as_finished, limit)
            if due := scoring.due():
                goes_on = "; --resume goes on with them" if out else ""
                run(
                    scoring.score(open_paced(settings, server), due),
                    f"the verdicts written so far are complete{goes_on}",
                )
    except InvalidFile as error:
        refuse(error)
    except CannotWrite as error:
        fail(error)
    finally:
        if tally.requests:
            click.echo(tally.words(), err=True)
    if tally.refused:
        sys.exit(2)
    if fail_under is not None:
        if tally.mean is None:
            fail("nothing is SCORED: there is no mean reward")
        if tally.mean < fail_under - _ROUNDING:
            fail(f"the mean reward is {tally.mean:.6g}, less than {fail_under:g}")


@click.command(
    short_help="Score again and report what differs.",
    epilog=f"For example: rewardsvc replay requests.jsonl verdicts.jsonl. {SETTINGS}",
)
@click.argument("requests", type=_INPUT)
@click.argument("verdicts", type=_INPUT)
@server_option
@token_file_option
@terraform_option
@deploy_option
@sandbox_option
@workers_option
@judge_option
@log_level_option()
@click.pass_context
def replay(
    ctx: click.Context, /, requests: str, verdicts: str, server: str | None, **flags: Any
) -> None:
    """Score REQUESTS again and report every difference from VERDICTS (exit code 1 if any).

    VERDICTS are those that `score` wrote for REQUESTS, in the same order. Numbers are compared
    with four decimals, times and words are not compared.
    """
    from rewardsvc.cli.paced import at_once, open_paced
    from rewardsvc.cli.replaying import read_both, replay_all

    _require_local(server, flags)
    # Cached verdicts would only repeat what was said before.
    settings = settings_of(ctx, **flags, cache=False)
    try:
        asked, before = read_both(requests, verdicts)
    except InvalidFile as error:
        refuse(error)
    differing = run(
        replay_all(open_paced(settings, server), asked, before, at_once(settings, server)),
        "the differences printed so far are right, and not all",
    )
    sys.exit(1 if differing else 0)


def _require_local(server: str | None, flags: Mapping[str, Any]) -> None:
    """Refuse flags that a server, which has settings of its own, would never hear of."""
    local = {"terraform": "--terraform", "terraform_deploy": "--deploy", "judge": "--judge"}
    for flag, name in local.items():
        if server and flags[flag]:
            raise click.UsageError(f"{name} is for scoring in this process, without --server")
