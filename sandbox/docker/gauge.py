"""What a container uses: read from its control group where we can see that, else asked for.

The engine gives statistics once a second and counts no kills for memory; the kernel's own files
answer in a tenth of a millisecond. Both may be read by anybody, but a server that is in a
container itself sees other groups than the engine.
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Protocol

from sandbox.cgroups import NEEDED, Group, Spent, hierarchies
from sandbox.docker.engine import Engine
from sandbox.docker.stream import ContainerGone
from sandbox.errors import SandboxError

_LONGEST_WAIT_SECONDS = 0.05
"""An engine that has not just given statistics to somebody answers within 5 ms."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_WANTED: tuple[str, ...] = ("memory", "pids", "cpuacct")


class Gauge(Protocol):
    """Looks at a container that runs."""

    pause_seconds: float
    """How long to wait between two looks, at most; looking more often is dear or in vain."""

    async def at_first(self) -> Spent:
        """What was used before a command."""
        ...

    async def spent(self) -> Spent:
        """What was used so far."""
        ...

    async def at_last(self) -> Spent:
        """The same without delay; None for what that leaves unknown."""
        ...

    async def tasks(self) -> int:
        """How many processes there are; 0 where the container is gone."""
        ...


class GroupGauge:
    """Reads the control group."""

    pause_seconds = 0.5

    def __init__(self, group: Group) -> None:
        self._group = group

    async def at_first(self) -> Spent:
        """See :class:`Gauge`."""
        return await self.spent()

    async def spent(self) -> Spent:
        """See :class:`Gauge`."""
        try:
            return self._group.spent()
        except OSError:
            return Spent(None, None, 0)

    async def tasks(self) -> int:
        """See :class:`Gauge`."""
        try:
            return len(self._group.pids())
        except OSError:  # its files went while they were read
            return 0

    async def at_last(self) -> Spent:
        """See :class:`Gauge`."""
        return await self.spent()

    @property
    def oom_kills(self) -> int:
        """How many processes the kernel has ended for memory; 0 once the container is gone."""
        with contextlib.suppress(OSError):
            return self._group.spent().oom_kills
        return 0

    def resident(self) -> int:
        """Bytes of the resident sets of all its processes; shared pages count for each."""
        with contextlib.suppress(OSError):
            return sum(_resident(pid) for pid in self._group.pids())
        return 0


class EngineGauge:
    """Asks the engine. CPU time and peak are those of the container, its start (0.1 s) included."""

    pause_seconds = 2.0

    def __init__(self, engine: Engine, container: str) -> None:
        self._engine = engine
        self._container = container
        self._last = Spent(None, None, 0)

    async def at_first(self) -> Spent:
        """See :class:`Gauge`; not asked, since the next answer would come a second later."""
        return Spent(0.0, 0, 0)

    async def spent(self) -> Spent:
        """See :class:`Gauge`; takes up to a second.

        Kills for memory are not among the statistics; the engine reports them as events.
        """
        with contextlib.suppress(ContainerGone):
            self._last = spent_of(await self._engine.stats(self._container))
        return self._last

    async def at_last(self) -> Spent:
        """See :class:`Gauge`; the last answer, where there was one, if a new one takes long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                return await self.spent()
        return self._last

    async def memory_now(self) -> int | None:
        """Bytes in use now, as ``docker stats`` counts them: without what can be read again."""
        with contextlib.suppress(SandboxError):
            stats = await self._engine.stats(self._container)
            used = _number(stats, "memory_stats", "usage")
            for name in ("total_inactive_file", "inactive_file"):  # version 1, version 2
                again = _number(stats, "memory_stats", "stats", name)
                if used is not None and again is not None:
                    return used - again
        return None

    async def tasks(self) -> int:
        """See :class:`Gauge`."""
        try:
            return await self._engine.tasks(self._container)
        except ContainerGone:
            return 0


def spent_of(stats: dict[str, object]) -> Spent:
    """The engine's statistics in our words; cgroup v2 has no peak among them."""
    cpu = _number(stats, "cpu_stats", "cpu_usage", "total_usage")
    return Spent(
        cpu_seconds=None if cpu is None else cpu / 1e9,
        peak_memory_bytes=_number(stats, "memory_stats", "max_usage"),
        oom_kills=0,
    )


def group_of(pid: int) -> Group | None:
    """The control group of a container by its first process; None where we cannot see it."""
    try:
        membership = Path(f"/proc/{pid}/cgroup").read_text()
        found = hierarchies(membership, Path("/proc/self/mountinfo").read_text())
    except OSError:
        return None
    for version in (1, 2):
        places: dict[str, Path] = {}
        for each in found:
            if each.version == version:
                names = each.controllers if version == 1 else NEEDED
                places |= {name: each.own for name in names}
        wanted = {name: places[name] for name in _WANTED if name in places}
        if wanted.keys() >= NEEDED:
            group = Group(version, wanted)
            if all((place / "cgroup.procs").exists() for place in wanted.values()):
                return group if pid in group.pids() else None
    return None


def _number(stats: object, *names: str) -> int | None:
    for name in names:
        if not isinstance(stats, dict):
            return None
        stats = stats.get(name)
    return stats if isinstance(stats, int) else None


def _resident(pid: int) -> int:
    """Bytes of a process's resident set, 0 where it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
