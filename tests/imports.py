"""What our modules import of each other, read from the source: also what is imported late."""

import ast
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("sandbox", "rewardsvc", "datagen", "rl")


def module_of(file: Path) -> str:
    """The module's name by its place below the root."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph() -> Mapping[str, frozenset[str]]:
    """For each module of ours the modules of ours that it imports, with their packages.

    Imports for types only (``if TYPE_CHECKING``) do not count: nothing of them runs.
    """
    files = {
        module_of(file): file for package in PACKAGES for file in (ROOT / package).rglob("*.py")
    }
    return {name: frozenset(_imported(file, files) - {name}) for name, file in files.items()}


def reached(graph: Mapping[str, frozenset[str]], roots: Iterable[str]) -> set[str]:
    """The roots and what they import, directly or not."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph[name]
    return found


def libraries_of(file: Path) -> set[str]:
    """The top-level modules outside of the standard library that a file imports."""
    return {name.partition(".")[0] for name in _named(file)} - sys.stdlib_module_names


def _imported(file: Path, known: Mapping[str, Path]) -> set[str]:
    found = _named(file)
    packages = {
        ".".join(parts[:length])
        for parts in (each.split(".") for each in found)
        for length in range(1, len(parts))
    }
    return (found | packages) & known.keys()


def _named(file: Path) -> set[str]:
    """What a file's import statements name: modules, and what may be one of a package."""
    found: set[str] = set()
    for node in _run(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None and node.level == 0, f"{file}: names a module in full"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _run(tree: ast.AST) -> Iterable[ast.AST]:
    """The nodes below, without those for the type checker only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _run(node)
