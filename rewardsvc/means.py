"""What a task's means, an answer and a server come to: whose choice it is that something lacks.

A task's ``means`` name what its server must have. Verifiers report what an answer leans on and is
not here (:class:`Lack`), as data; whether that leaves a verdict UNSCORED is decided here alone:

- a server that lacks what the means name answers UNSCORED, whatever the completion;
- on a task with means, an answer that leans on more than is here is beyond them: SCORED, capped;
- on a task without means it is UNSCORED and ``chosen``: the answer's choice, counted apart.

A file that does not parse, or makes nothing, is SCORED whatever it asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.errors import InvalidRequest
from rewardsvc.types import (
    Component,
    Diagnostic,
    FailureKind,
    Fault,
    Means,
    Stage,
    StageStatus,
)
from sandbox.hcl.addresses import BUILTIN, REGISTRIES, canonical_source, registry_address
from sandbox.hcl.constraints import satisfies
from sandbox.lack import Lack, LackKind
from sandbox.toolchain import Source, Toolchain

__all__ = [
    "CODE",
    "LIBRARIES",
    "Inventory",
    "Lack",
    "LackKind",
    "beyond",
    "chosen_fault",
    "fault_of_server",
    "readable",
    "unmet",
]

CODE = "means"
"""Of the diagnostics of an answer that is beyond its means, and the name of their stage."""

LIBRARIES = frozenset({"boto3", "botocore", "kfp", "mlflow", "ray", "sagemaker"})
"""What ``make python-libraries`` brings; without it nobody can tell."""

_FAULTS: Mapping[LackKind, tuple[FailureKind, str]] = {
    LackKind.PROVIDER: (
        FailureKind.PROVIDER_MISSING,
        "{}, not installed here; see docs/toolchain.md",
    ),
    LackKind.VERSION: (
        FailureKind.PROVIDER_MISSING,
        "{}, not installed here; see docs/toolchain.md",
    ),
    LackKind.CRD: (
        FailureKind.TOOL_MISSING,
        "{}, not installed here; run `make setup`, or put it into the toolchain's folder of custom "
        "resource schemas",
    ),
    LackKind.LIBRARY: (
        FailureKind.TOOL_MISSING,
        "{}, not installed here; run `make python-libraries`",
    ),
    LackKind.COLLECTION: (
        FailureKind.TOOL_MISSING,
        "{}, not installed here: only the modules of ansible-core are",
    ),
    LackKind.MODULE: (FailureKind.TOOL_MISSING, "what is not fetched: {}"),
    LackKind.CRASH: (FailureKind.TOOL_CRASHED, "{}"),
    LackKind.FACT: (FailureKind.EMULATOR_FAILED, "what no emulator here knows: {}"),
}
"""The failure kind, and what is needed with how to get it, of what lacks first."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a server has of what means can name."""

    toolchain: Toolchain

    def versions(self, provider: str) -> tuple[str, ...] | None:
        """The versions of a provider that are here, None where there is none.

        One that a program of ours stands in for counts: the same rewards come out.
        """
        source = canonical_source(provider)
        host, _, name = source.partition("/")
        hosts = REGISTRIES if host in REGISTRIES else (host,)
        found: tuple[str, ...] = ()
        for source in (f"{host}/{name}" for host in hosts):
            version = self.toolchain.version_of(source)
            several = self.toolchain.provider_choices.get(source, ())
            found += several or ((version,) if version is not None else ())
        return found or (() if source == BUILTIN else None)

    def has_crd(self, name: str) -> bool:
        """Whether there is a schema of ``group/version/Kind``."""
        group, _, rest = name.partition("/")
        version, _, kind = rest.partition("/")
        folder = self.toolchain.crd_schemas
        return folder is not None and (folder / f"{kind.lower()}_{group}_{version}.json").is_file()

    @property
    def libraries(self) -> list[str]:
        """Those of :data:`LIBRARIES` that are here."""
        return sorted(filter(self.has_library, LIBRARIES))

    def has_library(self, name: str) -> bool:
        """Whether there is a module of that name among what Python answers are built with."""
        tool = self.toolchain.tools.get("python-libraries")
        if tool is None or tool.source is Source.MISSING or tool.path is None:
            return False
        place = tool.path.joinpath(*name.split("."))
        return place.is_dir() or place.with_suffix(".py").is_file()

    def has_module(self, source: str) -> bool:
        """Whether the mirror has a module of Terraform's registry, in any version."""
        address = registry_address(source)
        return address is not None and address.package in self.toolchain.terraform_modules


def readable(means: Means | None) -> None:
    """Refuse means that name what no server can be looked through for.

    Raises:
        InvalidRequest: a version that is none, a kind without group and version, no module's name.
    """
    if means is None:
        return
    for name, versions in means.providers.items():
        field = f"task.means.providers.{name}"
        if not name or len(name.split("/")) > 3:
            raise InvalidRequest(field, 'a provider is "aws", or its address')
        for version in versions:
            if satisfies("0", version) is None:
                raise InvalidRequest(field, f"{version!r} is no version of a provider")
    for index, name in enumerate(means.crds):
        if len(name.split("/")) != 3 or not all(name.split("/")):
            raise InvalidRequest(f"task.means.crds[{index}]", "a kind is group/version/Kind")
    for index, name in enumerate(means.libraries):
        if not all(part.isidentifier() for part in name.split(".")):
            field = f"task.means.libraries[{index}]"
            raise InvalidRequest(field, "a library is named as it is imported")


def unmet(means: Means, inventory: Inventory) -> tuple[Lack, ...]:
    """What the means name and the server does not have."""
    lacks = []
    for name, wanted in means.providers.items():
        here = inventory.versions(name)
        if here is None:
            lacks.append(Lack(LackKind.PROVIDER, name))
            continue
        lacks += [
            Lack(LackKind.VERSION, name, version, ", ".join(here))
            for version in wanted
            if not any(satisfies(each, version) for each in here)
        ]
    lacks += [Lack(LackKind.CRD, name) for name in means.crds if not inventory.has_crd(name)]
    lacks += [
        Lack(LackKind.LIBRARY, name) for name in means.libraries if not inventory.has_library(name)
    ]
    lacks += [
        Lack(LackKind.MODULE, name) for name in means.modules if not inventory.has_module(name)
    ]
    return tuple(lacks)


def fault_of_server(means: Means | None, inventory: Inventory) -> Fault | None:
    """Why this server cannot score a task at all, None where it can."""
    lacks = unmet(means, inventory) if means is not None else ()
    return _fault("the task needs", lacks) if lacks else None


def chosen_fault(means: Means | None, lacks: Sequence[Lack]) -> Fault | None:
    """Why a task without means leaves an answer UNSCORED, None where that is scored."""
    telling = [lack for lack in lacks if not lack.overlooked]
    return _fault("the answer needs", telling) if means is None and telling else None


def beyond(means: Means | None, lacks: Sequence[Lack]) -> Stage | None:
    """The stage of an answer that leans on more than its task's means, None of any other."""
    if means is None or not lacks:
        return None
    found = tuple(
        Diagnostic("error", f"neither named by the task nor installed here: {lack.words}", CODE)
        for lack in dict.fromkeys(lacks)
    )
    return Stage(CODE, Component.CORRECTNESS, StageStatus.FAILED, 0.0, diagnostics=found)


def _fault(who: str, lacks: Sequence[Lack]) -> Fault:
    kind, needed = _FAULTS[lacks[0].kind]
    words = ", ".join(dict.fromkeys(lack.words for lack in lacks))
    return Fault(kind, f"{who} {needed.format(words)}")
