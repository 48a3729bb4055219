"""What mutants are made of kustomizations: edits of the trees of all their files."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rewardsvc.audit.mutation.semantics import Path, dotted
from rewardsvc.audit.mutation.yaml_family import yaml_mutations
from rewardsvc.formats.kubernetes.mutants import ManifestSemantics
from rewardsvc.types import JsonValue


class _KustomizeSemantics(ManifestSemantics):
    """Of manifests, patches and kustomizations; what a kustomization names lies in other files."""

    _ELSEWHERE = re.compile(
        r"(?:resources|bases|components|patchesStrategicMerge|generators|transformers)\.\d+"
        r"|patches\.\d+\.(?:path|target\.(?:name|kind))|patchesJson6902\.\d+\.(?:path|target\.name)"
        r"|(?:images|replicas)\.\d+\.name|replacements\.\d+\..*\b(?:name|kind|fieldPath)"
        r"|(?:configMapGenerator|secretGenerator)\.\d+\.(?:files|envs)\.\d+"
    )

    def refers(self, path: Path, value: str, documents: Sequence[JsonValue], index: int) -> bool:
        """A file, a folder or a resource that a kustomization names, or what manifests refer to."""
        if self._ELSEWHERE.fullmatch(dotted(path)):
            return True
        return super().refers(path, value, documents, index)


MUTATIONS = replace(yaml_mutations(_KustomizeSemantics()), shown=None, costly=True)
