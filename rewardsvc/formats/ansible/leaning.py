"""What an Ansible answer leans on: collections that are not ansible-core's, roles of others."""

from collections.abc import Sequence

from rewardsvc.artifact import Artifact
from rewardsvc.formats.ansible.documents import followed
from rewardsvc.formats.ansible.modules import COLLECTIONS, Modules, modules_in
from rewardsvc.formats.ansible.reading import project_of, read_files
from rewardsvc.formats.ansible.references import lacks
from rewardsvc.means import Lack, LackKind
from rewardsvc.types import Means
from sandbox.errors import ToolchainError
from sandbox.toolchain.ansible import NAME
from sandbox.toolchain.discover import default_tools_dir


def leans_on(artifact: Artifact) -> Means:
    """See :attr:`rewardsvc.format.Format.leans_on`."""
    files = read_files(artifact)
    answer = followed(project_of(artifact, files.sources), documented_here())
    found = list(lacks(answer))
    return Means(
        libraries=_named(found, LackKind.COLLECTION), modules=_named(found, LackKind.MODULE)
    )


def documented_here() -> Modules:
    """What Ansible documents on this machine; where it is not here, collections alone are known."""
    try:
        return modules_in(default_tools_dir() / NAME)
    except ToolchainError:
        return Modules({}, {}, COLLECTIONS)


def _named(found: Sequence[Lack], kind: LackKind) -> tuple[str, ...]:
    return tuple(sorted({lack.name for lack in found if lack.kind is kind}))
