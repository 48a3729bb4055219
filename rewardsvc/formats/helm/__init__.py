"""Everything about Helm charts."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.helm.comments import without_chart_comments
from rewardsvc.formats.helm.named import CHECKS
from rewardsvc.formats.helm.verifier import HelmVerifier

_WITNESS = {
    "Chart.yaml": "apiVersion: v2\nname: witness\nversion: 0.1.0\n",
    "values.yaml": "word: a\n",
    "templates/configmap.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  word: {{ .Values.word | quote }}
""",
}

FORMAT = Format(
    verifier=HelmVerifier(),
    fence="yaml",
    prompt="a Helm chart (Chart.yaml, values.yaml, templates/*.yaml), each file in a fence of its "
    "own that carries its path",
    comments=without_chart_comments,
    names=("*.tpl",),
    witness=_WITNESS,
    light=False,
    leans_on=Deferred("rewardsvc.formats.helm.leaning:leans_on"),
    named=CHECKS,
    mutations=Deferred("rewardsvc.formats.helm.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.helm.gaming:SCENES"),
)
