"""Who may wait for a worker, who is turned away and who goes next: a pure state machine.

It is fed with what happens (somebody comes, starts, ends, leaves) and the time on one clock, and
learns from that what a completion of each kind costs; it holds no task, no socket and no clock of
its own. :mod:`rewardsvc.workers` acts on what it says.

The policy: workers are lent in the order of arrival. Whoever comes while a worker is free is let
in, whatever is believed about its cost, or a wrong belief could never be mended. Whoever would
have to wait is turned away where it would be late even if all before it cost no more than they do
at least. Whoever waits already is turned away as soon as that holds by what was learnt since, and
in any case while there is time to say so: a caller hears "overloaded" before its deadline, and
nothing is begun that nobody will be there to take.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

PRIOR_SECONDS = 0.05
"""What a kind of which nothing is known is taken to cost: little. Who was let in by mistake is
told as soon as the first ones show what it costs; who was turned away by mistake is lost."""

KEPT = 0.95
"""Of the weight of what was seen, at each new completion: about the last twenty count. Fewer
follow one expensive answer, more are slow to hear that the machine got busy."""

OUTLIER = 8.0
"""One completion counts as at most so many usual ones: the start of an engine (20 s) must not
turn a whole burst away, and costs that did rise a hundredfold are known after a dozen."""

DOUBT = 4.0
"""Divided by the weight of what was seen, it is the share by which costs may be overestimated: a
fifth where much was seen, several times the true cost after the start of an engine. Who was turned
away cannot be called back, so those who wait are counted at what they cost at least."""

REVIEW_SECONDS = 0.5
"""Between two looks at all who wait, which take a millisecond for a thousand of them."""

RESERVE_SECONDS = 0.25
"""For the way back to the caller; what would be ready later than this before its deadline counts
as late."""


class Cost:
    """What one completion of a kind usually takes, in seconds; begins with a belief."""

    def __init__(self, prior: float = PRIOR_SECONDS) -> None:
        self._seconds = prior
        self._weight = 1.0

    @property
    def usual(self) -> float:
        """The mean, of the newest completions mostly."""
        return self._seconds / self._weight

    @property
    def least(self) -> float:
        """What it is at least, as far as is known."""
        return self.usual / (1.0 + DOUBT / self._weight)

    def learn(self, seconds: float) -> None:
        """One more completion took so long."""
        seconds = min(max(seconds, 0.0), OUTLIER * self.usual)
        self._seconds = self._seconds * KEPT + seconds
        self._weight = self._weight * KEPT + 1.0


@dataclass(frozen=True, slots=True)
class Overload:
    """Why somebody is turned away."""

    reason: str


@dataclass(slots=True, eq=False)
class Place:
    """Somebody who was let in. ``deadline`` is on the clock that the machine is fed with.

    ``at_once``: it came to a free worker, and starts however little time is left. ``light``: it can
    share a worker with another one that is.
    """

    number: int
    kind: str
    deadline: float
    size: int
    came: float
    at_once: bool
    light: bool = False
    started: float | None = None
    shared: bool = False
    """Whether it waits at a worker for another, who came first."""


@dataclass(slots=True)
class Admission:
    """The state: who works, who waits, what the kinds cost.

    At most ``workers`` work and ``queue`` wait, and of those who wait no more than ``room`` bytes
    (or one) are held. Two who are light count as one: to have the next one at hand costs a worker
    less than to wait for it.
    """

    workers: int
    queue: int
    room: int = 512 * 1024 * 1024
    _waiting: dict[int, Place] = field(default_factory=dict)
    _working: dict[int, Place] = field(default_factory=dict)
    _costs: dict[str, Cost] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _kinds: Counter[str] = field(default_factory=Counter)
    _held: int = 0
    _light: int = 0
    _reviewed: float = -math.inf

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def working(self) -> int:
        """How many work."""
        return len(self._working)

    def usual(self, kind: str) -> float:
        """Seconds that a completion of this kind is believed to take."""
        return self._cost(kind).usual

    def wait(self, now: float) -> float:
        """Seconds until a worker would be free for somebody who came now; 0 where one is."""
        return self._wait(now, lambda cost: cost.usual)

    def offer(
        self,
        kind: str,
        now: float,
        deadline: float = math.inf,
        size: int = 0,
        light: bool = False,
    ) -> Place | Overload:
        """Somebody comes; it waits from now on, until :meth:`start` names it."""
        at_once = self._free() > len(self._waiting) or (not self._waiting and self._fits(light))
        if not at_once:
            if len(self._waiting) >= self.queue:
                reason = f"{len(self._waiting)} completions are waiting already; come back later"
                return Overload(reason)
            if self._waiting and self._held + size > self.room:
                reason = f"{self._held} bytes are waiting already; come back later"
                return Overload(reason)
            if deadline < math.inf:
                least = self._wait(now, lambda cost: cost.least) + self._cost(kind).least
                if now + least + RESERVE_SECONDS > deadline:
                    left = f"{deadline - now:.1f} s are left"
                    return Overload(f"a wait of about {self.wait(now):.1f} s, and {left}")
        number = next(self._numbers)
        place = Place(number, kind, deadline, size, came=now, at_once=at_once, light=light)
        self._waiting[place.number] = place
        self._kinds[kind] += 1
        self._held += size
        return place

    def start(self, now: float) -> tuple[list[Place], list[Place]]:
        """Who starts now on the workers that are free, and who is turned away.

        Both have left the queue; who starts is to be given to :meth:`end`.
        """
        starting, refused = [], []
        while self._waiting:
            first = next(iter(self._waiting.values()))
            if not self._fits(first.light):
                break
            self.leave(first)
            if now > self.last_call(first):
                refused.append(first)
                continue
            first.started = now
            first.shared = len(self._working) >= self.workers
            self._working[first.number] = first
            self._light += first.light
            starting.append(first)
        if now >= self._reviewed + REVIEW_SECONDS:
            self._reviewed = now
            hopeless = list(self._hopeless(now))
            for each in hopeless:
                self.leave(each)
            refused += hopeless
        return starting, refused

    def last_call(self, place: Place) -> float:
        """The latest time at which it may start and be there in time, as it usually goes."""
        if place.at_once:
            return math.inf
        return place.deadline - self.usual(place.kind) - RESERVE_SECONDS

    def end(self, place: Place, now: float, *, whole: bool = True) -> None:
        """Somebody who worked is done; not ``whole``: it was cut off."""
        del self._working[place.number]
        self._light -= place.light
        if place.started is None:
            raise ValueError("it did not start")
        # Of two who share a worker, one waits for the other.
        took = (now - place.started) / (2 if place.shared else 1)
        # What was cut off would have taken longer: that tells something only where it is much.
        if whole or took > self.usual(place.kind):
            self._cost(place.kind).learn(took)

    def leave(self, place: Place) -> None:
        """Somebody who waits waits no longer."""
        del self._waiting[place.number]
        self._kinds[place.kind] -= 1
        self._held -= place.size

    def refusal(self, place: Place, now: float) -> Overload:
        """What somebody is told who waited and is turned away."""
        return Overload(
            f"waited {now - place.came:.1f} s for a worker, and the {place.deadline - now:.1f} s "
            f"that are left are not enough"
        )

    def _hopeless(self, now: float) -> Iterator[Place]:
        """Who waits and would be late even if all took no more than they do at least."""
        ahead = self._unfinished(now, lambda cost: cost.least)
        for each in self._waiting.values():
            least = self._cost(each.kind).least
            if now + ahead / self.workers + least + RESERVE_SECONDS > each.deadline:
                yield each
            else:
                ahead += least

    def _wait(self, now: float, seconds: Callable[[Cost], float]) -> float:
        """The wait of somebody who came now, where completions take so many seconds."""
        if self._free() > len(self._waiting):
            return 0.0
        ahead = sum(number * seconds(self._cost(kind)) for kind, number in self._kinds.items())
        return (self._unfinished(now, seconds) + ahead) / self.workers

    def _unfinished(self, now: float, seconds: Callable[[Cost], float]) -> float:
        """The work that those who work have before them."""
        return sum(
            max(0.0, seconds(self._cost(each.kind)) - (now - each.started))
            for each in self._working.values()
            if each.started is not None
        )

    def _free(self) -> int:
        """Workers that nobody has."""
        return self.workers - self._taken(self._light)

    def _fits(self, light: bool) -> bool:
        """Whether there is room for one more."""
        return self._taken(self._light + 1) <= self.workers if light else self._free() > 0

    def _taken(self, light: int) -> int:
        """Workers for those who work, if so many of them were light."""
        return len(self._working) - self._light + (light + 1) // 2

    def _cost(self, kind: str) -> Cost:
        return self._costs.setdefault(kind, Cost())


def retry_seconds(wait: float) -> float:
    """After how many seconds somebody who was turned away may come again, given the wait then.

    Sooner than half a second it would only knock, and what half a minute brings, nobody knows.
    """
    return min(max(wait, 0.5), 30.0)
