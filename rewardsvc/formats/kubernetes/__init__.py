"""Everything about Kubernetes manifests."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.kubernetes.named import CHECKS
from rewardsvc.formats.kubernetes.refusals import REFUSALS
from rewardsvc.formats.kubernetes.verifier import KubernetesVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: witness}
data: {a: b}
"""

FORMAT = Format(
    verifier=KubernetesVerifier(),
    fence="yaml",
    prompt="Kubernetes manifests (YAML; several documents are separated by ---)",
    comments=without_yaml_comments,
    witness=_WITNESS,
    leans_on=Deferred("rewardsvc.formats.kubernetes.leaning:leans_on"),
    named=CHECKS,
    refusals=REFUSALS,
    mutations=Deferred("rewardsvc.formats.kubernetes.mutants:MUTATIONS"),
    comparison=Deferred("rewardsvc.formats.kubernetes.comparison:COMPARISON"),
    gaming=Deferred("rewardsvc.formats.kubernetes.gaming:SCENES"),
    examined=Deferred("rewardsvc.formats.kubernetes.validations:examined"),
)
