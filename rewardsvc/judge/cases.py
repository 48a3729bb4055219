"""A case out of texts, for who asks a judge outside of a verdict."""

from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.judge.base import Case
from rewardsvc.types import Task


def case_of(task: Task, completion: str, reference: str = "") -> Case:
    """The case of an answer; ``reference`` is one that is known to be right, if another than it.

    Raises:
        ValueError: there is no file in the answer.
    """
    verifier = FORMATS[task.format].verifier
    artifact = extract(completion, task, verifier).artifact
    if artifact is None:
        raise ValueError("there is no file in the answer")
    known = extract(reference, task, verifier).artifact
    return Case(task, artifact, (), known if known != artifact else None)
