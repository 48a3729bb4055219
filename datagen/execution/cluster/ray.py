"""A Ray cluster: the only module that knows Ray.

Each worker is an actor with a processor of its own. Ray starts none again and repeats nothing: who
pays for an answer has to know how often it was asked for.
"""

import asyncio
import signal
import socket
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from datagen.errors import ClusterUnusable
from datagen.execution.cluster.base import Equipment, ModelOrder, WorkerLost
from datagen.execution.cluster.workplace import Workplace
from datagen.record import Record
from rewardsvc.extras import needing
from rewardsvc.llm import Question

ANY = "auto"
"""The cluster that ``RAY_ADDRESS`` names, or the one of this machine."""

_CLIENT = "ray://"
"""Of an address that Ray's client takes."""

_CONNECT_SECONDS = 10.0

_REMEDY = (
    "(`ray start --head` begins a cluster and says its address; `ray status` tells of the one that "
    "is there)"
)


class RayCluster:
    """A :class:`datagen.execution.cluster.base.WorkerCluster`: one that this process has joined."""

    def __init__(self, ray: Any) -> None:
        """``ray``: the module, connected."""
        self._ray = ray
        # Nothing travels with it, so that a key is never among what Ray keeps of an actor.
        self._actor = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(Workplace)

    async def processors(self) -> int:
        """See :class:`datagen.execution.cluster.base.WorkerCluster`."""
        # In a thread: it asks the head node, which may be slow to answer, and has no other form.
        try:
            resources = await asyncio.to_thread(self._ray.cluster_resources)
        except (self._ray.exceptions.RayError, ConnectionError) as error:
            raise ClusterUnusable(
                f"the cluster does not answer any more: {_in_a_line(error)} {_REMEDY}"
            ) from error
        return int(resources.get("CPU", 0))

    def worker(self) -> "RayWorker":
        """See :class:`datagen.execution.cluster.base.WorkerCluster`."""
        return RayWorker(self._ray, self._actor.options(scheduling_strategy="SPREAD").remote())


class RayWorker:
    """An actor as a :class:`datagen.execution.cluster.base.ClusterWorker`."""

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray = ray
        self._actor = actor

    async def prepare(self, equipment: Equipment) -> None:
        """See :class:`datagen.execution.cluster.base.ClusterWorker`."""
        await self._came(self._actor.prepare.remote(equipment))

    async def run(self, stage: str, record: Record) -> object:
        """See :class:`datagen.execution.cluster.base.ClusterWorker`."""
        return await self._came(self._actor.run.remote(stage, record))

    async def ask(self, model: ModelOrder, question: Question) -> str:
        """See :class:`datagen.execution.cluster.base.ClusterWorker`."""
        return str(await self._came(self._actor.ask.remote(model, question)))

    def end(self) -> None:
        """See :class:`datagen.execution.cluster.base.ClusterWorker`."""
        self._ray.kill(self._actor)

    async def _came(self, reference: Awaitable[object]) -> object:
        """What a call came to, in the errors of who was asked."""
        errors = self._ray.exceptions
        try:
            return await reference
        except asyncio.CancelledError:
            self._ray.cancel(reference)
            raise
        except errors.RayTaskError as error:
            if isinstance(error.cause, errors.RayError):
                raise WorkerLost(_in_a_line(error.cause)) from error
            raise error.cause from error
        except errors.RayActorError as error:
            if error.actor_init_failed:
                raise ClusterUnusable(_in_a_line(error)) from error
            raise WorkerLost(_in_a_line(error)) from error
        except errors.RayError as error:  # memory, node, raylet, place: each has a type of its own
            raise WorkerLost(_in_a_line(error)) from error


@contextmanager
def joined(address: str = "") -> Iterator[RayCluster]:
    """The cluster at an address (``host:port`` or ``ray://host:port``; :data:`ANY` for ""), while
    the body lasts.

    Raises:
        ExtraMissing: Ray is not installed.
        ClusterUnusable: there is none, or of another version of Ray or Python.
    """
    with needing("ray"):
        import ray
    require_listener(address)
    with _signals_kept():
        try:
            ray.init(
                address=address or ANY, log_to_driver=False, logging_level="ERROR", namespace=None
            )
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            raise ClusterUnusable(
                f"--ray-address {address or ANY}: {_in_a_line(error)} {_REMEDY}"
            ) from error
    try:
        yield RayCluster(ray)
    finally:
        ray.shutdown()


def require_listener(address: str) -> None:
    """Refuse an address where nobody is: Ray itself tries for minutes.

    Raises:
        ClusterUnusable: nobody listens there.
    """
    host, _, port = address.removeprefix(_CLIENT).rpartition(":")
    if host and port.isdigit():
        try:
            socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
        except (OSError, OverflowError) as error:
            raise ClusterUnusable(f"--ray-address {address}: {error} {_REMEDY}") from error


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray puts a handler of its own in place of whoever hears SIGTERM."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _in_a_line(error: BaseException) -> str:
    """The first lines of Ray's messages say what it is, the others what it may come from."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines)[:300]
