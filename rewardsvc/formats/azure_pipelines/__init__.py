"""Everything about Azure DevOps pipelines."""

from rewardsvc.checks.named.files import FileHas
from rewardsvc.format import Deferred, Format
from rewardsvc.formats.azure_pipelines.refusals import REFUSALS
from rewardsvc.formats.azure_pipelines.verifier import AzurePipelinesVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = """\
steps:
  - script: make "$A"
"""

FORMAT = Format(
    verifier=AzurePipelinesVerifier(),
    fence="yaml",
    prompt="an Azure DevOps pipeline (YAML)",
    comments=without_yaml_comments,
    witness=_WITNESS,
    named=(FileHas,),
    refusals=REFUSALS,
    mutations=Deferred("rewardsvc.formats.azure_pipelines.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.azure_pipelines.gaming:SCENES"),
)
