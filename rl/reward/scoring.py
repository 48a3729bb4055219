"""Scores completions for code that is not asynchronous, with a deadline of its own.

TRL calls reward and rollout functions from ordinary code, and awaits asynchronous ones without a
timeout, one after another in a loop of its own making. A ``grpc.aio`` channel must live in the
loop that uses it. So one thread owns one event loop and the scorer for the whole run; everything
else hands it requests and gets futures.
"""

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from types import TracebackType
from typing import Self

from rewardsvc.errors import (
    InvalidFile,
    InvalidRequest,
    InvalidSetting,
    RewardServiceError,
    ServerUnavailable,
)
from rewardsvc.reward import DEFAULT_WEIGHTS, rule_of
from rewardsvc.scorer import Scorer
from rewardsvc.settings import Settings, load_settings
from rewardsvc.types import FailureKind, Fault, ScoreRequest, Verdict
from rl.errors import InvalidConfig, RewardUnavailable

_OPEN_SECONDS = 180.0
"""A scorer in this process starts the Terraform provider and the emulator when it opens."""

_CLOSE_SECONDS = 30.0

RULE = rule_of(DEFAULT_WEIGHTS)
"""What the UNSCORED verdicts of this side name, in which no weight counts."""


class ScoringThread:
    """One scorer in one event loop in one thread; a context manager."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scoring", daemon=True)
        self._waiting: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        """Open the scorer.

        Raises:
            RewardUnavailable: the server cannot be reached, or tools cannot run here.
        """
        self._thread.start()
        opening = asyncio.run_coroutine_threadsafe(self._open(), self._loop)
        try:
            opening.result(_OPEN_SECONDS)
        except FutureTimeout as error:
            opening.cancel()
            self._stop()
            raise RewardUnavailable(
                f"the scorer did not open within {_OPEN_SECONDS:.0f} s"
            ) from error
        except RewardServiceError as error:
            self._stop()
            raise RewardUnavailable(str(error)) from error
        except BaseException:
            self._stop()
            raise
        return self

    async def _open(self) -> None:
        await self._scorer.__aenter__()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel what is not scored yet, close the scorer and end the thread."""
        closing = asyncio.run_coroutine_threadsafe(self._close(), self._loop)
        try:
            closing.result(_CLOSE_SECONDS)
        finally:
            self._stop()

    async def _close(self) -> None:
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine and _is_scoring(task)]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._scorer.__aexit__(None, None, None)

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    def submit(self, request: ScoreRequest) -> "Future[Verdict]":
        """Start scoring one completion; a fault of it becomes an UNSCORED verdict."""
        return asyncio.run_coroutine_threadsafe(_score(self._scorer, request), self._loop)

    def probe(self, request: ScoreRequest, seconds: float) -> Verdict:
        """Score one completion and let a server that is not there be an error.

        Raises:
            RewardUnavailable: nobody can score this: no server, or an invalid request.
        """
        scoring = asyncio.run_coroutine_threadsafe(self._scorer.score([request]), self._loop)
        try:
            return scoring.result(seconds)[0]
        except FutureTimeout as error:
            scoring.cancel()
            raise RewardUnavailable(
                f"the scorer gave no verdict on one reference answer within {seconds:.0f} s"
            ) from error
        except RewardServiceError as error:
            raise RewardUnavailable(str(error)) from error


def settings_for(deadline_seconds: float) -> Settings:
    """The scorer's settings: of this machine, and with all the time that a step has.

    A server that restarts is waited for that long, unless ASSAY_REQUEST_TIMEOUT_SECONDS says
    otherwise.

    Raises:
        InvalidConfig: a variable is wrong, or the file that ASSAY_CONFIG names.
    """
    try:
        settings = load_settings()
    except (InvalidSetting, InvalidFile) as error:
        raise InvalidConfig(str(error)) from error
    if "request_timeout_seconds" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"request_timeout_seconds": deadline_seconds})


def collect(futures: "Sequence[Future[Verdict]]", seconds: float) -> list[Verdict]:
    """The verdicts, in order; what is not there in time is cancelled and UNSCORED."""
    until = time.monotonic() + seconds
    done, _ = wait(futures, timeout=max(0.0, until - time.monotonic()))
    late = f"no verdict within {seconds:g} s"
    verdicts = []
    for future in futures:
        if future in done:
            verdicts.append(future.result())
        else:
            future.cancel()
            verdicts.append(Verdict.unscored("", Fault(FailureKind.TIMED_OUT_BY_US, late), RULE))
    return verdicts


async def _score(scorer: Scorer, request: ScoreRequest) -> Verdict:
    # One call for each completion: a fault of one leaves the verdicts of the others alone.
    try:
        (verdict,) = await scorer.score([request])
    except InvalidRequest as error:
        reason = f"invalid request: {error}"
    except ServerUnavailable as error:
        reason = f"server unavailable: {error}"
    else:
        return verdict
    return Verdict.unscored(request.id, Fault(FailureKind.INTERNAL, reason), RULE)


def _is_scoring(task: "asyncio.Task[object]") -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is _score.__code__
