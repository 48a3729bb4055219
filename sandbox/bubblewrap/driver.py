"""Several steps in one box: the order they run in, and the shell inside that runs them.

The shell (POSIX ``sh``, so nothing has to be brought along) takes one order at a time from us on
its standard input, a socket that no step inherits: the number of a step. It runs the step, ends
whatever the step left running, and answers with the exit code. Only then do we read what is in
the output pipes, so every byte belongs to that step, and give the next order. Which step is due
is decided out here, by :meth:`sandbox.base.Step.due`.

A program in the box has the shell's own identity: one that attacks the shell can end it (its
step then has the shell's exit code). What runs programs that are not to be trusted beside steps to
come (``watches``) has no ``/proc``, so none of them can write into the shell's memory what those
come to; the calls that could are filtered.
"""

import shlex
from collections.abc import Sequence

from sandbox.base import Step

ABSENT = b"absent"
"""The shell's answer when there is no such program in the box."""

_START = """\
exec 3<&0 4>&2 </dev/null 2>/dev/null
present() {
  case $1 in
  */*) [ -f "$1" ] && [ -x "$1" ] ;;
  *) IFS=:; for d in $PATH; do [ -f "$d/$1" ] && [ -x "$d/$1" ] && return 0; done; return 1 ;;
  esac
}
while read -r n <&3; do
  case $n in
"""
_END = """\
  esac
  while kill -s KILL -- -1; do :; done
  echo $code >&3
done
"""


def script(steps: Sequence[Step], stdin: str = "/dev/null") -> str:
    """The shell's program; ``stdin`` is the file that the first step reads."""
    arms = []
    for number, step in enumerate(steps):
        program, words = shlex.quote(step.argv[0]), shlex.join(step.argv)
        source = stdin if number == 0 else "/dev/null"
        # `exec` in a subshell: the program itself, never a builtin of that name.
        arms.append(
            f"  {number}) if present {program}; then\n"
            f"    (exec {words}) <{shlex.quote(source)} 2>&4 3>&- 4>&-; code=$?\n"
            f"  else code={ABSENT.decode()}; fi ;;\n"
        )
    return _START + "".join(arms) + _END
