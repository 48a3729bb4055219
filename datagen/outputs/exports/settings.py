"""What can be chosen about an export; a section of a recipe and options of a command."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from rewardsvc.tasks import TaskRow

_Share = Annotated[float, Field(ge=0, le=1)]


class RowShape(StrEnum):
    """What a row of a data set becomes. A trainer reads one of them."""

    ALPACA = "alpaca"
    MESSAGES = "messages"
    SHAREGPT = "sharegpt"
    PROMPT_COMPLETION = "prompt-completion"
    PREFERENCE = "preference"
    UNPAIRED_PREFERENCE = "unpaired-preference"
    RL = "rl"
    HARBOR = "harbor"
    """Not rows: a folder for each task."""


class FileKind(StrEnum):
    """How rows are written."""

    JSONL = "jsonl"
    PARQUET = "parquet"


class Export(BaseModel):
    """``shapes``: each is a configuration of the written data set. ``files``: how they are
    written. ``name``: of the data set, in its card; "" for its folder's name. ``pass_rate``: the
    least and the most that a model may pass of a row's task, where rows say it (datagen
    difficulty); others are left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    shapes: tuple[RowShape, ...] = Field(default=(RowShape.MESSAGES,), min_length=1)
    files: FileKind = FileKind.JSONL
    name: str = ""
    pass_rate: tuple[_Share, _Share] | None = None

    @field_validator("pass_rate")
    @classmethod
    def _in_order(cls, bounds: tuple[float, float] | None) -> tuple[float, float] | None:
        if bounds is not None and bounds[0] > bounds[1]:
            raise ValueError("the least comes first, then the most")
        return bounds

    def takes(self, row: TaskRow) -> bool:
        """Whether a row is as hard as is wanted."""
        if self.pass_rate is None:
            return True
        rate, (least, most) = row.pass_rate, self.pass_rate
        return rate is not None and least <= rate.share <= most
