"""Everything about Python programs."""

from rewardsvc.format import Deferred, Format
from rewardsvc.formats.python import remote
from rewardsvc.formats.python.comments import without_comments
from rewardsvc.formats.python.refusals import REFUSALS
from rewardsvc.formats.python.verifier import PythonVerifier

FORMAT = Format(
    verifier=PythonVerifier(),
    fence="python",
    prompt="a Python program (one file)",
    comments=without_comments,
    names=("*.py",),
    witness="",  # what it builds with is another library each time
    light=False,
    leans_on=Deferred("rewardsvc.formats.python.leaning:leans_on"),
    refusals=(*REFUSALS, *remote.REFUSALS),
    mutations=Deferred("rewardsvc.formats.python.mutants:MUTATIONS"),
    gaming=Deferred("rewardsvc.formats.python.gaming:SCENES"),
)
