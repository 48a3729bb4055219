"""Everything about Docker Compose files."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.compose.named import CHECKS
from rewardsvc.formats.compose.refusals import REFUSALS
from rewardsvc.formats.compose.verifier import ComposeVerifier
from rewardsvc.verification.comments import without_yaml_comments

_WITNESS = """\
services:
  witness:
    image: nginx:1
"""

FORMAT = Format(
    verifier=ComposeVerifier(),
    fence="yaml",
    prompt="a Docker Compose file (YAML, Compose specification)",
    comments=without_yaml_comments,
    witness=_WITNESS,
    named=CHECKS,
    refusals=REFUSALS,
    mutations=Deferred("rewardsvc.formats.compose.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.compose.gaming:SCENES"),
)
