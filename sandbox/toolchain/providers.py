"""Mirrors Terraform providers into the tools folder, with Terraform's own command.

``terraform providers mirror`` checks the registry's signature and checksums of what it downloads,
so the table carries none. What it packs is unpacked afterwards: a warm provider is started as a
program, and Terraform reads the unpacked layout as well.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import tempfile
import zipfile
from pathlib import Path

from sandbox.toolchain import mirror as mirrors
from sandbox.toolchain.fetch import (
    CONNECT_SECONDS,
    DownloadError,
    FetchOutcome,
    FetchReport,
    unpack,
)
from sandbox.toolchain.table import ProviderPin

MIRROR_SECONDS = 600.0
"""For one provider; the AWS one is a download of some 150 MB."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""This command of Terraform's has no ``-no-color``."""


async def mirror_provider(
    provider: ProviderPin, terraform: Path, folder: Path, *, cli_config: str = ""
) -> FetchReport:
    """Bring one provider into the mirror ``folder``; on failure the folder is as it was.

    Args:
        cli_config: more lines for Terraform's CLI configuration.
    """
    _make(folder)
    with tempfile.TemporaryDirectory(prefix=".mirror-", dir=folder.parent) as scratch:
        work = Path(scratch)
        (work / "main.tf.json").write_text(_configuration(provider), encoding="utf-8")
        config = work / "terraformrc"
        config.write_text(f"disable_checkpoint = true\n{cli_config}\n", encoding="utf-8")
        try:
            mirror = ("providers", "mirror", f"-platform={mirrors.platform_name()}", "mirror")
            code, said = await run_terraform(terraform, mirror, work, config)
        except TimeoutError:
            return FetchReport(
                provider.name, FetchOutcome.FAILED, "the mirror command took too long"
            )
        if code != 0:
            reason = reason_of(said)
            forged = "failed to authenticate" in reason.lower()
            return FetchReport(
                provider.name, FetchOutcome.REFUSED if forged else FetchOutcome.FAILED, reason
            )
        packed = [
            plugin
            for plugin in mirrors.plugins(work / "mirror")
            if plugin.source == provider.source and plugin.version == provider.version
        ]
        if not packed:
            return FetchReport(
                provider.name, FetchOutcome.FAILED, "not made for this kind of machine"
            )
        try:
            unpack_plugin(packed[0], folder)
        except DownloadError as error:
            return FetchReport(provider.name, error.outcome, str(error))
    return FetchReport(provider.name, FetchOutcome.FETCHED, provider.version)


async def reachable(host: str, port: int = 443) -> bool:
    """Whether a connection can be made at all, found out within the connect timeout."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


def _configuration(provider: ProviderPin) -> str:
    required = {provider.name: {"source": provider.source, "version": f"= {provider.version}"}}
    return json.dumps({"terraform": {"required_providers": required}})


async def run_terraform(
    terraform: Path, arguments: tuple[str, ...], work: Path, config: Path
) -> tuple[int, str]:
    """Run a command of Terraform's that fetches; its exit code and what it said.

    Raises:
        TimeoutError: it took longer than such a download may.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TF_") and name != "CHECKPOINT_DISABLE"
    }
    env |= {
        "TF_CLI_CONFIG_FILE": str(config),
        "TF_IN_AUTOMATION": "1",
        "TF_REGISTRY_DISCOVERY_RETRY": "1",
        "CHECKPOINT_DISABLE": "1",
    }
    process = await asyncio.create_subprocess_exec(
        terraform,
        *arguments,
        cwd=work,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(MIRROR_SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return process.returncode or 0, output.decode("utf-8", "replace")


def unpack_plugin(plugin: mirrors.Plugin, folder: Path) -> None:
    """Put the program of a packed provider into the mirror ``folder``, unpacked.

    Raises:
        DownloadError: REFUSED, the zip is damaged or not one provider.
    """
    try:
        with zipfile.ZipFile(plugin.path) as zipped:
            names = [name for name in zipped.namelist() if name.startswith("terraform-provider-")]
    except (zipfile.BadZipFile, OSError) as error:
        raise DownloadError(FetchOutcome.REFUSED, f"{plugin.path} is refused: {error}") from error
    if len(names) != 1:
        raise DownloadError(FetchOutcome.REFUSED, f"{plugin.path.name} does not hold one provider")
    target = folder / plugin.source / plugin.version / mirrors.platform_name() / names[0]
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the rename stays on one file system; not named like a provider.
    fresh = target.parent / f".{target.name}"
    try:
        unpack(plugin.path, names[0], fresh)
        fresh.chmod(0o755)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
        if not target.exists():
            shutil.rmtree(target.parent)


def reason_of(said: str) -> str:
    """The line of Terraform's error that names the cause, without its box drawing."""
    lines = [line.strip("│╷╵ \t") for line in _COLOUR.sub("", said).splitlines()]
    error = next((line for line in lines if line.startswith("Error:")), "")
    detail = lines[lines.index(error) + 1 :] if error else lines
    cause = " ".join(line for line in detail if line and not line.startswith("on "))
    return f"{error} {cause}".strip()[:300] or "terraform failed without a word"
