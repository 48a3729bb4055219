"""Kubernetes manifests: parsed, then up the ladder of all manifests."""

from dataclasses import replace

from rewardsvc.artifact import Artifact
from rewardsvc.formats.kubernetes.ladder import RUNGS, ManifestLadder
from rewardsvc.types import Target
from rewardsvc.verification.verifier import Findings, Workbench
from rewardsvc.verification.yaml_files import parse_files, unparsed

__all__ = ["KubernetesVerifier"]


class KubernetesVerifier:
    """Stages: ``parse``, ``schema`` and ``references`` (syntax), ``lint`` (format).

    ``documents`` holds the resources that their schema accepted, items of a List one by one: once
    each, as all applied in order leaves them, and without those that are switched off.
    """

    format = "kubernetes"
    languages = frozenset({"yaml", "yml", "kubernetes", "k8s", "json"})
    default_path = "manifest.yaml"
    many = True
    companions = False
    tools: tuple[str, ...] = ("kubernetes-schemas",)
    targets = frozenset({Target.DOCUMENTS})

    def __init__(self) -> None:
        self._ladder = ManifestLadder()

    async def verify(self, artifact: Artifact, workbench: Workbench) -> Findings:
        """Climb the ladder; see :class:`rewardsvc.verification.verifier.Verifier`."""
        workbench.toolchain.require("kubernetes-schemas")
        files = parse_files(artifact, self.languages)
        if not files.parsed:
            return unparsed(files, RUNGS)
        found = await self._ladder.climb(files.sources, workbench)
        return replace(found, stages=(files.stage, *found.stages))
