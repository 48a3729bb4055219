"""Everything about declarative Jenkins pipelines."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.jenkinsfile.comments import without_comments
from rewardsvc.formats.jenkinsfile.refusals import REFUSALS
from rewardsvc.formats.jenkinsfile.verifier import JenkinsfileVerifier

_WITNESS = """\
pipeline {
  agent any
  stages {
    stage('witness') {
      steps {
        sh 'make'
      }
    }
  }
}
"""

FORMAT = Format(
    verifier=JenkinsfileVerifier(),
    fence="groovy",
    prompt="a Jenkinsfile (declarative pipeline)",
    comments=without_comments,
    names=("Jenkinsfile", "*.groovy"),
    witness=_WITNESS,
    light=False,
    refusals=REFUSALS,
    gaming=Deferred("rewardsvc.formats.jenkinsfile.gaming:SCENES"),
)
