"""Makes the folder of documentation: one file that holds all that is known of each type."""

import asyncio
import gzip
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.errors import ToolchainError
from sandbox.toolchain import pip
from sandbox.toolchain.documentation.naming import classes_of_types, texts_of
from sandbox.toolchain.documentation.package import LICENCES, ROOT, WHEEL
from sandbox.toolchain.documentation.schema import resource_schemas
from sandbox.toolchain.documentation.wheel import DocumentedClass, read_wheel
from sandbox.toolchain.model import Toolchain

DOCUMENTATION_FOLDER = "documentation"
"""In the tools folder."""
TYPES = "aws.json.gz"
READER = 1
"""Raised when what this module writes changes: set-up then makes the folder anew."""
_PROVIDER = "registry.terraform.io/hashicorp/aws"


def made(folder: Path) -> bool:
    """Whether the folder holds what this version makes of that wheel."""
    try:
        with gzip.open(folder / TYPES, "rt", encoding="utf-8") as file:
            head = json.loads(file.readline())
    except (OSError, ValueError):
        return False
    return bool(head.get("reader") == READER and head.get("sha256") == WHEEL.sha256)


async def make(toolchain: Toolchain, tools_dir: Path, say: Callable[[str], None]) -> int:
    """Fetch the wheel, ask the provider, and write the folder; it is there as a whole or not.

    Returns:
        How many types are documented.

    Raises:
        ToolchainError: Terraform or the provider is missing, or the wheel is not what we know.
        DownloadError: pip could not bring it.
    """
    terraform = toolchain.tools["terraform"].path
    version = toolchain.provider_versions.get(_PROVIDER)
    if terraform is None or version is None:
        raise ToolchainError(
            "the documentation is read beside the provider's schema: Terraform and its AWS provider"
            " are needed (docs/toolchain.md)"
        )
    say(f"fetching the documentation of hashicorp/aws (in {WHEEL.distribution} {WHEEL.version})")
    with _scratch(tools_dir) as scratch:
        schemas, _ = await asyncio.gather(
            resource_schemas(terraform, toolchain.terraform_mirrors, "aws"),
            pip.download([WHEEL], Path(scratch)),
        )
        wheel = pip.downloaded(WHEEL, Path(scratch))
        if wheel is None:
            raise ToolchainError(f"pip brought no {WHEEL.distribution}")
        classes = await asyncio.to_thread(read_wheel, wheel, ROOT)
        rows = rows_of(schemas, classes)
        head = {
            "reader": READER,
            "distribution": f"{WHEEL.distribution} {WHEEL.version}",
            "sha256": WHEEL.sha256,
            "licences": LICENCES,
            "provider": f"hashicorp/aws {version}",
        }
        _place(Path(scratch) / TYPES, tools_dir / DOCUMENTATION_FOLDER, head, rows)
    return sum(1 for row in rows if row["class"])


def _scratch(tools_dir: Path) -> "tempfile.TemporaryDirectory[str]":
    tools_dir.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=".documentation-", dir=tools_dir)


def _place(
    fresh: Path, folder: Path, head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    write(fresh, head, rows)
    fresh.chmod(0o644)
    folder.mkdir(exist_ok=True)
    fresh.replace(folder / TYPES)


def rows_of(
    schemas: Mapping[str, Mapping[str, Any]], classes: list[DocumentedClass]
) -> list[dict[str, Any]]:
    """One row a type: its class ("" where none documents it), texts, examples and schema. Pure."""
    found = classes_of_types(schemas, classes)
    rows = []
    for type, block in sorted(schemas.items()):
        cls = found.get(type)
        row: dict[str, Any] = {"type": type, "class": "", "introduction": "", "examples": []}
        if cls is not None:
            row |= {
                "class": cls.name,
                "introduction": cls.introduction,
                "examples": list(cls.examples),
                "arguments": texts_of(cls, block),
            }
        rows.append({**row, "schema": _reduced(block)})
    return rows


def write(path: Path, head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Lines of JSON, compressed: the head, then a type in each."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as file:
        for line in (head, *rows):
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def _reduced(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block without what is empty and what says how its texts are written."""
    attributes = {
        name: {key: value for key, value in each.items() if not key.startswith("description")}
        for name, each in block.get("attributes", {}).items()
    }
    nested = {
        name: {**each, "block": _reduced(each["block"])}
        for name, each in block.get("block_types", {}).items()
    }
    reduced = {"attributes": attributes, "block_types": nested}
    return {key: value for key, value in reduced.items() if value}
