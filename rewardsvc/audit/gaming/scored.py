"""The catalogue as requests; a verdict is found again by its id.

Hostile answers are scored with the means ``{}``: none of them can choose to be UNSCORED.
"""

from collections.abc import Iterable
from dataclasses import replace

from rewardsvc.audit.gaming.catalogue import Hostile, Scene
from rewardsvc.types import Means, ScoreRequest


def hostile_id(scene: Scene, answer: Hostile) -> str:
    """The id of a hostile answer's request and verdict."""
    return f"{scene.task.format}/{scene.name}/hostile/{answer.name}"


def honest_id(scene: Scene, number: int) -> str:
    """The id of an honest twin's."""
    return f"{scene.task.format}/{scene.name}/honest/{number}"


def requests_of(scenes: Iterable[Scene], *, slow: bool | None = None) -> list[ScoreRequest]:
    """Every answer of the scenes; only the slow hostile ones, or only what is not slow."""
    found = []
    for scene in scenes:
        bound = replace(scene.task, means=Means())
        for number, text in enumerate(() if slow else scene.honest):
            found.append(
                ScoreRequest(id=honest_id(scene, number), task=scene.task, completion=text)
            )
        for answer in scene.hostile:
            if slow is not None and answer.slow is not slow:
                continue
            found.append(
                ScoreRequest(id=hostile_id(scene, answer), task=bound, completion=answer.text)
            )
    return found
