"""Worse answers that a row knows beside its own: what preference pairs are made of.

They stand in the row's provenance under ``worse``, each with what the tools made of it. ``datagen``
writes them with :func:`with_worse` (inverse tasks, repair turns); exports and DPO read them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.tasks import TaskRow
from rewardsvc.types import JsonValue

_KEY = "worse"


@dataclass(frozen=True, slots=True)
class WorseAnswer:
    """A completion of the row's task whose verdict is below that of the row's own answer.

    ``reward``: its verdict's, in [0, 1]. ``reason``: what is wrong with it, in a line.
    """

    output: str
    reward: float
    reason: str = ""


def with_worse(
    provenance: Mapping[str, JsonValue], answers: Sequence[WorseAnswer]
) -> dict[str, JsonValue]:
    """A provenance that knows these answers, too."""
    known = provenance.get(_KEY, [])
    written = [
        {"output": each.output, "reward": each.reward, "reason": each.reason} for each in answers
    ]
    return {**provenance, _KEY: [*known, *written]}


def worse_answers(row: TaskRow) -> list[WorseAnswer]:
    """The worse answers of a row; what is not of that shape is left out."""
    known = row.provenance.get(_KEY)
    return [
        WorseAnswer(each["output"], float(each["reward"]), str(each.get("reason", "")))
        for each in (known if isinstance(known, list) else [])
        if isinstance(each, dict)
        and isinstance(each.get("output"), str)
        and isinstance(each.get("reward"), int | float)
        and each["output"] != row.output
    ]
