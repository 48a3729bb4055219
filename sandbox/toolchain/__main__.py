"""``python -m sandbox.toolchain setup | table | export …``: bring, print and copy the tools."""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from sandbox.errors import ToolchainError
from sandbox.toolchain.ansible import ANSIBLE
from sandbox.toolchain.crds import add
from sandbox.toolchain.discover import CRD_FOLDER, default_tools_dir, discover
from sandbox.toolchain.export import export_to
from sandbox.toolchain.fetch import DownloadError, FetchOutcome, FetchReport
from sandbox.toolchain.module_fetch import add_modules, mirror_module
from sandbox.toolchain.modules import MODULE_FOLDER, find_modules
from sandbox.toolchain.python_folder import PythonFolder
from sandbox.toolchain.python_libraries import PYTHON_LIBRARIES
from sandbox.toolchain.report import render, rows
from sandbox.toolchain.setup import plan_for, read_documentation, set_up
from sandbox.toolchain.table import MODULES, ModulePin

PIPE_WIDTH = 120
"""Columns of the table where there is no terminal to ask."""

_TOOLS = click.option(
    "--tools", type=click.Path(path_type=Path), help="The tools folder (default: .tools)."
)
_MIRROR = click.option(
    "--mirror",
    type=click.Path(path_type=Path),
    help="The folder that contains registry.terraform.io/ (default: ASSAY_TERRAFORM_MIRROR).",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The tools that completions are judged with."""


@main.command()
@_TOOLS
@_MIRROR
@click.option("--allow-unpinned", is_flag=True, help="Fetch releases whose checksum is unknown.")
def setup(tools: Path | None, mirror: Path | None, allow_unpinned: bool) -> None:
    """Fetch what is missing and print the table; exit 1 only for a wrong checksum."""
    console = Console(stderr=True, width=None if sys.stderr.isatty() else PIPE_WIDTH)
    plan = plan_for(tools, mirror, allow_unpinned=allow_unpinned)
    done = asyncio.run(set_up(plan, lambda words: console.print(words, markup=False)))
    render(rows(done.toolchain, done.reports), console)
    if done.refused:
        console.print("A download was not what the toolchain table says: see the table above.")
        sys.exit(1)


@main.command()
@_TOOLS
@_MIRROR
def table(tools: Path | None, mirror: Path | None) -> None:
    """Print what there is and which formats can be scored."""
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    render(rows(discover(tools, mirror)), console)


@main.command()
@_TOOLS
@_MIRROR
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(tools: Path | None, mirror: Path | None, folder: Path) -> None:
    """Copy the tools of this machine into FOLDER, for an image; exit 1 where one is not pinned."""
    try:
        for line in export_to(folder, discover(tools, mirror)):
            click.echo(line, err=True)
    except ToolchainError as error:
        click.echo(error, err=True)
        sys.exit(1)


@main.command()
@_TOOLS
@_MIRROR
def documentation(tools: Path | None, mirror: Path | None) -> None:
    """Read the AWS provider's documentation for datagen --teacher docs; exit 1 where it cannot."""
    folder = (tools or default_tools_dir()).absolute()
    found = discover(folder, mirror)
    say = partial(click.echo, err=True)
    report = asyncio.run(read_documentation(found, folder, say))
    if report.outcome is not FetchOutcome.FETCHED:
        sys.exit(1)


@main.command("python-libraries")
@_TOOLS
def install_libraries(tools: Path | None) -> None:
    """Install the libraries that Python answers are built with; exit 1 where pip cannot."""
    _install(PYTHON_LIBRARIES, tools)


@main.command("ansible")
@_TOOLS
def install_ansible(tools: Path | None) -> None:
    """Install what Ansible answers are judged with, as setup does; exit 1 where pip cannot."""
    _install(ANSIBLE, tools)


def _install(wanted: PythonFolder, tools: Path | None) -> None:
    folder = (tools or default_tools_dir()).absolute() / wanted.name
    tool, _ = wanted.find(folder)
    if tool.path is not None:
        click.echo(f"{wanted.name} {tool.version} is in {folder} already", err=True)
        return
    click.echo(f"installing {wanted.name}", err=True)
    try:
        asyncio.run(wanted.install(folder))
    except DownloadError as error:
        click.echo(error, err=True)
        sys.exit(1)


@main.command()
@_TOOLS
@click.argument("manifests", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def crds(tools: Path | None, manifests: tuple[Path, ...]) -> None:
    """Judge custom resources by these CRD manifests; exit 2 where one is none."""
    folder = (tools or default_tools_dir()) / CRD_FOLDER
    try:
        names = add(manifests, folder)
    except ToolchainError as error:
        click.echo(error, err=True)
        sys.exit(2)
    for name in names:
        click.echo(name)


@main.command("modules")
@_TOOLS
@click.option(
    "--from",
    "given",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Take them from a folder that holds NAMESPACE/NAME/PROVIDER/VERSION instead.",
)
def modules(tools: Path | None, given: Path | None) -> None:
    """Mirror the modules of Terraform's registry that are called most; exit 1 where none came."""
    folder = (tools or default_tools_dir()).absolute() / MODULE_FOLDER
    if given is not None:
        try:
            names = add_modules(given, folder)
        except ToolchainError as error:
            click.echo(error, err=True)
            sys.exit(2)
        for name in names:
            click.echo(name)
        return
    terraform = discover(tools).tools["terraform"].path
    if terraform is None:
        click.echo("terraform, which fetches them, is missing", err=True)
        sys.exit(1)
    present = find_modules(folder).modules
    missing = [pin for pin in MODULES if pin.version not in present.get(pin.source, {})]
    reports = asyncio.run(_mirror(missing, terraform, folder))
    if missing and all(report.outcome is not FetchOutcome.FETCHED for report in reports):
        sys.exit(1)


async def _mirror(pins: Sequence[ModulePin], terraform: Path, folder: Path) -> list[FetchReport]:
    reports = []
    for pin in pins:
        reports.append(await mirror_module(pin, terraform, folder))
        click.echo(
            f"{pin.source} {pin.version}: {reports[-1].outcome} {reports[-1].note}", err=True
        )
    return reports


if __name__ == "__main__":
    main()
