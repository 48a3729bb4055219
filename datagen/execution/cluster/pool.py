"""Which worker takes what, and how many there are: a state machine without I/O."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Pool:
    """The workers of a run, by numbers that are never given twice.

    ``most``: how many there are to be at most; fewer, once one was of no use.
    """

    most: int
    starting: set[int] = field(default_factory=set)
    busy: dict[int, int] = field(default_factory=dict)
    """Of each that is ready, how much it is at."""
    _numbers: int = 0
    _worked: bool = False

    @property
    def may_be_ready(self) -> bool:
        """Whether one may still become ready: one is starting, or one was ready before."""
        return self._worked or bool(self.starting)

    def wanted(self, processors: int) -> int:
        """How many more to start where the cluster has so many processors: one for each."""
        return max(0, min(self.most, processors) - len(self.starting) - len(self.busy))

    def start(self) -> int:
        """The number of one more."""
        self._numbers += 1
        self.starting.add(self._numbers)
        return self._numbers

    def ready(self, number: int) -> None:
        """One may be given work."""
        self.starting.discard(number)
        self.busy[number] = 0
        self._worked = True

    def lost(self, number: int) -> bool:
        """One is gone; whether that is news."""
        known = number in self.starting or number in self.busy
        self.starting.discard(number)
        self.busy.pop(number, None)
        return known

    def refused(self, number: int) -> None:
        """One is of no use, and another in its place would not be either."""
        if self.lost(number):
            self.most -= 1

    def take(self) -> int | None:
        """Who is given the next thing: the least busy, the oldest of those; None where nobody is
        ready."""
        if not self.busy:
            return None
        number = min(self.busy, key=lambda each: (self.busy[each], each))
        self.busy[number] += 1
        return number

    def done(self, number: int) -> None:
        """One has done something, if it is still there."""
        if number in self.busy:
            self.busy[number] -= 1
