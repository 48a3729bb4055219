"""Tries from inside what a sandbox promises; :func:`require_isolation` refuses where it fails.

Five commands, run at the same time, try the box that every command gets (``own``); three more, one
after the other beside them, the box that stateless commands share (``reusable``). All together take
about 0.2 s. Nothing here knows how a back end works: it uses :meth:`sandbox.base.Sandbox.run` as
every caller does. What promises differ in is a row of ``terms``; a back end without one promises
what is hardest to keep. Where a box has no ``/proc``, what the program would have read there about
itself is read about it from outside, while it runs.

A promise that does not hold is never worked around, in neither kind of box: whatever the reason, a
machine on which it fails is not what the rest of this code takes it for. Only what a machine does
not allow at all (a reusable box that cannot be made) is done without.
"""

import asyncio
import tempfile

from sandbox.base import Sandbox
from sandbox.errors import IsolationMissing, SandboxError
from sandbox.selftest import own, reusable
from sandbox.selftest.terms import Promise, terms_of

__all__ = ["Promise", "require_isolation", "self_test"]

_STAYS = (0.1, 0.5, 5.0)
"""Seconds after which a program that does not end by itself is ended: at first, and again where
not even a box could be set up within them, as on a busy machine."""

_RUNS = "a program runs in the sandbox"


async def self_test(sandbox: Sandbox) -> tuple[Promise, ...]:
    """Try every promise from inside; a sandbox that cannot run anything keeps none.

    There are none of reusable boxes where commands get boxes of their own only.
    """
    with tempfile.NamedTemporaryFile(prefix="assay-sandbox-") as outside:
        promises: tuple[Promise, ...] = ()
        for stays in _STAYS:
            promises = await _try_all(sandbox, outside.name, stays)
            if promises[0].holds:
                break
        return promises


async def require_isolation(sandbox: Sandbox) -> tuple[Promise, ...]:
    """See that every promise holds; gives them.

    Raises:
        IsolationMissing: names each promise that does not, and what to do.
    """
    promises = await self_test(sandbox)
    broken = [promise for promise in promises if not promise.holds]
    if broken:
        words = "; ".join(f"not kept: {promise.name} ({promise.detail})" for promise in broken)
        raise IsolationMissing(f"{sandbox.name} does not isolate on this machine: {words}")
    return promises


async def _try_all(sandbox: Sandbox, outside: str, stays: float) -> tuple[Promise, ...]:
    terms = terms_of(sandbox)
    try:
        async with asyncio.TaskGroup() as group:
            alone = group.create_task(own.try_out(sandbox, terms, outside, stays))
            shared = group.create_task(reusable.try_out(sandbox, terms, outside))
    except ExceptionGroup as errors:
        broken, others = errors.split(SandboxError)
        if broken is None or others is not None:
            raise
        words = "; ".join(dict.fromkeys(_words(broken)))
        return (Promise(_RUNS, False, f"{words}; {terms.remedy}"),)
    return (Promise(_RUNS, True), *alone.result(), *shared.result())


def _words(errors: ExceptionGroup[SandboxError]) -> list[str]:
    return [
        word
        for error in errors.exceptions
        for word in (_words(error) if isinstance(error, ExceptionGroup) else [str(error)])
    ]
