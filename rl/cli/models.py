"""``rl models``: versions of models, and which one is in use."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rl.cli.options import reported

if TYPE_CHECKING:
    from rl.delivery.registry import ModelRegistry, ModelVersion

registry_option = click.option(
    "--registry",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("models"),
    show_default=True,
    help="The folder of the registry.",
)


@click.group(
    short_help="List, promote and roll back versions of models.",
    epilog="For example: rl models promote qwen 3",
)
def models() -> None:
    """Versions of models with where they come from, and which one is in use.

    `rl export --name NAME` adds a version.
    """


@models.command("list", epilog="For example: rl models list")
@registry_option
def list_versions(registry: Path) -> None:
    """List all versions: name, number, gate, folder; the current one is marked."""
    with reported("models list"):
        for each in _registry(registry).versions():
            mark = "current" if each.current else ""
            click.echo(
                f"{each.name}\t{each.version}\t{mark}\t{_gate(each)}\t{each.made}\t{each.folder}"
            )


@models.command(epilog="For example: rl models show qwen")
@click.argument("name")
@click.argument("version", type=int, required=False)
@registry_option
def show(name: str, version: int | None, registry: Path) -> None:
    """Show a version as JSON: lineage, gate, files and their check. The current one of NAME where
    no VERSION is given."""
    with reported("models show"):
        found = _registry(registry).version(name, version)
        click.echo(json.dumps(asdict(found), indent=1, default=str))


@models.command(epilog="For example: rl models promote qwen 3")
@click.argument("name")
@click.argument("version", type=int, required=False)
@click.option("--force", is_flag=True, help="Also where its gate or the check of its files failed.")
@registry_option
def promote(name: str, version: int | None, *, force: bool, registry: Path) -> None:
    """Make a VERSION of NAME the current one; the newest where none is given."""
    with reported("models promote"):
        done = _registry(registry).promote(name, version, force=force)
        click.echo(f"{done.name} {done.version} is current")


@models.command(epilog="For example: rl models rollback qwen")
@click.argument("name")
@registry_option
def rollback(name: str, registry: Path) -> None:
    """Make the version of NAME current again that was so before the last promotion."""
    with reported("models rollback"):
        done = _registry(registry).rollback(name)
        click.echo(f"{done.name} {done.version} is current")


def _registry(folder: Path) -> "ModelRegistry":
    from rewardsvc.extras import needing

    with needing("rl"):
        from rl.delivery.registry import ModelRegistry

    return ModelRegistry(folder)


def _gate(version: "ModelVersion") -> str:
    return {None: "no gate", True: "gate passed", False: "gate failed"}[version.gate_passed]
