"""Whether the resources of one answer fit together: what schemas, one document each, cannot see.

An error is wrong whatever the cluster holds, a warning may be right in a cluster that has more
than the answer (see ``docs/kubernetes.md``). Errors make the ``references`` stage, which is
syntax; warnings and infos go to ``lint``.
"""

from collections.abc import Iterator, Sequence

from rewardsvc.formats.kubernetes.answer import Answer
from rewardsvc.formats.kubernetes.manifests import Manifest
from rewardsvc.formats.kubernetes.needs import check_needs
from rewardsvc.formats.kubernetes.pods import check_workloads
from rewardsvc.formats.kubernetes.traffic import check_traffic
from rewardsvc.types import Diagnostic

MAX_RESOURCES = 500
"""In one answer; each Service is held against each workload."""


def check_references(
    manifests: Sequence[Manifest], makes_pods: bool, declared: Sequence[str] = ()
) -> Iterator[Diagnostic]:
    """What does not fit together.

    ``makes_pods``: custom resources are there that may make pods. ``declared``: texts beside the
    manifests' own whose comments say what the cluster has.
    """
    if len(manifests) > MAX_RESOURCES:
        message = f"more than {MAX_RESOURCES} resources in one answer are not held together"
        yield manifests[-1].source.problem("too-many", message, (), "warning")
        return
    answer = Answer(manifests, makes_pods, declared)
    yield from _names(manifests)
    yield from check_workloads(answer)
    yield from check_traffic(answer)
    yield from check_needs(answer)


def _names(manifests: Sequence[Manifest]) -> Iterator[Diagnostic]:
    seen = set()
    for manifest in manifests:
        key = (manifest.group, manifest.kind, manifest.namespace, manifest.name)
        if manifest.name and key in seen:
            yield manifest.source.problem(
                "name-twice", f"{manifest.called} is there twice", ("metadata", "name")
            )
        seen.add(key)
