"""How much of its time a program was really given. Pure.

Limits in wall time are there for what hangs. On a machine whose cores are taken by others (or whose
control group gives us a tenth of one) they would end what does not hang. So a probe beside the
program does a known piece of work: its *pace* is the share of a core that whoever wants one gets.
What counts of a program's time is what the machine let it have; but all of it where the program
slept, for then it was not waiting for a core.
"""

from dataclasses import dataclass

KEPT_PACE = 0.5
"""From this pace on the machine is not starved: every limit in time leaves more room than that, and
two programs that share a core are what a usual load looks like."""

ASLEEP_SHARE = 0.25
"""A program that used less than this share of what the probe's pace would have given it was not
waiting for a core. Both measures are coarse (the scheduler gives slices of 3 to 10 ms, a quota is
refilled every 100 ms): in trials on a tenth of a core, busy programs used 0.5 to 1.2 of it."""

LONGEST = 30.0
"""How many times its limit a program may take in wall time, however starved it is: somebody waits
for the verdict, and a core shared by thirty scores nobody."""

SPARE = 1.5
"""By how much more a next run is given than the last one's pace asks for: the pace wanders."""

GROWTH = 3.0
"""How many times as long as the last run the next one may be, whatever its pace asks for. What
slept after a start that was starved shows it in a run that is somewhat longer, and does not keep
others waiting for thirty times its limit."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some time of a program. ``cpu_seconds`` is None where it waits for parts of ours as well, or
    where nobody knows; ``pace`` is above 0 and at most 1."""

    wall_seconds: float
    pace: float
    cpu_seconds: float | None = None


def counted(sample: Sample) -> float:
    """The seconds of a program's wall time that count towards its limit."""
    wall, cpu = sample.wall_seconds, sample.cpu_seconds
    if sample.pace >= KEPT_PACE or (cpu is not None and cpu < ASLEEP_SHARE * sample.pace * wall):
        return wall
    # A program of many processes starves the probe by itself; it pays with what it used.
    return min(wall, max(sample.pace * wall, cpu or 0.0))


def next_limit(seconds: float, last: Sample) -> float | None:
    """The wall time for one more run of a program that may take ``seconds`` and ran out of time.

    None where there is to be none: it was given them all, or ran for as long as any may.
    """
    wall, given = last.wall_seconds, counted(last)
    if given >= seconds or wall >= LONGEST * seconds:
        return None
    return min(LONGEST * seconds, GROWTH * wall, SPARE * wall * seconds / given)
