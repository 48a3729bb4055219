"""Everything about CircleCI configurations."""

from rewardsvc.checks.named.files import FileHas
from rewardsvc.format import Deferred, Format
from rewardsvc.formats.circleci.refusals import REFUSALS
from rewardsvc.formats.circleci.verifier import CircleciVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = """\
version: 2.1
jobs:
  witness:
    docker: [{image: 'cimg/base:2024.01'}]
    steps:
      - run: make "$A"
workflows:
  all:
    jobs: [witness]
"""

FORMAT = Format(
    verifier=CircleciVerifier(),
    fence="yaml",
    prompt="a CircleCI configuration (YAML, version 2.1)",
    comments=without_yaml_comments,
    witness=_WITNESS,
    named=(FileHas,),
    refusals=REFUSALS,
    mutations=Deferred("rewardsvc.formats.circleci.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.circleci.gaming:SCENES"),
)
