"""What a configuration leans on: providers, with the versions that it asks for, and modules."""

from rewardsvc.artifact import Artifact
from rewardsvc.types import Means
from sandbox.hcl.addresses import BUILTIN, REGISTRIES
from sandbox.hcl.constraints import satisfies
from sandbox.hcl.survey import outlines, required_versions, root_folders, survey


def leans_on(artifact: Artifact) -> Means:
    """See :attr:`rewardsvc.format.Format.leans_on`."""
    files = {file.path: file.text.encode() for file in artifact.files}
    sources = outlines(files)
    needs = survey(sources, root_folders(files, sources)[0])
    asked = required_versions(sources)
    return Means(
        providers={
            _short(source): tuple(
                dict.fromkeys(each for each in asked.get(source, ()) if _readable(each))
            )
            for source in sorted(needs.providers)
            if source != BUILTIN
        },
        modules=tuple(dict.fromkeys(module.source for module in needs.remote)),
    )


def _short(source: str) -> str:
    """A provider as people name it: ``aws``, ``integrations/github``, or its whole address."""
    host, _, name = source.partition("/")
    return name.removeprefix("hashicorp/") if host in REGISTRIES else source


def _readable(constraint: str) -> bool:
    return satisfies("0", constraint) is not None
