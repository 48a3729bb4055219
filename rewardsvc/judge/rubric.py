"""What a judge rates, on which levels, and how its answer is read. Pure.

Each criterion is answered by its reasoning first and its level then: a model that has to give
reasons before it decides decides better (G-Eval, https://arxiv.org/abs/2303.16634), and a level
with a description is used more consistently than a number (Prometheus,
https://arxiv.org/abs/2310.08491). An answer that is not exactly this is unusable, never a number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from rewardsvc.llm import Unusable


class Criterion(StrEnum):
    """What is rated. Only the first decides about correctness; the others are reported."""

    INTENT_FIT = "intent_fit"
    CLARITY = "clarity"
    REALISM = "realism"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a criterion: its word, its score in [0, 1], and when it is the right one."""

    word: str
    score: float
    description: str


@dataclass(frozen=True, slots=True)
class Scale:
    """How one criterion is rated; levels from best to worst."""

    asks: str
    levels: tuple[Level, ...]

    def level(self, word: str) -> Level:
        """The level of that word.

        Raises:
            KeyError: there is none.
        """
        for each in self.levels:
            if each.word == word:
                return each
        raise KeyError(word)


RUBRIC: Mapping[Criterion, Scale] = MappingProxyType(
    {
        Criterion.INTENT_FIT: Scale(
            "Does the artifact do what the task asks for, every requirement with its exact value, "
            "and nothing that contradicts it?",
            (
                Level("full", 1.0, "every stated requirement is met with the value asked for"),
                Level("nearly", 0.75, "one detail of little weight is missing or differs"),
                Level(
                    "partly", 0.5, "the main thing is there, but a stated requirement is not met"
                ),
                Level("barely", 0.25, "the right kind of thing, but most requirements are not met"),
                Level("none", 0.0, "something else, or an empty shell of what is asked for"),
            ),
        ),
        Criterion.CLARITY: Scale(
            "Could a colleague read it once and change it safely?",
            (
                Level("clear", 1.0, "well named, well ordered, nothing superfluous"),
                Level("readable", 0.5, "understandable with some effort, or with needless parts"),
                Level("confusing", 0.0, "misleading names, disorder, or much that does nothing"),
            ),
        ),
        Criterion.REALISM: Scale(
            "Would an experienced engineer put this into production?",
            (
                Level("production", 1.0, "as one would find it in a well-kept repository"),
                Level("plausible", 0.5, "works, but with placeholders or unusual choices"),
                Level("toy", 0.0, "contrived, or unsafe to run as it stands"),
            ),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Rated:
    """One criterion's level with the judge's reasoning."""

    level: Level
    reasoning: str


Rating = Mapping[Criterion, Rated]
"""What one judge says of one artifact: every criterion, in the order of the rubric."""


class _Rated(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reasoning: str
    level: str


_ANSWER = TypeAdapter(dict[Criterion, _Rated])


def rating_schema() -> dict[str, Any]:
    """The JSON schema of an answer: reasoning before level, a level one of the words."""
    return object_schema(
        {
            criterion.value: object_schema(
                {
                    "reasoning": {
                        "type": "string",
                        "description": f"Two or three sentences: {scale.asks}",
                    },
                    "level": {
                        "type": "string",
                        "enum": [level.word for level in scale.levels],
                        "description": "; ".join(
                            f"{level.word}: {level.description}" for level in scale.levels
                        ),
                    },
                }
            )
            for criterion, scale in RUBRIC.items()
        }
    )


def read_rating(text: str) -> Rating:
    """The rating in a judge's text.

    Raises:
        Unusable: not the JSON that was asked for, or a level that there is not.
    """
    try:
        answer = _ANSWER.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise Unusable(f"not the JSON that was asked for: {place}: {first['msg']}") from error
    rating = {}
    for criterion, scale in RUBRIC.items():
        rated = answer.get(criterion)
        if rated is None:
            raise Unusable(f"not the JSON that was asked for: no {criterion.value}")
        try:
            rating[criterion] = Rated(scale.level(rated.level), rated.reasoning)
        except KeyError as error:
            raise Unusable(f"{criterion.value} has no level {rated.level[:40]!r}") from error
    return rating


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object with all of these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
