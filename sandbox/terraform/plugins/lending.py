"""Which provider is lent to whom, and which is started, replaced or stopped: a pure state machine.

It is fed with what happens (somebody asks, gives back or goes; a provider arrives, does not start,
dies or grows; time passes) and gives what is to be done about it. It has no task, no process and no
clock of its own; :mod:`sandbox.terraform.plugins.pool` does what it says and tells what came of it.

The policy. Any number of runs share a provider for what needs no configuration (schema,
validation). To configure one, a run leases it: all connections to a provider process share its
configuration, so two plans with different ones would mix. Leases are granted in the order in which
they were asked for; of several idle providers the one that is configured as wanted goes first, for
it need not be configured again. Who asks for a certain provider (to inspect it) has it before
others, as soon as it is idle.

``size`` providers are kept running. A run with several provider blocks holds several leases at
once, and rather than let it wait while it holds some, the pool grows up to ``limit``; what was
added goes when nobody used it for a while. A provider that served long, is old or large (a leak in
long-lived reattached providers is known) is worn: a successor is started, and it serves on until
``size`` others are running, and goes when it is idle then. One that died or is not to be trusted is
replaced at once. Whoever shares a provider that goes may ask it to the end of the run, unless it
died.
"""

from dataclasses import dataclass, field
from typing import Generic

from sandbox.terraform.plugins.loans import (
    Action,
    Deny,
    Grant,
    LeaseRequest,
    P,
    Request,
    ShareRequest,
    SpecificLeaseRequest,
    Start,
    Stop,
    StopReason,
)
from sandbox.terraform.plugins.policy import LendingPolicy


@dataclass(slots=True, eq=False)
class _Member(Generic[P]):
    provider: P
    started: float
    used: float
    """When it was started, and last given back."""
    leases: int = 0
    settings: bytes | None = None
    """What it is configured with."""
    leased: bool = False
    sharers: int = 0
    worn: bool = False
    reason: StopReason | None = None
    """Why it goes, once it is on its way."""

    def distance(self, settings: bytes) -> int:
        """0 configured as wanted, 1 not configured, 2 configured differently."""
        if self.settings == settings:
            return 0
        return 1 if self.settings is None else 2


@dataclass(slots=True)
class Lending(Generic[P]):
    """The state: who runs, who starts, who has what and who waits.

    A method is an event; it gives the actions to do, in their order. Times are on any one clock.
    """

    policy: LendingPolicy
    _members: dict[P, _Member[P]] = field(default_factory=dict)
    _leaving: dict[P, _Member[P]] = field(default_factory=dict)
    """No longer lent, and shared still."""
    _starts: dict[int, LeaseRequest | None] = field(default_factory=dict)
    """By number; for whom, where the pool grows for one."""
    _begun: int = 0
    _sharing: dict[ShareRequest, None] = field(default_factory=dict)
    _leasing: dict[LeaseRequest, bool] = field(default_factory=dict)
    """Who waits, in order, and whether the pool grew for it."""
    _specific: dict[P, SpecificLeaseRequest[P]] = field(default_factory=dict)
    _closed: bool = False

    @property
    def providers(self) -> tuple[P, ...]:
        """All that may be lent, idle or not."""
        return tuple(self._members)

    def open(self) -> list[Action[P]]:
        """The pool opens."""
        return self._fill()

    def ask(self, request: Request[P]) -> list[Action[P]]:
        """Somebody asks; a grant or a denial follows, now or later, unless it goes before."""
        if self._closed:
            return [Deny(request, StopReason.CLOSED)]
        match request:
            case ShareRequest():
                self._sharing[request] = None
            case LeaseRequest():
                self._leasing[request] = False
            case SpecificLeaseRequest(provider):
                if provider not in self._members or provider in self._specific:
                    return [Deny(request, "it is gone, or another one waits for it")]
                self._specific[provider] = request
        return self._settle()

    def cancel(self, request: Request[P], granted: P | None = None) -> list[Action[P]]:
        """Who asked is gone. ``granted``: what it was given in that moment, and did not use."""
        match request:
            case ShareRequest():
                self._sharing.pop(request, None)
                return [] if granted is None else self.leave(granted)
            case LeaseRequest():
                self._leasing.pop(request, None)
            case SpecificLeaseRequest(provider):
                if self._specific.get(provider) is request:
                    del self._specific[provider]
        if granted is not None and (member := self._members.get(granted)):
            member.leased = False
        return self._settle()

    def give_back(self, provider: P, settings: bytes | None, now: float) -> list[Action[P]]:
        """A lease ends; the provider is configured with ``settings``, None where with nothing."""
        member = self._members.get(provider)
        if member is None:
            return []
        member.leased = False
        member.leases += 1
        member.used = now
        member.settings = settings
        self._wear(member, now)
        return [*self._settle(), *(self._fill() if member.worn else ())]

    def leave(self, provider: P) -> list[Action[P]]:
        """One less shares this provider."""
        member = self._members.get(provider) or self._leaving.get(provider)
        if member is None:
            return []
        member.sharers -= 1
        if member.sharers or member.reason is None:
            return []
        del self._leaving[provider]
        return [Stop(provider, member.reason, member.leases)]

    def arrived(self, number: int, provider: P, now: float) -> list[Action[P]]:
        """A start came to its end: the provider runs."""
        del self._starts[number]
        if self._closed:
            return [Stop(provider, StopReason.CLOSED)]
        self._members[provider] = _Member(provider, started=now, used=now)
        return self._settle()

    def failed(self, number: int, reason: str) -> list[Action[P]]:
        """A start came to nothing. It is not tried again before something else happens."""
        request = self._starts.pop(number)
        hopeless: list[Request[P]] = []
        if not self._members and not self._starts:  # who waits would wait for ever
            hopeless += [*self._sharing, *self._leasing]
        elif request in self._leasing:  # it may wait for what it holds itself
            hopeless.append(request)
        return [*self._deny(hopeless, reason), *self._settle()]

    def died(self, provider: P) -> list[Action[P]]:
        """A provider is dead, or does not answer."""
        return self._lose(provider, StopReason.DIED, at_once=True)

    def discard(self, provider: P, *, at_once: bool = False) -> list[Action[P]]:
        """A provider is not to be trusted; ``at_once``: nor may those who share it ask it."""
        return self._lose(provider, StopReason.DISTRUSTED, at_once=at_once)

    def measured(self, provider: P, memory_bytes: int) -> list[Action[P]]:
        """A provider holds so much memory."""
        member = self._members.get(provider)
        if member is None or memory_bytes < self.policy.memory_bytes:
            return []
        member.worn = True
        return [*self._settle(), *self._fill()]

    def tend(self, now: float) -> list[Action[P]]:
        """Time has passed: what is old or unused goes, what is missing is started."""
        actions: list[Action[P]] = []
        for member in self._idle():
            self._wear(member, now)
            unused = now - member.used > self.policy.idle_seconds
            if unused and not member.worn and self._staying() > self.policy.size:
                actions += self._remove(member, StopReason.UNUSED)
        return [*actions, *self._settle(), *self._fill()]

    def close(self) -> list[Action[P]]:
        """The pool closes: nobody gets anything any more, and everything stops."""
        self._closed = True
        waiting: list[Request[P]] = [*self._sharing, *self._leasing, *self._specific.values()]
        actions = self._deny(waiting, StopReason.CLOSED)
        for member in (*self._members.values(), *self._leaving.values()):
            actions.append(Stop(member.provider, StopReason.CLOSED, member.leases))
        self._members.clear()
        self._leaving.clear()
        return actions

    def _settle(self) -> list[Action[P]]:
        """What follows from how things are now: who goes, who gets what, who has to be started."""
        actions: list[Action[P]] = []
        for member in self._idle():
            if member.worn and len(self._members) > self.policy.size:
                actions += self._remove(member, StopReason.WORN)
                actions += self._fill()  # there is room for the successor of the next one
        for provider, request in list(self._specific.items()):
            if not self._members[provider].leased:
                del self._specific[provider]
                actions.append(self._lease(request, self._members[provider]))
        for waiting in list(self._leasing):
            if not (idle := self._idle()):
                break
            del self._leasing[waiting]
            best = min(idle, key=lambda member: member.distance(waiting.settings))
            actions.append(self._lease(waiting, best))
        if self._members:
            actions += [self._share(request) for request in self._sharing]
            self._sharing.clear()
        for waiting, grown in self._leasing.items():
            if waiting.several and not grown and self._running() < self.policy.limit:
                self._leasing[waiting] = True
                actions.append(self._begin(waiting))
        if (self._leasing or self._sharing) and not self._running():
            actions.append(self._begin())
        return actions

    def _lease(
        self, request: LeaseRequest | SpecificLeaseRequest[P], member: _Member[P]
    ) -> Action[P]:
        member.leased = True
        return Grant(request, member.provider)

    def _share(self, request: ShareRequest) -> Action[P]:
        # Idle ones first: one that plans has less time for questions.
        member = min(self._members.values(), key=lambda each: (each.leased, each.sharers))
        member.sharers += 1
        return Grant(request, member.provider)

    def _deny(self, requests: list[Request[P]], reason: str) -> list[Action[P]]:
        for request in requests:
            match request:
                case ShareRequest():
                    del self._sharing[request]
                case LeaseRequest():
                    del self._leasing[request]
                case SpecificLeaseRequest(provider):
                    del self._specific[provider]
        return [Deny(request, reason) for request in requests]

    def _wear(self, member: _Member[P], now: float) -> None:
        """See whether it served enough, or long enough."""
        age = now - member.started
        if member.leases >= self.policy.leases or age >= self.policy.age_seconds:
            member.worn = True

    def _lose(self, provider: P, reason: StopReason, *, at_once: bool) -> list[Action[P]]:
        member = self._members.get(provider)
        if member is None:
            return []
        actions = self._remove(member, reason, at_once=at_once)
        return [*actions, *self._settle(), *self._fill()]

    def _remove(
        self, member: _Member[P], reason: StopReason, *, at_once: bool = False
    ) -> list[Action[P]]:
        """It is lent no more, and stops, at once or with the last one that shares it."""
        provider = member.provider
        del self._members[provider]
        actions: list[Action[P]] = []
        if request := self._specific.get(provider):
            actions += self._deny([request], reason)
        if member.sharers and not at_once:
            member.reason = reason
            self._leaving[provider] = member
        else:
            actions.append(Stop(provider, reason, member.leases))
        return actions

    def _fill(self) -> list[Action[P]]:
        """Start what is missing for ``size`` that stay, as far as there is room."""
        if self._closed:
            return []
        missing = self.policy.size - self._staying() - len(self._starts)
        return [self._begin() for _ in range(min(missing, self.policy.cap - self._running()))]

    def _begin(self, request: LeaseRequest | None = None) -> Action[P]:
        self._begun += 1
        self._starts[self._begun] = request
        return Start(self._begun)

    def _idle(self) -> list[_Member[P]]:
        return [member for member in self._members.values() if not member.leased]

    def _staying(self) -> int:
        """How many run that are not worn."""
        return sum(not member.worn for member in self._members.values())

    def _running(self) -> int:
        return len(self._members) + len(self._starts)
