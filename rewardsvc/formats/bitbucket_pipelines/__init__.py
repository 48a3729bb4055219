"""Everything about Bitbucket pipelines."""

from rewardsvc.checks.named.files import FileHas
from rewardsvc.format import Deferred, Format
from rewardsvc.formats.bitbucket_pipelines.refusals import REFUSALS
from rewardsvc.formats.bitbucket_pipelines.verifier import BitbucketPipelinesVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = """\
pipelines:
  default:
    - step:
        script:
          - make "$A"
"""

FORMAT = Format(
    verifier=BitbucketPipelinesVerifier(),
    fence="yaml",
    prompt="a Bitbucket Pipelines configuration (YAML)",
    comments=without_yaml_comments,
    witness=_WITNESS,
    named=(FileHas,),
    refusals=REFUSALS,
    mutations=Deferred("rewardsvc.formats.bitbucket_pipelines.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.bitbucket_pipelines.gaming:SCENES"),
)
