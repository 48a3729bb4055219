"""A focus file: of what there is to be more in the next data set, and of what less.

``rl`` writes one out of what a model got wrong, ``datagen`` makes data by it (docs/focus.md). It is
JSON, read as YAML, of which JSON is a part.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from rewardsvc.yaml_file import read_yaml_mapping, validated

VERSION: Final = 1
"""Of the form."""

NEUTRAL = 1.0
"""The weight of what no entry names."""

_FROZEN = ConfigDict(extra="forbid", frozen=True)
_Name = Annotated[str, Field(min_length=1)]


class FocusWeight(BaseModel):
    """One entry: a category, or a part of it.

    ``weight``: how many times as many tasks as without the entry; 1 changes nothing, 0 leaves the
    part out. At most one of ``topic``, ``format`` and ``difficulty`` narrows it.
    """

    model_config = _FROZEN

    category: _Name
    topic: _Name | None = None
    format: _Name | None = None
    difficulty: _Name | None = None
    weight: float = Field(ge=0, le=1000, allow_inf_nan=False)

    @property
    def part(self) -> tuple[str, str | None, str | None, str | None]:
        """What the weight is of."""
        return self.category, self.topic, self.format, self.difficulty

    @model_validator(mode="after")
    def _one_part(self) -> Self:
        if sum(each is not None for each in self.part[1:]) > 1:
            raise PydanticCustomError(
                "several_parts", "names more than one of topic, format and difficulty"
            )
        return self


class Focus(BaseModel):
    """What a focus file says. An entry for the same part stands there once."""

    model_config = _FROZEN

    version: Literal[1]
    weights: tuple[FocusWeight, ...]

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        parts = [each.part for each in self.weights]
        for number, part in enumerate(parts):
            if part in parts[:number]:
                raise PydanticCustomError(
                    "named_twice",
                    "{part} has two weights",
                    {"part": "/".join(filter(None, part)), "key": f"weights.{number}"},
                )
        return self

    def of_category(self, category: str) -> float:
        """The weight of a category as a whole."""
        return self._weight((category, None, None, None), NEUTRAL)

    def of_topic(self, category: str, topic: str, format: str) -> float:
        """The weight of a topic within its category: its own, or else that of its format."""
        by_format = self._weight((category, None, format, None), NEUTRAL)
        return self._weight((category, topic, None, None), by_format)

    def of_difficulty(self, category: str, difficulty: str) -> float:
        """The weight of a level of difficulty within a category."""
        return self._weight((category, None, None, difficulty), NEUTRAL)

    def _weight(self, part: tuple[str, str | None, str | None, str | None], other: float) -> float:
        return next((each.weight for each in self.weights if each.part == part), other)


NO_FOCUS = Focus(version=VERSION, weights=())
"""All as usual."""


def read_focus(path: Path) -> Focus:
    """What a focus file says.

    Raises:
        rewardsvc.errors.InvalidFile: names the file, the key, the line, and the nearest right one.
    """
    return validated(Focus, read_yaml_mapping(path))


def focus_to_json(weights: Iterable[FocusWeight]) -> str:
    """The text of a focus file; equal weights give equal bytes."""
    said = [each.model_dump(exclude_none=True) for each in weights]
    return json.dumps({"version": VERSION, "weights": said}, ensure_ascii=False, indent=1) + "\n"
