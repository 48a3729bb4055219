"""A digest of code: where it is the same, the same work gives the same results."""

import hashlib
from pathlib import Path
from types import ModuleType

import datagen
import rewardsvc


def code_that_works() -> str:
    """Of all code that stages are run with."""
    return _digest(datagen, rewardsvc)


def code_that_tests() -> str:
    """Of the code that makes mutants and judges: what is found of checks depends on no other."""
    return _digest(rewardsvc)


def _digest(*packages: ModuleType) -> str:
    digest = hashlib.sha256()
    for package in packages:
        for folder in map(Path, package.__path__):
            for file in sorted(folder.rglob("*.py")):
                digest.update(f"{file.relative_to(folder.parent)}\n".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
