"""Everything about Dockerfiles."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.dockerfile.comments import without_comments
from rewardsvc.formats.dockerfile.named import CHECKS
from rewardsvc.formats.dockerfile.refusals import REFUSALS
from rewardsvc.formats.dockerfile.verifier import DockerfileVerifier

_WITNESS = """\
FROM debian:12
RUN make install
"""

FORMAT = Format(
    verifier=DockerfileVerifier(),
    fence="dockerfile",
    prompt="a Dockerfile",
    comments=without_comments,
    names=("Dockerfile", "Containerfile", "*.dockerfile"),
    witness=_WITNESS,
    light=False,
    named=CHECKS,
    refusals=REFUSALS,
    mutations=Deferred("rewardsvc.formats.dockerfile.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.dockerfile.gaming:SCENES"),
)
