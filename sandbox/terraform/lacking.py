"""What a configuration leans on that is not here: providers, versions, modules, facts. Pure.

Terraform says it in many ways: a data source finds nothing in an account that is empty, a call is
not known to the emulator, an argument is one of another version. Whether that is why a
configuration fails, or it is wrong by itself, is decided here; whose choice it was is not.
"""

import re
from collections.abc import Iterator, Sequence

from sandbox.hcl.addresses import is_known_module
from sandbox.lack import Lack, LackKind
from sandbox.terraform import output
from sandbox.terraform.base import Phase, Problem
from sandbox.terraform.plugins.providers import row
from sandbox.terraform.prepare import PreparedConfiguration

REMOTE_MODULES = "Remote modules are not fetched"
"""The summary of the problem that a call of a module comes to which is not here."""

REMOTE_STATES = "Remote states are not read"
"""The summary of the problem that a state which lies elsewhere comes to."""

_OF_VERSION = re.compile(
    r"Unsupported (?:argument|attribute|block type)|Invalid (?:resource type|data source)"
    r"|Invalid combination of arguments|Conflicting configuration arguments"
    r"|Missing required argument|(?:Insufficient|Too many) \S+ blocks|expected \S+ to "
)
"""Summaries of what the schema of another version may well take."""

_NOT_THERE = "Cannot import non-existent remote object"
"""What Terraform says of an ``import`` block: the object lies in its author's account."""

_DATA = re.compile(r"(?:^|\.)data\.")

_UNKNOWN = re.compile(
    # The account is empty.
    r"couldn't find resource|no matching|found matching|returned no results|empty result"
    r"|NotFound|NoSuch|DoesNotExist|does not exist|StatusCode: 404"
    # The emulator knows another form of the call.
    r"|UnknownOperation|InvalidAction\b|UnsupportedOperation|deserializ"
    # What lies outside of the emulator.
    r"|no such host|dial tcp|network is unreachable"
)
"""What a data source says that was not told of the real cloud's facts."""


def without_providers(prepared: PreparedConfiguration, *, telling: bool) -> tuple[Lack, ...]:
    """The providers that are not here; ``telling``: nothing else is wrong with the configuration.

    One that nobody knows is a mistake of the configuration's.
    """
    known = frozenset(prepared.missing)
    return tuple(
        Lack(LackKind.PROVIDER, source, overlooked=not telling or source not in known)
        for source in prepared.absent
    )


def lacks_of(
    prepared: PreparedConfiguration, validate: Phase | None, plan: Phase | None
) -> tuple[Lack, ...]:
    """What a configuration whose providers are here leans on and is not."""
    return (
        *_versions(prepared, validate),
        *_elsewhere(prepared, validate, plan),
        *_facts(prepared, plan),
    )


def _versions(prepared: PreparedConfiguration, validate: Phase | None) -> Iterator[Lack]:
    errors = _errors(validate)
    telling = bool(errors) and all(_OF_VERSION.match(error.summary) for error in errors)
    for pin in prepared.unmet:
        kind = LackKind.MODULE if pin.module else LackKind.VERSION
        yield Lack(kind, pin.name, pin.wanted, pin.here, overlooked=not telling)


def _elsewhere(
    prepared: PreparedConfiguration, validate: Phase | None, plan: Phase | None
) -> Iterator[Lack]:
    known = {
        (module.path, module.line)
        for module in prepared.needs.remote
        if is_known_module(module.source)
    }
    errors = _errors(validate)
    telling = bool(errors) and all(
        error.summary == REMOTE_MODULES and (error.file, error.line) in known for error in errors
    )
    for module in prepared.needs.remote:
        ours = (module.path, module.line) in known
        yield Lack(LackKind.MODULE, module.source, overlooked=not (ours and telling))
    if any(error.summary == REMOTE_STATES for error in _errors(plan)):
        yield Lack(LackKind.MODULE, "the state of another configuration", overlooked=True)


def _facts(prepared: PreparedConfiguration, plan: Phase | None) -> Iterator[Lack]:
    errors = _errors(plan)
    unknown = [error for error in errors if _is_fact(prepared, error)]
    # Beside what is wrong by itself it excuses nothing.
    overlooked = len(unknown) < len(errors)
    for error in unknown:
        said = f"{error.summary}: {error.detail}" if error.detail else error.summary
        yield Lack(LackKind.FACT, error.address or "the plan", said, overlooked=overlooked)


def _is_fact(prepared: PreparedConfiguration, error: Problem) -> bool:
    said = f"{error.summary}: {error.detail}"
    if output.words_of_the_author(error):
        return False
    if output.emulator_gap([error]) or _beyond_emulators(prepared, said):
        return True
    if error.summary == _NOT_THERE:
        return True
    return bool(_DATA.search(error.address) and _UNKNOWN.search(said))


def _beyond_emulators(prepared: PreparedConfiguration, said: str) -> bool:
    """Whether a provider called what nothing here stands in for."""
    rows = map(row, prepared.needs.providers)
    return any(
        entry is not None and entry.gap and not entry.emulated and re.search(entry.gap, said)
        for entry in rows
    )


def _errors(phase: Phase | None) -> Sequence[Problem]:
    if phase is None or phase.passed:
        return ()
    return [problem for problem in phase.problems if problem.severity == "error"]
