"""What a sandbox is: files and commands go in, what happened comes out, nothing stays behind.

A :class:`Command` is self-contained (it names every file it needs), so any back end can run it
anywhere. Its steps run one after the other in one fresh work directory (``/work``, a tmpfs) and
one set of limits; when :meth:`Sandbox.run` returns, every process of it is gone and so is the
directory.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias

WORK = "/work"
"""The work directory inside the sandbox, where a command's files lie and its steps start."""

SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
"""PATH inside the sandbox."""

BOX_ID = 60999
"""User and group of every program in a box. systemd's table of identities (UIDS-GIDS.md) lists
60578 to 61183 as unused; it is below 65536, so it exists in a container with mapped identities."""

MIB = 1024 * 1024
PAGE = 4096

DESCRIPTORS = (1024, 4096)
"""How many each process in a box may have open, and up to how many it may raise that. Linux starts
the first process with these numbers (INR_OPEN_CUR, INR_OPEN_MAX); services have the second."""

STACK_BYTES = 8 * MIB
"""Of the first thread of each process in a box: Linux's own default (_STK_LIM). What this server
was started with (a service manager or a container engine says unlimited) decides no verdict."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one command may use, all of its steps and processes together."""

    wall_seconds: float = 30.0
    cpu_seconds: float = 30.0
    memory_bytes: int = 1024 * MIB
    processes: int = 128
    """Tasks (threads count) alive at once."""
    file_bytes: int = 64 * MIB
    """Size of the largest file that may be written, and of the whole work directory."""
    output_bytes: int = 4 * MIB
    """Kept of stdout and of stderr, of all steps together; more is cut and marked as cut."""


@dataclass(frozen=True, slots=True)
class Bind:
    """A path of the host that the sandbox sees, read-only, at ``target``."""

    source: Path
    target: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step did. A step whose turn did not come is not among the results."""

    name: str
    exit_code: int
    """128 + n where signal n ended it, as a shell reports it."""
    stdout: bytes
    stderr: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """One program of a command. ``when`` looks at the steps before it."""

    name: str
    argv: tuple[str, ...]
    when: Literal["always", "all-passed", "any-failed"] = "always"

    def due(self, before: Sequence[StepResult]) -> bool:
        """Whether it is its turn, given what the steps before it did that had theirs."""
        if self.when == "all-passed":
            return not any(each.exit_code for each in before)
        if self.when == "any-failed":
            return any(each.exit_code for each in before)
        return True


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. ``files`` maps relative paths (no ``..``) to contents."""

    steps: tuple[Step, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment but PATH and HOME; nothing of ours is inherited."""
    stdin: bytes = b""
    """Given to the first step; the others read an empty one."""
    binds: tuple[Bind, ...] = ()
    limits: Limits = Limits()
    stateless: bool = False
    """The program needs no file that it may write: it reads its input and the binds and prints. A
    back end may run it, without ``/proc``, in a box that it keeps for others of the kind."""
    script: str = ""
    """Of a stateless command, the Python script that its program is, as it stands in ``argv``
    behind Python and its options: what its top loads is the same for all, and its ``main`` does the
    work. A back end may load it once in a box that it keeps, and fork a process for each command.
    """
    watches: bool = False
    """Its programs start others that are not to be trusted. So nothing of the back end's own that
    has their identity can be looked into: who may do that could write where results are written.
    Of one step, the program stands alone, and ends what it started itself; of several, a back end
    whose own process sees to all of them shows no ``/proc``."""
    served: bool = False
    """Services of ours answer it while it runs (a provider, the emulator). So where it uses little
    CPU time, it may be they that a busy machine keeps waiting."""

    @classmethod
    def one(
        cls,
        name: str,
        argv: Sequence[str],
        *,
        files: Mapping[str, bytes] | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        binds: tuple[Bind, ...] = (),
        limits: Limits | None = None,
        stateless: bool = False,
        script: str = "",
        watches: bool = False,
    ) -> Self:
        """A command of one step."""
        return cls(
            steps=(Step(name, tuple(argv)),),
            files=files or {},
            env=env or {},
            stdin=stdin,
            binds=binds,
            limits=limits or Limits(),
            stateless=stateless,
            script=script,
            watches=watches,
        )


class Ended(StrEnum):
    """How a command came to its end. All but EXITED are the program's doing, not ours."""

    EXITED = "exited"
    WALL_TIME = "wall_time"
    CPU_TIME = "cpu_time"
    MEMORY = "memory"
    FILE_SIZE = "file_size"
    OUTPUT = "output"
    """It printed more than is kept, so that what it said cannot be read; told by who reads it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command used; None where the back end cannot tell."""

    wall_seconds: float
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did, seen from outside."""

    ended: Ended
    steps: tuple[StepResult, ...]
    usage: Usage
    output_cut: bool = False

    def step(self, name: str) -> StepResult | None:
        """The result of the step of that name, None where it did not run or did not finish."""
        return next((step for step in self.steps if step.name == name), None)


@dataclass(frozen=True, slots=True)
class Service:
    """A program of ours that outlives any one command: a warm provider, the emulator.

    It runs without a network, sees only the system, ``binds`` and ``folder``, and may write in
    ``folder`` alone, which has the same path inside as outside (its sockets lie there).
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment but PATH and HOME; nothing of ours is inherited."""
    binds: tuple[Bind, ...] = ()
    memory_bytes: int = 2048 * MIB
    processes: int = 1024


class Running(Protocol):
    """A service while it runs; made by :meth:`Sandbox.start`."""

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        ...

    @property
    def memory_bytes(self) -> int | None:
        """What its processes hold in memory now; None where the back end cannot tell."""
        ...

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel ended a process of it for memory; False where nobody can tell."""
        ...

    @property
    def said(self) -> str:
        """The end of what it wrote to standard error."""
        ...

    async def first_line(self, seconds: float) -> bytes:
        """The first line that it prints, b"" where it ended or took longer."""
        ...

    async def stop(self) -> None:
        """End it and everything it started; stopping twice is fine."""
        ...


Restarted: TypeAlias = Callable[[str], None]
"""Told which service, by its part in the work, died or hung and is started anew."""


def uncounted(part: str) -> None:
    """A :data:`Restarted` for who does not count."""


class Runner(Protocol):
    """Runs commands: all that a verifier needs of a sandbox."""

    async def run(self, command: Command) -> Result:
        """Run a command to its end. Cancelling it ends its whole process tree.

        Raises:
            SandboxError: the isolation failed; says nothing about the program.
        """
        ...


class Sandbox(Runner, Protocol):
    """One way to isolate a command. Made ready by ``async with``; then used concurrently."""

    name: str

    async def __aenter__(self) -> Self:
        """Prepare and self-test; raises IsolationMissing where isolation does not hold."""
        ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End what still runs and remove what was set up."""
        ...

    async def start(self, service: Service) -> Running:
        """Start a service; it runs until it is stopped, ends by itself or the sandbox is closed.

        Raises:
            SandboxError: it could not be started.
        """
        ...
