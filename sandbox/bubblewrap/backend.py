"""The bubblewrap back end: every command in namespaces of its own, within limits that hold.

One bwrap per command; stateless ones share ``reusable`` boxes. What a box may see is in
``layout``, who it is in ``namespaces``, what it may use in ``cgroups`` (or, where no control group
may be made, in resource limits), its life in ``box``, how several steps share it in ``steps``, how
its end is read in ``outcome``, what the machine must have in ``host``.
"""

import contextlib
import math
import os
import platform
import resource
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox import checked, selftest
from sandbox.base import (
    BOX_ID,
    DESCRIPTORS,
    PAGE,
    STACK_BYTES,
    Command,
    Limits,
    Result,
    Running,
    Service,
    StepResult,
)
from sandbox.binds import see_readable
from sandbox.bubblewrap import driver, host, layout, nesting, reusable, seccomp, service, steps
from sandbox.bubblewrap.box import Box
from sandbox.bubblewrap.in_memory import file_in_memory
from sandbox.bubblewrap.namespaces import DROP, NamespacePool
from sandbox.cgroups import Group, NoControlGroup, Tree, hierarchies, name_for, open_tree
from sandbox.errors import IsolationMissing, SandboxError
from sandbox.folder import held_folder

OWN_TASKS = 3
"""bwrap outside, bwrap as the first process inside, and the shell that runs several steps."""

_UNPRIVILEGED = ("--unshare-user", "--uid", str(BOX_ID), "--gid", str(BOX_ID))
"""Where the server is an ordinary user: its own identity, mapped and without capabilities."""


class BubblewrapSandbox:
    """Runs commands with bubblewrap; satisfies :class:`sandbox.base.Sandbox`.

    ``control_groups`` names a version 2 group, without processes of its own, to put the
    commands into; a place is looked for where None.
    """

    name = "bubblewrap"

    def __init__(self, control_groups: Path | None = None) -> None:
        self._below = control_groups
        self._tree: Tree | None = None
        self._namespaces: NamespacePool | None = None
        self._launcher: tuple[str, ...] = ()
        self._base: tuple[str, ...] = ()
        self._without_proc: tuple[str, ...] = ()
        self._nesting = nesting.Nesting(own_proc=True, sysctl=True)
        self._doors = seccomp.no_side_doors()
        self._reusable = reusable.ReusableBoxes(self._start_reusable)
        self._opened = contextlib.ExitStack()

    async def __aenter__(self) -> Self:
        """Prepare and self-test.

        Raises:
            IsolationMissing: a program, a right or a promise is missing; names the remedy.
        """
        bwrap = await host.find_bwrap()
        for program in ("choom", "prlimit", "setpriv", "unshare"):
            host.find(program, "util-linux")
        with contextlib.ExitStack() as opening:
            etc = opening.enter_context(held_folder("sandbox")) / "etc"
            host.write_etc(etc)
            self._base = (*layout.system(), "--ro-bind", str(etc), "/etc")
            drop: tuple[str, ...] = ()
            if os.geteuid() == 0:
                drop = (*DROP, "--")
                self._namespaces = NamespacePool()
                opening.callback(self._namespaces.close)
            self._launcher = (*drop, bwrap, *layout.ISOLATION)
            self._tree = self._open_tree()
            if self._tree is not None:
                opening.callback(self._tree.remove)
            opening.callback(self._shut)
            await self._see_what_works()
            await self._see_what_holds()
            self._opened = opening.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove what was set up; no command may be running."""
        await self._reusable.end()
        self._opened.close()

    @property
    def limits_by(self) -> str:
        """What bounds memory and processes, in words."""
        if self._tree is None:
            return "resource limits (memory is bounded for each process, not for all together)"
        return f"control groups version {self._tree.version}"

    @property
    def remarks(self) -> tuple[str, ...]:
        """How boxes are made here, where machines differ; for people."""
        words = [f"memory and processes are bounded by {self.limits_by}"]
        if not self._nesting.own_proc:
            words.append("/proc is empty in a box: this container lets nobody mount another one")
        if not self._nesting.sysctl:
            words.append("a system-call filter forbids user namespaces: /proc/sys is read-only")
        if not self._reusable.wanted:
            words.append(f"no box is kept for several commands: {self._reusable.why_not}")
        return tuple(words)

    async def run(self, command: Command) -> Result:
        """Run a command to its end. Cancelling it ends its whole process tree.

        Raises:
            ValueError: the command cannot be run anywhere (the name of a file leaves the work
                directory, an argument has a NUL …).
            SandboxError: the isolation failed; says nothing about the program.
        """
        checked.check_words(command)
        files = checked.checked_files(command.files, command.limits)
        if not self._launcher:
            raise SandboxError("the sandbox is not open: use it in `async with`")
        if self._namespaces is not None:
            see_readable(command.binds)
        if (result := await self._reusable.run(command)) is not None:
            return result
        async with self._identity() as (identity, lent):
            box = Box(command.limits, self._group(command.limits))
            async with box:
                placed = {name: box.lend(content) for name, content in files.items()}
                stdin = box.lend(command.stdin)
                launcher = (*self._sacrifice(), *_time_and_size(command.limits))
                launcher += (*self._launcher, *identity)
                inherited = (*lent, *placed.values())
                if self._doors is not None:
                    doors = box.lend(self._doors)
                    launcher += ("--add-seccomp-fd", str(doors))
                    inherited += (doors,)
                one = len(command.steps) == 1
                if one and (command.watches or self._tree is not None):
                    contents = layout.contents(self._base, command, placed, None)
                    program = (*self._bounds(command.limits), *command.steps[0].argv)
                    box.start(launcher, contents, program, inherited, stdin)
                    await box.exited()
                    done: tuple[StepResult, ...] = ()
                    complete = False
                else:
                    blind = (*self._without_proc, *layout.NO_PROC)
                    base = blind if command.watches else self._base
                    contents = layout.contents(base, command, placed, stdin)
                    script = driver.script(command.steps, layout.STDIN_FILE)
                    program = (*self._bounds(command.limits), "/bin/sh", "-c", script)
                    ours, theirs = socket.socketpair()
                    with ours, theirs:
                        box.start(launcher, contents, program, (*inherited, stdin), theirs.fileno())
                        theirs.close()
                        done, complete = await steps.several(box, command.steps, ours)
        return steps.result_of(command, box, done, complete)

    async def start(self, wanted: Service) -> Running:
        """Start a service, in a box as that of commands; see :class:`sandbox.base.Service`.

        Raises:
            SandboxError: it could not be started.
        """
        if not self._launcher:
            raise SandboxError("the sandbox is not open: use it in `async with`")
        if self._namespaces is not None:
            see_readable(wanted.binds)
        limits = Limits(memory_bytes=wanted.memory_bytes, processes=wanted.processes)
        async with contextlib.AsyncExitStack() as lending:
            identity, lent = await lending.enter_async_context(self._identity())
            if self._namespaces is not None:
                os.chown(wanted.folder, BOX_ID, BOX_ID)
            if self._doors is not None:
                doors = lending.enter_context(file_in_memory(self._doors))
                identity += ("--add-seccomp-fd", str(doors))
                lent += (doors,)
            argv = ("prlimit", *_descriptors_and_stack((DESCRIPTORS[1],) * 2), "--")
            argv += (*self._launcher, *identity, *layout.service(self._base, wanted), "--")
            program = (*self._bounds(limits), *wanted.argv)
            group = self._group(limits)
            return await service.start((*argv, *program), lent, group, lending)

    async def _start_reusable(self, kind: reusable.BoxKind) -> reusable.ReusableBox:
        """A new box for stateless commands.

        Raises:
            SandboxError: it could not be started.
        """
        filters = [self._doors, seccomp.nothing_for_the_next()]
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                async with contextlib.AsyncExitStack() as lending:
                    identity, lent = await lending.enter_async_context(self._identity())
                    for each in filters:
                        if each is None:
                            raise SandboxError(f"{platform.machine()} has no system-call filter")
                        descriptor = lending.enter_context(file_in_memory(each))
                        identity += ("--add-seccomp-fd", str(descriptor))
                        lent += (descriptor,)
                    argv = (*self._sacrifice(), *_time_and_size(kind.limits), *self._launcher)
                    seen = layout.reusable(self._without_proc, reusable.binds_of(kind))
                    argv += (*identity, *seen, "--")
                    program = (*self._bounds(kind.limits), *reusable.program(kind, theirs.fileno()))
                    program += tuple(map(str, lent))
                    group = self._group(kind.limits, reusable.LAUNCHER_BYTES)
                    started = await service.start(
                        (*argv, *program), (*lent, theirs.fileno()), group, lending
                    )
            except BaseException:
                ours.close()
                raise
        return await reusable.opened(kind, started, ours, group)

    @contextlib.asynccontextmanager
    async def _identity(self) -> AsyncIterator[tuple[tuple[str, ...], tuple[int, ...]]]:
        """bwrap's arguments for who the program is, and the descriptors that they name."""
        if self._namespaces is None and self._nesting.sysctl:
            yield (*_UNPRIVILEGED, "--disable-userns"), ()
            return
        if self._namespaces is None:
            with file_in_memory(_filter()) as descriptor:
                yield (*_UNPRIVILEGED, "--add-seccomp-fd", str(descriptor)), (descriptor,)
            return
        namespace = await self._namespaces.lend()
        try:
            yield ("--userns", str(namespace)), (namespace,)
        finally:
            self._namespaces.give_back(namespace)

    async def _see_what_works(self) -> None:
        """Find out what this machine keeps from bwrap, and do without it.

        Raises:
            IsolationMissing: there is no other way on this machine.
        """
        async with self._identity() as (identity, lent):
            words = tuple(word for word in identity if word != "--disable-userns")
            system = (*self._base, *layout.PROGRAMS)
            self._nesting = await nesting.find_out(self._launcher, words, system, lent)
        self._without_proc = self._base
        self._base += layout.PROC if self._nesting.own_proc else layout.NO_PROC

    async def _see_what_holds(self) -> None:
        """Test both kinds of box; where commands cannot share one, each gets a box of its own.

        Raises:
            IsolationMissing: a promise is not kept, in whichever kind.
        """
        try:
            promises = await selftest.require_isolation(self)
        finally:
            await self._reusable.end()
        self._reusable.wanted = any(promise.of_reusable for promise in promises)

    def _open_tree(self) -> Tree | None:
        """A place for control groups, or None where resource limits do instead.

        Those bind here: the program is never root (see ``namespaces``), the limit of processes
        is counted in the box's own user namespace (Linux 5.14), and set inside it.
        """
        found = hierarchies(
            Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text()
        )
        try:
            return open_tree(found, f"{name_for(os.getpid())}-{secrets.token_hex(4)}", self._below)
        except NoControlGroup:
            if self._below is not None:
                raise
            return None

    def _group(self, limits: Limits, own_bytes: int = 0) -> Group | None:
        if self._tree is None:
            return None
        return self._tree.create(limits.memory_bytes + own_bytes, limits.processes + OWN_TASKS)

    def _sacrifice(self) -> tuple[str, ...]:
        """Where no group bounds what the processes of a box hold together, the machine's memory
        may run out: then they go first, and not this server."""
        return ("choom", "-n", "1000", "--") if self._tree is None else ()

    def _bounds(self, limits: Limits) -> tuple[str, ...]:
        """What sets the limits of memory and processes inside, where no group has them.

        The shell that runs the steps is there too (but for a command that watches), as it tells a
        missing program from one that exits with 127, which prlimit does not.
        """
        if self._tree is not None:
            return ()
        wanted = {"nproc": limits.processes + OWN_TASKS, "data": limits.memory_bytes}
        kinds = {"nproc": resource.RLIMIT_NPROC, "data": resource.RLIMIT_DATA}
        options = (f"--{name}={_at_most(kinds[name], value)}" for name, value in wanted.items())
        return ("/usr/bin/prlimit", *options, "--")

    def _shut(self) -> None:
        self._launcher = ()


def _filter() -> bytes:
    """The system-call filter that forbids user namespaces.

    Raises:
        IsolationMissing: there is none for this kind of machine.
    """
    program = seccomp.no_user_namespaces()
    if program is None:
        raise IsolationMissing(
            f"the sysctl user.max_user_namespaces cannot be written, and {platform.machine()} has "
            "no filter in its place: run outside a container"
        )
    return program


def _time_and_size(limits: Limits) -> tuple[str, ...]:
    """Resource limits that each process has, bwrap included.

    The limit of CPU time counts whole seconds, for each process; its second number is when
    SIGKILL follows SIGXCPU. What all processes use together is looked at by :class:`Box`.
    """
    cpu = max(1, math.ceil(limits.cpu_seconds))
    soft, hard = (_at_most(resource.RLIMIT_CPU, value) for value in (cpu, cpu + 1))
    size = _at_most(resource.RLIMIT_FSIZE, max(PAGE, limits.file_bytes))
    times_and_sizes = (f"--cpu={soft}:{hard}", f"--fsize={size}")
    return ("prlimit", "--core=0", *times_and_sizes, *_descriptors_and_stack(DESCRIPTORS), "--")


def _descriptors_and_stack(descriptors: tuple[int, int]) -> tuple[str, ...]:
    """Resource limits that each process of any box has, in words for prlimit."""
    soft, hard = (_at_most(resource.RLIMIT_NOFILE, value) for value in descriptors)
    return (f"--nofile={soft}:{hard}", f"--stack={_at_most(resource.RLIMIT_STACK, STACK_BYTES)}")


def _at_most(kind: int, value: int) -> int:
    """``value``, or what this process may have at most."""
    hard = resource.getrlimit(kind)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)
