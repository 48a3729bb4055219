"""What a program leans on: the libraries that are looked into."""

import ast
from collections.abc import Iterator

from rewardsvc.artifact import Artifact
from rewardsvc.formats.python.libraries import ELSEWHERE, own_modules
from rewardsvc.means import LIBRARIES
from rewardsvc.types import Means


def leans_on(artifact: Artifact) -> Means:
    """See :attr:`rewardsvc.format.Format.leans_on`."""
    modules = [file for file in artifact.files if file.path.endswith(".py")]
    own = own_modules([file.path for file in artifact.files])
    imported = {name for file in modules for name in _imports(file.text)}
    elsewhere = {
        other
        for other in ELSEWHERE
        if any(name == other or name.startswith(f"{other}.") for name in imported)
    }
    roots = {name.partition(".")[0] for name in imported} & LIBRARIES
    return Means(libraries=tuple(sorted((roots - own) | elsewhere)))


def _imports(text: str) -> Iterator[str]:
    """The modules and names that a file imports."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # nor will the verifier get further
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
