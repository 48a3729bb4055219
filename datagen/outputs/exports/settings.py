"""What can be chosen about an export; a section of a recipe and options of a command."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


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
    written. ``name``: of the data set, in its card; "" for its folder's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shapes: tuple[RowShape, ...] = Field(default=(RowShape.MESSAGES,), min_length=1)
    files: FileKind = FileKind.JSONL
    name: str = ""
