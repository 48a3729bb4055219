"""When a thing that failed is tried again: the one policy, and the attempts made under it.

:class:`RetryPolicy` is pure: how often, how long between, and when it is over. What is worth
another attempt is for the caller to say, who knows what failed: a client reads a status
(:mod:`rewardsvc.grpc_status`), a model's adapter raises ``ModelUnavailable``, a run of datagen has
a fault. :class:`Attempts` counts, and does the waiting::

    attempts = Attempts(policy)
    while True:
        try:
            with attempts.trying():
                return await ask()
        except Passing as error:
            if not await attempts.pause(error.asked_seconds):
                raise

How much may go out at once is another question: :mod:`rewardsvc.llm.rates` for models,
:mod:`rewardsvc.window` for a server. So is when a store that failed is left alone
(:mod:`rewardsvc.store.breaker`): there nobody waits.

Not tenacity or stamina: a client is written with grpcio, protobuf and pydantic alone, and this is
first of all its policy. With a library for everybody else there would be two.
"""

import asyncio
import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often something is tried and how long one waits between: exponential back-off with
    jitter, so that those who were turned away together do not come back together.

    ``tries``: at most so many, as many as there is time for where None. ``first_pause_seconds``:
    before the second; each further pause is twice as long, up to ``longest_pause_seconds``.
    ``longest_asked_seconds``: who asks for a longer pause is not waited for.
    ``least_seconds``: with less time than this left an attempt cannot succeed.
    """

    first_pause_seconds: float
    longest_pause_seconds: float
    tries: int | None = None
    longest_asked_seconds: float = math.inf
    least_seconds: float = 0.0

    def pause(
        self, tries: int, *, chance: float, left: float = math.inf, asked: float = 0.0
    ) -> float | None:
        """Seconds until the next attempt, so that there is one before the deadline; None where
        there is none.

        ``tries`` were made, ``left`` seconds are left, the other side ``asked`` for so many.
        ``chance`` in [0, 1) is the jitter: of half the pause, up to all of it.
        """
        if self.tries is not None and tries >= self.tries:
            return None
        if left < self.least_seconds or asked > self.longest_asked_seconds:
            return None
        doubled = self.first_pause_seconds * 2.0 ** min(tries - 1, 30)
        usual = min(doubled, self.longest_pause_seconds)
        return min(max(usual, asked) * (0.5 + chance / 2), left / 2)


@dataclass(slots=True)
class Attempts:
    """The attempts at one thing under a policy, and the seconds that are left for it.

    What is done neither under :meth:`trying` nor in :meth:`pause` takes none of them.
    """

    policy: RetryPolicy
    left: float = math.inf
    made: int = 0

    @property
    def late(self) -> bool:
        """Whether too little time is left for another."""
        return self.left < self.policy.least_seconds

    @contextmanager
    def trying(self) -> Iterator[None]:
        """One attempt."""
        clock = asyncio.get_running_loop().time
        self.made += 1
        start = clock()
        try:
            yield
        finally:
            self.left -= clock() - start

    async def pause(self, asked: float = 0.0) -> bool:
        """Wait before the next attempt; False, at once, where there is none.

        ``asked``: how many seconds the other side asks to wait.
        """
        seconds = self.policy.pause(self.made, chance=random.random(), left=self.left, asked=asked)
        if seconds is None:
            return False
        self.left -= seconds
        await asyncio.sleep(seconds)
        return True
