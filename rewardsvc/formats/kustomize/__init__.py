"""Everything about Kustomize overlays."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.kustomize.named import CHECKS
from rewardsvc.formats.kustomize.verifier import KustomizeVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = {
    "kustomization.yaml": "resources:\n  - configmap.yaml\nnamePrefix: well-\n",
    "configmap.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: witness
data:
  a: b
""",
}

FORMAT = Format(
    verifier=KustomizeVerifier(),
    fence="yaml",
    prompt="a Kustomize overlay (kustomization.yaml and the files that it refers to), each file in "
    "a fence of its own that carries its path",
    comments=without_yaml_comments,
    witness=_WITNESS,
    light=False,
    leans_on=Deferred("rewardsvc.formats.kustomize.leaning:leans_on"),
    named=CHECKS,
    mutations=Deferred("rewardsvc.formats.kustomize.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.kustomize.gaming:SCENES"),
)
