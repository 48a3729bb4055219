"""Finds the tools on this machine: our tools folder first, then PATH, then the wheels."""

import hashlib
import itertools
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.emulated.facts import FILE, Facts
from sandbox.standins import StandinProvider, standing_in
from sandbox.standins import digest as digest_of_standins
from sandbox.toolchain import mirror as mirrors
from sandbox.toolchain.ansible import ANSIBLE
from sandbox.toolchain.crds import EXTRACTOR, INDEX
from sandbox.toolchain.model import Source, Tool, Toolchain
from sandbox.toolchain.modules import MODULE_FOLDER, MODULES_TOOL, find_modules
from sandbox.toolchain.packages import find_library, find_program, scripts_folder
from sandbox.toolchain.probe import Prober, file_digest, is_native
from sandbox.toolchain.python_libraries import PYTHON_LIBRARIES
from sandbox.toolchain.table import (
    BINARIES,
    CRDS_MISSING,
    LIBRARIES,
    PROGRAMS,
    PROVIDERS,
    Binary,
    Library,
    StandIn,
)

CRD_FOLDER = "crds"
MIRROR_FOLDER = "terraform-mirror"
AWS_FACTS = "aws-facts"
"""What the emulator is seeded with: a table of this project, whose date is its version."""

NAMED_MIRROR = "named-mirror"
"""In the tools folder, a link to the mirror that set-up was told of: later commands need not be."""


def default_tools_dir() -> Path:
    """``ASSAY_TOOLS``, else ``.tools`` of the checkout, else the user's data folder."""
    named = os.environ.get("ASSAY_TOOLS", "")
    if named:
        return Path(named)
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / ".tools"
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if base else Path.home() / ".local/share") / "assay/tools"


def program_path(tools_dir: Path, entry: Binary) -> Path | None:
    """Where the pinned release of a program lies in the tools folder, fetched or not."""
    if entry.release is None:
        return None
    return tools_dir / entry.name / entry.release.version / PROGRAMS.get(entry.name, entry.name)


def discover(
    tools_dir: Path | None = None,
    mirror: Path | None = None,
    *,
    search_path: str | None = None,
    prober: Prober | None = None,
    binaries: tuple[Binary, ...] = BINARIES,
) -> Toolchain:
    """Find every tool of the table.

    Args:
        tools_dir: the folder of fetched tools (default: :func:`default_tools_dir`).
        mirror: the folder that contains ``registry.terraform.io/`` (default:
            ``ASSAY_TERRAFORM_MIRROR``, then the one that set-up was told of); Terraform's
            implicit mirror folders and the tools folder's own follow it.
        search_path: what is searched instead of ``PATH``.
        prober: remembers versions and digests; the user's cache by default.
        binaries: the programs that are looked for.
    """
    tools_dir = (tools_dir or default_tools_dir()).absolute()
    prober = prober or Prober()
    path = os.environ.get("PATH", "") if search_path is None else search_path
    tools: dict[str, Tool] = {}
    content: dict[str, str] = {}
    for entry in binaries:
        tools[entry.name], content[entry.name] = _find_binary(entry, tools_dir, path, prober)
    for library in LIBRARIES:
        tools[library.name], content[library.name] = _find_library(library)
    for folder in (PYTHON_LIBRARIES, ANSIBLE):
        tools[folder.name], content[folder.name] = folder.find(tools_dir / folder.name)
    tools[AWS_FACTS], content[AWS_FACTS] = _find_facts()
    modules = find_modules(tools_dir / MODULE_FOLDER)
    tools[MODULES_TOOL], content[MODULES_TOOL] = modules.tool, modules.digest
    crds = tools_dir / CRD_FOLDER
    tools["crd-schemas"], content["crd-schemas"] = _find_crds(crds)
    prober.save()

    folders = _mirror_folders(mirror, tools_dir)
    every = tuple(itertools.chain.from_iterable(map(mirrors.plugins, folders)))
    found = mirrors.newest(every)
    programs = {source: plugin.path for source, plugin in found.items() if not plugin.packed}
    standins = standing_in((entry.source for entry in PROVIDERS), programs)
    return Toolchain(
        tools=tools,
        digest=_digest(tools, content, every, standins),
        terraform_mirror=folders[0] if folders else None,
        terraform_mirrors=folders,
        providers=programs,
        provider_versions={source: plugin.version for source, plugin in found.items()},
        provider_choices=mirrors.choices(every),
        standins=standins,
        terraform_modules=modules.modules,
        crd_schemas=crds if tools["crd-schemas"].path is not None else None,
    )


def _find_binary(
    entry: Binary, tools_dir: Path, search_path: str, prober: Prober
) -> tuple[Tool, str]:
    own = StandIn("", entry.version_argv, entry.version_pattern)
    candidates: list[tuple[Source, Path, str, StandIn]] = []
    fetched = program_path(tools_dir, entry)
    if fetched is not None:
        candidates.append((Source.FETCHED, fetched, "", own))
    name = PROGRAMS.get(entry.name, entry.name)
    candidates += [(Source.PATH, path, "", own) for path in _on_path(name, search_path)]
    wheel = find_program(entry.distribution, entry.wheel_file) if entry.distribution else None
    if wheel is not None:
        candidates.append((Source.PACKAGE, wheel[0], entry.wheel_note, own))
    if (other := entry.stand_in) is not None:
        note = f"{other.program} in its place"
        found = _on_path(other.program, search_path)
        candidates += [(Source.PATH, path, note, other) for path in found]
    faults: list[str] = []
    for source, path, note, asked in candidates:
        if not path.is_file():
            continue
        if not is_native(path):
            faults.append(f"{path} is a script, not a program that runs alone")
            continue
        probed = prober(path, asked.version_argv, asked.version_pattern)
        if probed.fault:
            faults.append(f"{path} {probed.fault}")
            continue
        if entry.launcher and re.fullmatch(entry.launcher, probed.version):
            faults.append(f"{path} ({probed.version}) only starts another program")
            continue
        return Tool(entry.name, probed.version, source, path, note, asked.program), probed.sha256
    return Tool(entry.name, "", Source.MISSING, None, "; ".join([*faults, entry.missing])), ""


def _on_path(name: str, search_path: str) -> Iterable[Path]:
    """All of that name on PATH; this environment's own scripts are the wheel's business."""
    ours = scripts_folder()
    for folder in search_path.split(os.pathsep):
        if folder and Path(folder).resolve() != ours:
            path = Path(folder).absolute() / name
            if path.is_file():
                yield path


def _find_library(entry: Library) -> tuple[Tool, str]:
    found = find_library(entry.distribution, entry.data)
    if found is None:
        return Tool(entry.name, "", Source.MISSING, None, entry.missing), ""
    note = entry.distribution if entry.distribution != entry.name else ""
    return Tool(entry.name, found.version, Source.PACKAGE, found.path, note), found.digest


def _find_facts() -> tuple[Tool, str]:
    facts = Facts.read()
    version = facts.date.isoformat()
    return Tool(AWS_FACTS, version, Source.PACKAGE, FILE, facts.summary), file_digest(FILE)


def _find_crds(folder: Path) -> tuple[Tool, str]:
    index = folder / INDEX
    try:
        stored = json.loads(index.read_text(encoding="utf-8"))
        packages, count, extractor = stored["packages"], len(stored["schemas"]), stored["extractor"]
        note = f"{count} kinds, {', '.join(packages)}" if packages else f"{count} kinds"
        digest = file_digest(index)
    except (OSError, ValueError, KeyError, TypeError):
        return Tool("crd-schemas", "", Source.MISSING, None, CRDS_MISSING), ""
    if extractor != EXTRACTOR:
        why = f"made by an older version; {CRDS_MISSING}"
        return Tool("crd-schemas", "", Source.MISSING, None, why), ""
    return Tool("crd-schemas", digest[:8], Source.FETCHED, folder, note), digest


def named_mirror(mirror: Path | None) -> Path | None:
    """The mirror that somebody names: the argument, else ``ASSAY_TERRAFORM_MIRROR``."""
    named = os.environ.get("ASSAY_TERRAFORM_MIRROR", "")
    return mirror if mirror is not None else Path(named) if named else None


def _mirror_folders(mirror: Path | None, tools_dir: Path) -> tuple[Path, ...]:
    folders = [
        named_mirror(mirror) or tools_dir / NAMED_MIRROR,
        *mirrors.implicit_mirrors(os.environ, Path.home()),
        tools_dir / MIRROR_FOLDER,
    ]
    absolute = dict.fromkeys(folder.absolute() for folder in folders)
    return tuple(folder for folder in absolute if mirrors.has_providers(folder))


def _digest(
    tools: Mapping[str, Tool],
    content: Mapping[str, str],
    found: Iterable[mirrors.Plugin],
    standins: Mapping[str, StandinProvider],
) -> str:
    """Names, versions and contents; no paths, so two machines with the same tools agree.

    A provider counts with version and size: hashing the 700 MB of AWS takes longer than all the
    rest, and Terraform has checked the registry's signature when it was installed. A stand-in
    counts with what it answers with.
    """
    lines = [f"{name} {tool.version} {content[name]}" for name, tool in sorted(tools.items())]
    lines += sorted(
        {
            f"{plugin.source} {plugin.version} {plugin.path.stat().st_size}"
            for plugin in found
            if not plugin.packed
        }
    )
    if standins:
        answers = digest_of_standins()
        lines += [
            f"{source} {standin.version} stand-in {answers}"
            for source, standin in sorted(standins.items())
        ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
