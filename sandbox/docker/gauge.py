"""What a container uses: read from its control group where we can see that, else asked for.

The engine gives statistics once a second and counts no kills for memory; the kernel's own files
answer in a tenth of a millisecond. Both may be read by anybody, but a server that is in a
container itself sees other groups than the engine.
"""

from pathlib import Path
from typing import Protocol

from sandbox.cgroups import NEEDED, Group, Spent, hierarchies
from sandbox.docker.engine import Engine

_WANTED: tuple[str, ...] = ("memory", "pids", "cpuacct")


class Gauge(Protocol):
    """Looks at a container that runs."""

    async def spent(self) -> Spent:
        """What was used so far, the container's own start included."""
        ...

    async def tasks(self) -> int:
        """How many processes there are."""
        ...


class GroupGauge:
    """Reads the control group."""

    def __init__(self, group: Group) -> None:
        self._group = group

    async def spent(self) -> Spent:
        """See :class:`Gauge`."""
        return self._group.spent()

    async def tasks(self) -> int:
        """See :class:`Gauge`."""
        return len(self._group.pids())


class EngineGauge:
    """Asks the engine."""

    def __init__(self, engine: Engine, container: str) -> None:
        self._engine = engine
        self._container = container

    async def spent(self) -> Spent:
        """See :class:`Gauge`; kills for memory are the engine's events, not looked at here."""
        return spent_of(await self._engine.stats(self._container))

    async def tasks(self) -> int:
        """See :class:`Gauge`."""
        return await self._engine.tasks(self._container)


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
