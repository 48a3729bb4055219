"""When a service is asked again: what its status and headers say. Pure.

GitHub: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api. A search is
granted 30 times a minute, one for code 10 times, all else 5,000 times an hour, each counted apart;
every answer says what is left. Secondary limits come without numbers: as 403 or 429, with
``retry-after`` or with words alone.

Azure DevOps: https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits. What counts
is work done in the last five minutes; headers come near the limit only, and a request may have been
delayed and answered all the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

TRIES = 6
"""Of one request."""

LONGEST_SECONDS = 3700.0
"""A limit that lasts longer than an hour is nothing to wait for."""

_SECONDARY_SECONDS = 60.0
"""The least that GitHub asks for where a secondary limit says no number; doubled each time."""
_BACK_OFF_SECONDS = 2.0
_GONE = (301, 404, 410, 451)
"""Of a page: renamed, deleted or private, and taken down for a law's sake."""
_BLOCKED = "Repository access blocked"
"""GitHub's words, with 403, for one that breaks its terms (PyGithub/PyGithub issue 1015)."""


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """``headers``: names in lower case. ``message``: the body's words, where it is an error."""

    status: int
    headers: Mapping[str, str]
    message: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next request; ``again``: which is the same one, for it was not answered."""

    seconds: float
    again: bool


@dataclass(frozen=True, slots=True)
class ServiceRefusal:
    """No request will do; ``reason`` says why and what to do. ``gone``: it is the page that is not
    there, or no more, or elsewhere; others may be."""

    reason: str
    gone: bool = False


Limits = Callable[[ServiceAnswer, int, float], Pause | ServiceRefusal | None]
"""From an answer, the number of tries with it (from 1) and the time (Unix seconds) to what follows;
None: it is an answer, and the next request may go out."""


def github_limits(answer: ServiceAnswer, tries: int, now: float) -> Pause | ServiceRefusal | None:
    """See :data:`Limits`."""
    left, reset = answer.headers.get("x-ratelimit-remaining"), _until_reset(answer, now)
    if answer.status == 200:
        if left != "0" or reset is None:
            return None
        return Pause(min(reset, LONGEST_SECONDS), again=False)
    if answer.status == 401:
        return ServiceRefusal(
            "GitHub does not accept the token: GITHUB_TOKEN is wrong, or has expired"
        )
    if answer.status == 422:
        return ServiceRefusal(f"GitHub does not understand the query: {answer.message}")
    if answer.status in (403, 429):
        if (asked := _asked(answer)) is not None:
            return _again(asked, tries)
        if left == "0" and reset is not None:
            return _again(reset, tries)
        if answer.status == 429 or "rate limit" in answer.message.lower():
            return _again(_SECONDARY_SECONDS * 2 ** (tries - 1), tries)
        return ServiceRefusal(
            f"GitHub refuses: {answer.message or answer.status}", gone=answer.message == _BLOCKED
        )
    return _other("GitHub", answer, tries)


def azure_limits(answer: ServiceAnswer, tries: int, now: float) -> Pause | ServiceRefusal | None:
    """See :data:`Limits`."""
    asked = _asked(answer)
    if answer.status == 200:
        if asked is None and answer.headers.get("x-ratelimit-remaining") == "0":
            asked = _until_reset(answer, now)
        return Pause(min(asked, LONGEST_SECONDS), again=False) if asked else None
    if answer.status in (203, 302, 401):  # the page to sign in at
        return ServiceRefusal(
            "Azure DevOps does not accept the token: AZURE_DEVOPS_TOKEN is missing, wrong or has "
            "expired; it needs the scope Code (Read)"
        )
    if answer.status == 429 or (answer.status == 503 and asked is not None):
        return _again(_SECONDARY_SECONDS if asked is None else asked, tries)
    return _other("Azure DevOps", answer, tries)


def _other(service: str, answer: ServiceAnswer, tries: int) -> Pause | ServiceRefusal:
    if answer.status >= 500:
        return _again(_BACK_OFF_SECONDS * 2 ** (tries - 1), tries)
    return ServiceRefusal(
        f"{service} answers with {answer.status}: {answer.message}".rstrip(": "),
        gone=answer.status in _GONE,
    )


def _again(seconds: float, tries: int) -> Pause | ServiceRefusal:
    if seconds > LONGEST_SECONDS:
        return ServiceRefusal(
            f"the limit is reached for {seconds / 3600:.1f} hours: come back then"
        )
    if tries >= TRIES:
        return ServiceRefusal(
            f"no answer after {tries} tries, with all the pauses that were asked for"
        )
    return Pause(seconds, again=True)


def _asked(answer: ServiceAnswer) -> float | None:
    """``retry-after`` in seconds; the form with a date is used by neither."""
    return _number(answer.headers.get("retry-after"))


def _until_reset(answer: ServiceAnswer, now: float) -> float | None:
    """Both give the moment in Unix seconds; one more, for clocks that differ."""
    reset = _number(answer.headers.get("x-ratelimit-reset"))
    return None if reset is None else max(0.0, reset - now) + 1.0


def _number(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None
