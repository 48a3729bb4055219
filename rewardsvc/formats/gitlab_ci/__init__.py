"""Everything about GitLab CI configurations."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.gitlab_ci.named import CHECKS
from rewardsvc.formats.gitlab_ci.refusals import REFUSALS
from rewardsvc.formats.gitlab_ci.verifier import GitlabCiVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = """\
witness:
  script:
    - make "$A"
"""

FORMAT = Format(
    verifier=GitlabCiVerifier(),
    fence="yaml",
    prompt="a GitLab CI configuration (YAML)",
    comments=without_yaml_comments,
    witness=_WITNESS,
    named=CHECKS,
    refusals=REFUSALS,
    mutations=Deferred("rewardsvc.formats.gitlab_ci.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.gitlab_ci.gaming:SCENES"),
)
