"""Everything about GitHub Actions workflows."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.github_actions.named import CHECKS
from rewardsvc.formats.github_actions.refusals import REFUSALS
from rewardsvc.formats.github_actions.verifier import GithubActionsVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = """\
on: push
jobs:
  witness:
    runs-on: ubuntu-latest
    steps:
      - run: make "$A"
      - shell: python
        run: print(1)
"""

FORMAT = Format(
    verifier=GithubActionsVerifier(),
    fence="yaml",
    prompt="a GitHub Actions workflow (YAML)",
    comments=without_yaml_comments,
    witness=_WITNESS,
    light=False,
    named=CHECKS,
    refusals=REFUSALS,
    mutations=Deferred("rewardsvc.formats.github_actions.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.github_actions.gaming:SCENES"),
)
