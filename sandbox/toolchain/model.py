"""The tools and schemas found on this machine, and the digest that names them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sandbox.errors import ToolMissing
from sandbox.standins import StandinProvider, standing_in


class Source(StrEnum):
    """Where a tool came from."""

    PATH = "path"
    PACKAGE = "package"
    FETCHED = "fetched"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool as found. ``path``: the program, or the folder or file of schemas; None where it is
    missing or a library in this process."""

    name: str
    version: str
    source: Source
    path: Path | None = None
    note: str = ""
    """What a verdict should say of it (a fork's name), or, where missing, how to get it."""
    program: str = ""
    """What stands in for it ("tofu"), "" where it is the tool itself."""

    @property
    def title(self) -> str:
        """What runs, and its version ("terraform 1.11.4")."""
        return f"{self.program or self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Toolchain:
    """What was found. Made by :func:`sandbox.toolchain.discover`."""

    tools: Mapping[str, Tool]
    digest: str
    """Hex digest over names, versions and contents: two equal digests judge alike."""
    terraform_mirror: Path | None = None
    """The folder that contains ``registry.terraform.io/``; the first of those there are."""
    terraform_mirrors: tuple[Path, ...] = ()
    """All folders with providers, in order of preference (one filesystem_mirror block each)."""
    providers: Mapping[str, Path] = field(default_factory=dict)
    """Provider source ("registry.terraform.io/hashicorp/aws") to its newest binary."""
    provider_versions: Mapping[str, str] = field(default_factory=dict)
    """Provider source to the version of that binary, or of the zip where there is only one."""
    provider_choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of providers that are here as programs of several versions, these, the newest first."""
    standins: Mapping[str, StandinProvider] = field(default_factory=dict)
    """Provider source to the program of ours that answers for it where it is not installed."""
    terraform_modules: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)
    """Modules of the registry: namespace/name/provider to version to folder."""
    crd_schemas: Path | None = None
    """Folder of JSON schemas of custom resources, ``{kind}_{group}_{version}.json``."""

    @property
    def stood_in(self) -> Mapping[str, StandinProvider]:
        """The stand-ins that are used: those of providers whose own program is not here."""
        return standing_in(self.standins, self.providers)

    def version_of(self, source: str) -> str | None:
        """The version that a configuration gets of a provider, None where it gets none."""
        if source in self.providers:
            return self.provider_versions[source]
        standin = self.stood_in.get(source)
        return standin.version if standin is not None else None

    def require(self, name: str) -> Tool:
        """The tool of that name.

        Raises:
            ToolMissing: it is not on this machine; the message says how to get it.
        """
        tool = self.tools.get(name)
        if tool is None or tool.source is Source.MISSING:
            hint = tool.note if tool is not None else "it is not in the toolchain table"
            raise ToolMissing(f"{name} was not found: {hint}")
        return tool
