"""What a teacher is: somebody who makes of a record's task an instruction and an answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datagen.errors import UnusableReply
from datagen.evolution import OPERATORS
from datagen.record import Record
from rewardsvc.checks.named import vocabulary_schema
from rewardsvc.formats import FORMATS
from rewardsvc.types import JsonValue

MAX_ADDED = 3
"""Requirements that a teacher may add to those it is given."""
_MOST_CHECKS = max(MAX_ADDED, *(each.most for each in OPERATORS))
"""In any reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a teacher wrote. ``answer`` is the file, or the files by their paths where the task
    names some; tokens are 0 where none were counted.

    ``checks`` are those of requirements that it added itself, in the words of
    ``rewardsvc.checks.named``, not yet read.
    """

    instruction: str
    answer: str | Mapping[str, str]
    input_tokens: int = 0
    output_tokens: int = 0
    checks: tuple[JsonValue, ...] = ()


class Teacher(Protocol):
    """Writes pairs. Asking and reading are two steps, so that a raw answer is stored between."""

    name: str
    """As given to ``--teacher``."""
    paid: bool
    """Whether a raw answer is worth keeping."""

    def told(self, record: Record) -> str:
        """What it is told of a record: as long as that is the same, an answer holds. Pure."""
        ...

    async def ask(self, record: Record) -> str:
        """The raw answer to one commission.

        Raises:
            TeacherUnavailable: no answer in time, also after retries.
            TeacherRefused: no request of ours is accepted.
        """
        ...

    def read(self, raw: str) -> Reply:
        """What a raw answer says; pure.

        Raises:
            UnusableReply: refused, cut off, or not what was asked for.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class Pair(BaseModel):
    """The JSON that a teacher is asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    instruction: str
    answer: str | dict[str, str]
    checks: list[JsonValue] = Field(default=[], max_length=_MOST_CHECKS)


def pair_schema(format: str, files: Sequence[str] = ()) -> dict[str, JsonValue]:
    """The same for a format as a JSON schema, in the subset that structured outputs support.

    ``files``: the paths that the task asks for; an answer gives a text for each.
    """
    file: dict[str, JsonValue] = {
        "type": "string",
        "description": "The complete file, without code fences.",
    }
    properties = {
        "instruction": {"type": "string", "description": "The request, as a user would write it."},
        "answer": _object(dict.fromkeys(files, file)) if files else file,
        "checks": {
            "description": "One for each requirement that you added; empty where you added none.",
            **vocabulary_schema(FORMATS[format]),
        },
    }
    return _object(properties)


def _object(properties: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def read_pair(text: str) -> Pair:
    """The pair in a teacher's text.

    Raises:
        UnusableReply: it is not the JSON that was asked for, or one of the two is empty.
    """
    try:
        pair = Pair.model_validate_json(text)
    except ValidationError as error:
        raise UnusableReply(
            f"not the JSON that was asked for: {error.errors()[0]['msg']}"
        ) from error
    texts = [pair.answer] if isinstance(pair.answer, str) else pair.answer.values()
    if not pair.instruction.strip() or not any(text.strip() for text in texts):
        raise UnusableReply("the instruction or the answer is empty")
    return pair


def pair_as_json(instruction: str, answer: str | Mapping[str, str]) -> str:
    """A pair as :func:`read_pair` reads it."""
    written = answer if isinstance(answer, str) else dict(answer)
    return json.dumps({"instruction": instruction, "answer": written}, ensure_ascii=False)
