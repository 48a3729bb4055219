"""What the adapters share: keys, and what an SDK's errors say about asking again."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Any, TypeVar

from rewardsvc.llm.allowance import allowance_of
from rewardsvc.llm.base import Heard, ModelName, not_heard
from rewardsvc.llm.errors import (
    ModelBusy,
    ModelError,
    ModelNotSetUp,
    ModelRefused,
    ModelSilent,
    ModelUnavailable,
    NotAnAnswer,
)

T = TypeVar("T")

_TURNED_AWAY = frozenset({409})
"""Beside :data:`_BUSY`: what both SDKs themselves ask again after, and nobody has worked on."""

_TIMED_OUT = 408
"""As all 5xx that are not :data:`_BUSY`: a gateway gave up waiting, or broke, and what stands
behind it may have answered and be paid for."""

_BUSY = frozenset({429, 503, 529})
"""What says that there are too many requests: the account's rate limit, OpenAI's "overloaded"
(https://platform.openai.com/docs/guides/error-codes), Anthropic's "overloaded_error"
(https://docs.anthropic.com/en/api/errors)."""


_NO_MONEY_LEFT = "insufficient_quota"
"""OpenAI's code, with HTTP 429, of an account that has used up its credits or its month's limit
(https://platform.openai.com/docs/guides/error-codes): no pause brings them back."""

_SHOWN = 120
"""Characters of a strange body that a message has."""


def key_for(name: ModelName) -> str:
    """The key in the environment; a server with an address of its own may need none.

    Raises:
        ModelNotSetUp: it is not set.
    """
    variable = f"{name.provider.upper()}_API_KEY"
    key = os.environ.get(variable, "")
    if not key and name.base_url is None:
        raise ModelNotSetUp(f"{name} needs {variable} in the environment")
    return key or "none"


@contextlib.contextmanager
def faults_of(sdk: ModuleType, name: ModelName, heard: Heard = not_heard) -> Iterator[None]:
    """Turns the errors of an SDK into ours; both official ones name theirs alike. ``heard``: is
    told what a service that turned the question away says of its rate limits.

    Raises:
        ModelError: the SDK raised one of its own.
    """
    try:
        yield
    except sdk.APIConnectionError as error:  # timeouts are among them
        raise ModelSilent(f"{name}: {error}") from error
    except _transport_faults() as error:  # of a body that is streamed: the SDKs leave them as are
        raise ModelSilent(f"{name}: {str(error) or type(error).__name__}") from error
    except sdk.APIStatusError as error:
        headers, now = error.response.headers, datetime.now(UTC)
        heard(allowance_of(headers, now))
        if getattr(error, "code", None) == _NO_MONEY_LEFT:
            raise ModelRefused(f"{name}: {error}") from error
        raise _fault(name, str(error), error.status_code, headers, now) from error


def _transport_faults() -> tuple[type[Exception], ...]:
    """The errors of the HTTP libraries that the SDKs have loaded: one or the other."""
    loaded = (sys.modules.get(library) for library in ("httpx", "httpx2"))
    return tuple(module.HTTPError for module in loaded if module is not None)


def told_of(name: ModelName, said: T, field: str) -> T:
    """What an SDK made of a body with HTTP 200, if it has that field: of what is no JSON it makes
    a string, and of other JSON an object without it. Pure.

    Raises:
        NotAnAnswer: it has not.
    """
    if getattr(said, field, None) is None:
        raise NotAnAnswer(f"{name}: HTTP 200 with what is not of its API: {_begin(said)}")
    return said


@contextlib.contextmanager
def list_from(name: ModelName) -> Iterator[None]:
    """Goes through a list that a service has; the SDKs take whatever it sends for one.

    Raises:
        NotAnAnswer: it is none.
    """
    try:
        yield
    except (AttributeError, TypeError) as error:
        raise NotAnAnswer(f"{name}: HTTP 200 with what is no list: {error}") from error


def require_no_page(name: ModelName, headers: Mapping[str, str]) -> None:
    """Where lines are to come with HTTP 200. Pure.

    Raises:
        NotAnAnswer: a page for people comes.
    """
    if headers.get("content-type", "").startswith("text/html"):
        raise NotAnAnswer(f"{name}: HTTP 200 with a page in place of a batch's results")


def _begin(said: object) -> str:
    return repr(" ".join(str(said)[:_SHOWN].split()))


def _fault(
    name: ModelName, message: str, status: int, headers: Mapping[str, str], now: datetime
) -> ModelError:
    """What an HTTP error means: to be asked again later, or never."""
    if status in _BUSY:
        return ModelBusy(f"{name}: {message}", retry_after(headers, now))
    if status in _TURNED_AWAY:
        return ModelUnavailable(f"{name}: {message}", retry_after(headers, now))
    if status == _TIMED_OUT or status >= 500:
        return ModelSilent(f"{name}: {message}", retry_after(headers, now))
    return ModelRefused(f"{name}: {message}", status)


def is_passing(status: int) -> bool:
    """Whether an HTTP status is of a fault that another try may not have. Pure."""
    return status in _BUSY | _TURNED_AWAY or status == _TIMED_OUT or status >= 500


def whole(name: ModelName, raw: str, is_answer: Callable[[Mapping[str, Any]], bool]) -> str:
    """The body of what came with HTTP 200, if a model wrote it. Pure.

    Nothing else of it is looked into: what a model wrote is paid for, and is kept as it is.

    Raises:
        NotAnAnswer: it is no JSON object, or one that tells of an error, or not of this API.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and not body.get("error") and is_answer(body):
        return raw
    raise NotAnAnswer(f"{name}: HTTP 200 with what is no answer of a model: {_begin(raw)}")


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a service asks to wait; None where it does not say.

    ``Retry-After`` is seconds or a date (RFC 9110, 10.2.3); both services also send
    ``retry-after-ms``.
    """
    for header, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(header, "").strip()
        if value.replace(".", "", 1).isdecimal():
            return float(value) / unit
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())
