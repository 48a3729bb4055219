"""A box that is reusable, for stateless commands: one after the other, a new process for each.

To set a box up and take it down costs as much as a linter's own work. What a stateless command
needs is less: no file to write, so nothing stays of it but processes, and those the box's
``launcher`` ends before it answers. So a box is made once for a kind of command (what it sees and
what it may use) and lent to one command at a time. What could outlive a process without a file
(System V and POSIX IPC, sockets, the limits and priorities of others) is closed by
``seccomp.nothing_for_the_next``.

A box with which anything was out of the ordinary (a limit reached, a command cancelled, a launcher
that does not answer) is ended with everything in it, never used again. Where the fault may be the
box's own, there is no result, and the command gets an ordinary box.
"""

from sandbox.bubblewrap.reusable.box import ReusableBox, opened
from sandbox.bubblewrap.reusable.boxes import ROOM, ReusableBoxes
from sandbox.bubblewrap.reusable.kind import LAUNCHER_BYTES, BoxKind, binds_of, kind_of, program

__all__ = [
    "LAUNCHER_BYTES",
    "ROOM",
    "BoxKind",
    "ReusableBox",
    "ReusableBoxes",
    "binds_of",
    "kind_of",
    "opened",
    "program",
]
