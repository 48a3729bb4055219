"""What pyproject.toml says that an install with some extras brings."""

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def requirements(*extras: str) -> list[Requirement]:
    """What is required, extras of ours among it resolved (``assay[server]``)."""
    project = PROJECT["project"]
    found, seen, waiting = [], set(), list(extras)
    lists = [project["dependencies"]]
    while waiting:
        extra = waiting.pop()
        if extra not in seen:
            seen.add(extra)
            lists.append(project["optional-dependencies"][extra])
            waiting += [
                named
                for each in map(Requirement, lists[-1])
                if each.name == project["name"]
                for named in each.extras
            ]
    for each in map(Requirement, (text for texts in lists for text in texts)):
        if each.name != project["name"]:
            found.append(each)
    return found
