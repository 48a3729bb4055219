"""The focus file of an evaluation: what there is to be more of."""

from dataclasses import replace

from rl.evaluation.answers import Evaluated
from rl.evaluation.asked import asked_of
from rl.evaluation.focus import LEAST, focus_of
from tests.rl.samples import faulty, row, scored

RIGHT, WRONG = scored(1.0), scored(0.5)


def test_more_is_made_of_what_is_wrong_and_nothing_of_what_no_training_may_see() -> None:
    rows = [
        replace(
            row(n),
            category="terraform" if n < 40 else "docker",
            provenance={
                "topic": ("bucket", "queue", "secret")[n % 3],
                "cell": {"difficulty": "easy" if n % 3 == 1 else "hard"},
            },
        )
        for n in range(80)
    ]
    tasks = {each.id: asked_of(each, {"terraform": ["secret"]}) for each in rows}
    answers = [
        Evaluated(each.id, each.format, "", 0, WRONG if n < 40 and n % 3 != 1 else RIGHT)
        for n, each in enumerate(rows)
    ]
    found = focus_of(tasks, answers)
    levels = {each.difficulty: each.weight for each in found if each.difficulty is not None}
    assert levels["hard"] > 1 > levels["easy"]
    parts = [each for each in found if each.difficulty is None]
    weights = {(each.category, each.topic): each.weight for each in parts}
    assert weights["terraform", None] > 1.5
    assert weights["docker", None] == LEAST
    assert weights["terraform", "bucket"] > 1 > weights["terraform", "queue"]
    assert ("terraform", "secret") not in weights
    assert focus_of(tasks, [replace(each, verdict=RIGHT) for each in answers]) == ()
    assert focus_of(tasks, [replace(each, verdict=faulty()) for each in answers]) == ()
