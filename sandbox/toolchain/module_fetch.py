"""Mirrors modules of Terraform's registry into the tools folder, with Terraform's own ``get``.

What a module calls of the registry comes with it. Where the registry is not reached, its repository
is asked for the version's tag; and a folder of the mirror's layout can be added by hand, so a
module of one's own can.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sandbox.errors import ToolchainError
from sandbox.toolchain.fetch import FetchOutcome, FetchReport
from sandbox.toolchain.modules import MODULE_INDEX
from sandbox.toolchain.providers import reachable, reason_of, run_terraform
from sandbox.toolchain.table import MODULE_REGISTRY, ModulePin

_FETCHED = "fetched"
_LAYOUT = "NAMESPACE/NAME/PROVIDER/VERSION"


async def mirror_module(
    pin: ModulePin, terraform: Path, folder: Path, *, cli_config: str = ""
) -> FetchReport:
    """Bring one module, and what it calls of the registry; on failure the folder is as it was.

    Args:
        cli_config: more lines for Terraform's CLI configuration (a registry of one's own).
    """
    _make(folder)
    ways = [
        (MODULE_REGISTRY, {"source": f"{MODULE_REGISTRY}/{pin.source}", "version": pin.version}),
        (pin.host_of_repository, {"source": f"git::{pin.repository}?ref=v{pin.version}"}),
    ]
    report = FetchReport(pin.source, FetchOutcome.UNREACHABLE, "nothing was tried")
    for host, call in ways:
        if not cli_config and not await reachable(host):
            report = FetchReport(pin.source, FetchOutcome.UNREACHABLE, f"{host} is not reached")
            continue
        with tempfile.TemporaryDirectory(prefix=".module-", dir=folder) as scratch:
            work = Path(scratch)
            main = json.dumps({"module": {_FETCHED: call}})
            (work / "main.tf.json").write_text(main, encoding="utf-8")
            config = work / "terraformrc"
            config.write_text(f"disable_checkpoint = true\n{cli_config}\n", encoding="utf-8")
            try:
                code, said = await run_terraform(terraform, ("get",), work, config)
            except TimeoutError:
                report = FetchReport(pin.source, FetchOutcome.FAILED, "it took too long")
                continue
            if code == 0:
                for package, version, fetched in _installed(work, pin):
                    _keep(fetched, folder / package / version)
                _write_index(folder)
                return FetchReport(pin.source, FetchOutcome.FETCHED, pin.version)
            report = FetchReport(pin.source, FetchOutcome.FAILED, reason_of(said))
    return report


def add_modules(given: Path, folder: Path) -> list[str]:
    """Put modules of a folder of one's own into the mirror; their names and versions.

    Raises:
        ToolchainError: there is none in it.
    """
    found = [place for place in sorted(given.glob("*/*/*/*")) if _is_module(place)]
    if not found:
        raise ToolchainError(f"{given} holds no module: there is no {_LAYOUT}/*.tf in it")
    folder.mkdir(parents=True, exist_ok=True)
    for place in found:
        _keep(place, folder / place.relative_to(given))
    _write_index(folder)
    return [f"{place.relative_to(given).parent} {place.name}" for place in found]


def _installed(work: Path, pin: ModulePin) -> Iterator[tuple[str, str, Path]]:
    """What ``get`` has installed from a registry: package, version, and where it lies."""
    installed = work / ".terraform/modules"
    manifest = json.loads((installed / "modules.json").read_text(encoding="utf-8"))
    for record in manifest["Modules"]:
        if record["Key"] == _FETCHED:
            yield pin.source, pin.version, installed / _FETCHED
        elif record.get("Version"):
            package = record["Source"].partition("//")[0].partition("/")[2]
            yield package, record["Version"], installed / record["Key"]


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


def _is_module(place: Path) -> bool:
    return any(place.glob("*.tf")) or any(place.glob("*.tf.json"))


def _keep(source: Path, target: Path) -> None:
    """Copy a package to its place, whole or not at all; links to elsewhere are left out."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".module-", dir=target.parent) as scratch:
        fresh = Path(scratch) / "package"
        shutil.copytree(source, fresh, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        for path in fresh.rglob("*"):
            if path.is_symlink():
                path.unlink()
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)


def _write_index(folder: Path) -> None:
    index: dict[str, dict[str, str]] = {}
    for place in sorted(folder.glob("*/*/*/*")):
        if _is_module(place) and not any(part.startswith(".") for part in place.parts[-4:]):
            name = place.relative_to(folder).parent.as_posix()
            index.setdefault(name, {})[place.name] = _digest(place)
    text = json.dumps(index, indent=1, sort_keys=True)
    fresh = folder / f".{MODULE_INDEX}"
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(folder / MODULE_INDEX)


def _digest(place: Path) -> str:
    """Over the names and contents of a package's files."""
    digest = hashlib.sha256()
    for path in sorted(place.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(place).as_posix()}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
