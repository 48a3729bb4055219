"""Readers within this process, without limits: for tests that put something in a verifier's place,
and for looking for a mistake with a debugger. A server never uses them."""

from types import TracebackType
from typing import Self

from rewardsvc.analysis.base import Resources
from rewardsvc.identity import identity
from rewardsvc.pipeline import Examined, Prepared, compile_task, examine, prepare
from rewardsvc.types import ScoreRequest, Task


class InProcess:
    """Satisfies :class:`rewardsvc.analysis.Readers`."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    async def __aenter__(self) -> Self:
        """There is nothing to start."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """There is nothing to end."""

    async def start(self) -> None:
        """There is nothing to start."""

    def lend(self, *, light: bool = False) -> "InProcessReader":
        """One more; there is no end of them."""
        return InProcessReader(self._resources)


class InProcessReader:
    """Satisfies :class:`rewardsvc.analysis.Reader`."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._prepared: Prepared | None = None

    async def compile(self, task: Task) -> None:
        """See :class:`rewardsvc.analysis.Reader`."""
        compile_task(task, self._resources.markers)

    async def prepare(self, request: ScoreRequest) -> str:
        """See :class:`rewardsvc.analysis.Reader`."""
        prepared = self._prepared = prepare(request, self._resources.markers)
        conditions = self._resources.conditions
        return identity(prepared, conditions) if conditions is not None else ""

    async def examine(self) -> Examined:
        """See :class:`rewardsvc.analysis.Reader`."""
        assert self._prepared is not None  # it is prepared first
        given = self._resources
        return await examine(self._prepared, given.workbench, given.policies, asks=given.asks)

    def give_back(self) -> None:
        """Nobody waits for it."""
