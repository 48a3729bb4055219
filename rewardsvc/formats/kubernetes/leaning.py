"""What manifests lean on: kinds of custom resources that they do not define themselves."""

import re
from collections.abc import Iterable, Set

from rewardsvc.artifact import Artifact
from rewardsvc.formats.kubernetes.manifests import manifests_of
from rewardsvc.formats.kubernetes.vacuity import defined_kinds
from rewardsvc.formats.kubernetes.verifier import KubernetesVerifier
from rewardsvc.formats.kubernetes.well_known import GROUPS, KINDS
from rewardsvc.types import Means
from rewardsvc.verification.yaml_files import parse_files

_CUSTOM = re.compile(r"([a-z0-9.-]+)/v[a-z0-9]+")


def leans_on(artifact: Artifact) -> Means:
    """See :attr:`rewardsvc.format.Format.leans_on`."""
    files = parse_files(artifact, KubernetesVerifier.languages)
    manifests = [one for source in files.sources for one in manifests_of(source)]
    named = ((one.api_version, one.kind) for one in manifests)
    return Means(crds=custom_kinds(named, defined_kinds(manifests)))


def custom_kinds(
    named: Iterable[tuple[str, str]], own: Set[tuple[str, str]] = frozenset()
) -> tuple[str, ...]:
    """Of API versions and kinds those of custom resources, as means name them, in their order.

    ``own``: group and kind of what is defined beside them.
    """
    kinds = {
        f"{api_version}/{kind}"
        for api_version, kind in named
        if kind and _is_custom(api_version) and (api_version.rpartition("/")[0], kind) not in own
    }
    return tuple(sorted(kinds))


def _is_custom(api_version: str) -> bool:
    """Whether kinds of an API version are custom resources, known ones or of somebody's own."""
    match = _CUSTOM.fullmatch(api_version)
    if match is None:
        return False
    group = match[1]
    return group in KINDS or group in GROUPS or ("." in group and not group.endswith(".k8s.io"))
