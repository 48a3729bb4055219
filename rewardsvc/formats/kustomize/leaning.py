"""What kustomizations lean on: what would be fetched, and kinds of custom resources."""

from rewardsvc.artifact import Artifact
from rewardsvc.formats.kubernetes.leaning import custom_kinds
from rewardsvc.formats.kubernetes.manifests import manifests_of
from rewardsvc.formats.kubernetes.vacuity import defined_kinds
from rewardsvc.formats.kustomize.reading import read_answer
from rewardsvc.types import Means


def leans_on(artifact: Artifact) -> Means:
    """See :attr:`rewardsvc.format.Format.leans_on`."""
    _, answer = read_answer(artifact, {})
    if answer is None:
        return Means()
    manifests = [one for source in answer.resources for one in manifests_of(source)]
    named = ((one.api_version, one.kind) for one in manifests)
    modules = sorted({lack.name for lack in answer.folders.lacks})
    return Means(crds=custom_kinds(named, defined_kinds(manifests)), modules=tuple(modules))
