"""Everything about Bash scripts."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.bash.comments import without_comments
from rewardsvc.formats.bash.verifier import BashVerifier

_WITNESS = """\
#!/bin/bash
ls > list
"""

FORMAT = Format(
    verifier=BashVerifier(),
    fence="bash",
    prompt="a Bash script",
    comments=without_comments,
    names=("*.sh", "*.bash"),
    witness=_WITNESS,
    light=False,
    fixtures=True,
    mutations=Deferred("rewardsvc.formats.bash.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.bash.gaming:SCENES"),
)
