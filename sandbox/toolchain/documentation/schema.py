"""Asks Terraform for the schema of a provider's resources."""

import asyncio
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.errors import ToolchainError

SECONDS = 180.0
"""For a provider of 700 MB on a slow disk: some 5 seconds on a quiet one."""


async def resource_schemas(
    terraform: Path, mirrors: Sequence[Path], provider: str
) -> Mapping[str, Mapping[str, Any]]:
    """The blocks of all resource types, as ``terraform providers schema -json`` gives them
    (https://developer.hashicorp.com/terraform/cli/commands/providers/schema).

    Args:
        mirrors: folders that contain ``registry.terraform.io/``; nothing else is asked.
        provider: its local name.

    Raises:
        ToolchainError: Terraform or the provider does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="schema-") as scratch:
        folder = Path(scratch)
        paths = "".join(f'  filesystem_mirror {{\n    path = "{path}"\n  }}\n' for path in mirrors)
        (folder / "cli.tfrc").write_text(
            f"disable_checkpoint = true\nprovider_installation {{\n{paths}}}\n", encoding="utf-8"
        )
        (folder / "main.tf").write_text(f'provider "{provider}" {{}}\n', encoding="utf-8")
        await _terraform(terraform, folder, "init", "-input=false", "-no-color")
        answer = json.loads(await _terraform(terraform, folder, "providers", "schema", "-json"))
    (known,) = answer["provider_schemas"].values()
    return {name: each["block"] for name, each in known["resource_schemas"].items()}


async def _terraform(program: Path, folder: Path, *words: str) -> bytes:
    environment = {"PATH": os.environ.get("PATH", ""), "TF_CLI_CONFIG_FILE": "cli.tfrc"}
    process = await asyncio.create_subprocess_exec(
        program,
        *words,
        cwd=folder,
        env={**environment, "HOME": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(SECONDS):
            out, err = await process.communicate()
    except TimeoutError as error:
        raise ToolchainError(f"terraform {words[0]} took more than {SECONDS:.0f} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = " ".join(err.decode("utf-8", "replace").split())
        raise ToolchainError(f"terraform {words[0]}: {said[:400]}")
    return out
