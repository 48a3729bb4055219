"""Finds mirrored modules of Terraform's registry in the tools folder.

``FOLDER/NAMESPACE/NAME/PROVIDER/VERSION/`` holds a module as its package has it; ``index.json``
names them with a digest over their files, which is what counts in the toolchain's: a registry has
no checksums of modules. ``module_fetch`` brings them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.toolchain.mirror import version_key
from sandbox.toolchain.model import Source, Tool

MODULE_FOLDER = "terraform-modules"
MODULE_INDEX = "index.json"
MODULES_TOOL = "terraform-modules"
MODULES_MISSING = (
    "optional: run `python -m sandbox.toolchain modules` where the module registry is reached"
)


@dataclass(frozen=True, slots=True)
class ModuleMirror:
    """What a mirror has: namespace/name/provider to version to folder."""

    tool: Tool
    digest: str = ""
    modules: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)


def find_modules(folder: Path) -> ModuleMirror:
    """The modules of a mirror, as its index has them."""
    try:
        stored: dict[str, dict[str, str]] = json.loads((folder / MODULE_INDEX).read_text("utf-8"))
        modules = {
            name: {version: folder / name / version for version in versions}
            for name, versions in stored.items()
        }
        lines = [f"{name} {each} {stored[name][each]}" for name in stored for each in stored[name]]
    except (OSError, ValueError, AttributeError, TypeError):
        return ModuleMirror(Tool(MODULES_TOOL, "", Source.MISSING, None, MODULES_MISSING))
    digest = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
    shown = ", ".join(
        f"{name} {' '.join(sorted(modules[name], key=version_key))}" for name in sorted(modules)
    )
    tool = Tool(MODULES_TOOL, digest[:8], Source.FETCHED, folder, f"{len(lines)}: {shown}")
    return ModuleMirror(tool, digest, modules)
