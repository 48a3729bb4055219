"""What a program that is looked into leans on, and this machine does not have."""

from dataclasses import dataclass
from enum import StrEnum


class LackKind(StrEnum):
    """What is not here."""

    PROVIDER = "provider"
    """A Terraform provider that is not installed."""
    VERSION = "version"
    """A version of a provider that none of the installed ones is."""
    MODULE = "module"
    """A Terraform module, or the state of another configuration, that would have to be fetched."""
    FACT = "fact"
    """What a real cloud knows or can do, and its emulator does not."""
    CRD = "crd"
    """The schema of a custom resource."""
    LIBRARY = "library"
    """A Python library."""
    COLLECTION = "collection"
    """A collection of Ansible modules."""
    CRASH = "crash"
    """A tool that does not fail on it, as it does on nothing else."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is not here. ``wanted``: the version or the words; ``here``: what is.

    ``overlooked``: the program could be looked into all the same (a version that does as well, a
    module that Terraform itself misses), or is wrong by itself.
    """

    kind: LackKind
    name: str
    wanted: str = ""
    here: str = ""
    overlooked: bool = False

    @property
    def words(self) -> str:
        """What it is."""
        match self.kind:
            case LackKind.PROVIDER:
                return f"the provider {self.name}"
            case LackKind.VERSION:
                return f"{self.name} {self.wanted} (installed: {self.here or 'none'})"
            case LackKind.CRD:
                return f"the schema of {self.name}"
            case LackKind.COLLECTION:
                return f"the Ansible collection {self.name}"
            case _:
                return f"{self.name}: {self.wanted}" if self.wanted else self.name
