"""What a reader is: it takes one request along its way, as far as others' text is read."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from rewardsvc.answer import Markers
from rewardsvc.checks.out_of_process import Evaluations
from rewardsvc.identity import Conditions
from rewardsvc.pipeline import Examined, format_of
from rewardsvc.types import Components, ScoreRequest, Task
from rewardsvc.verification.verifier import Workbench
from rewardsvc.wire.answers import Encoded
from sandbox.base import MIB, Restarted, Sandbox, uncounted


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a reader may take. Nothing that somebody wrote by hand comes near it.

    ``task_seconds``: of processor time, for what a task says; a hundred checks compile in a tenth
    of a second.
    ``answer_seconds``: of processor time, for what an answer says, commands in the sandbox apart;
    the largest takes well below a second.
    ``memory_bytes``: it starts with some 100 MiB; parsing a megabyte of YAML takes 200 MiB more.
    ``silent_seconds``: after which one is given up that says nothing and waits for nothing of
    ours. What it computes is bounded already, in time that passes a hundred times as slowly where
    the machine is starved; this is for one that waits for what will not come.
    """

    task_seconds: float = 10.0
    answer_seconds: float = 10.0
    memory_bytes: int = 1024 * MIB
    silent_seconds: float = 600.0


USUAL_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Resources:
    """What the server's process has and readers work with.

    ``sandbox``: the workbench's, in which readers themselves are started.
    ``markers``: what tells answers from thoughts.
    ``conditions``: what verdicts depend on beside the request; None where none is kept.
    ``weights``: of the reward rule.
    ``asks``: whether there is a judge, whose question is to be worded.
    ``at_once``: how many requests are read at once; of light ones as many more may be, each by a
    reader of its own where the first takes long.
    ``restarted``: told where what they are forked from died and is started anew.
    """

    workbench: Workbench
    sandbox: Sandbox
    policies: Evaluations
    markers: Markers
    conditions: Conditions | None
    weights: Components
    asks: bool
    at_once: int
    restarted: Restarted = uncounted


LIGHT_CHARACTERS = 64 * 1024
"""Of all texts of a request together: a process holds it in memory while it reads another."""


def is_light(request: ScoreRequest, size: int) -> bool:
    """Whether reading a request, with texts of so many characters together, mostly is all that
    there is to be done for it, and quick: then it may wait for another where that is read.

    Raises:
        InvalidRequest: nobody can score it: an unknown format.
    """
    task = request.task
    if size > LIGHT_CHARACTERS or task.checks:
        return False
    return format_of(task).light


class Reader(Protocol):
    """Lent by :class:`Readers`; takes one request at a time."""

    async def compile(self, task: Task) -> None:
        """See that answers to a task can be scored.

        Raises:
            InvalidRequest: nobody can score them.
            sandbox.errors.*: a fault of ours.
        """
        ...

    async def prepare(self, request: ScoreRequest) -> str | Examined:
        """The request's identity ("" where no verdict is kept), or what was found already.

        Raises:
            InvalidRequest: nobody can score it.
            sandbox.errors.*: a fault of ours.
        """
        ...

    async def examine(self) -> Examined | Encoded:
        """What tools and checks find of the request that was prepared, or its verdict already,
        where no judge is to be asked.

        Raises:
            sandbox.errors.*: a fault of ours.
        """
        ...

    def give_back(self) -> None:
        """Let somebody else have it. One that is under way is ended."""
        ...


class Readers(Protocol):
    """All readers of one scorer. Made ready by ``async with``."""

    async def __aenter__(self) -> Self:
        """Start nothing yet."""
        ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End them all."""
        ...

    async def start(self) -> None:
        """Start now what the first request would start.

        Raises:
            sandbox.errors.*: it could not be started.
        """
        ...

    def lend(self, *, light: bool = False) -> Reader:
        """One until it is given back. ``light``: for a request that :func:`is_light`, and may be
        read after another one that is, by the same process."""
        ...
