"""What a teacher is: somebody who turns a posed task into an instruction and an answer."""

import json
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from datagen.errors import Unusable
from datagen.topic import Posed


@dataclass(frozen=True, slots=True)
class Reply:
    """What a teacher wrote. ``answer`` is the file; tokens are 0 where none were counted."""

    instruction: str
    answer: str
    input_tokens: int = 0
    output_tokens: int = 0


class Teacher(Protocol):
    """Writes pairs. Asking and reading are two steps, so that a raw answer is stored between."""

    name: str
    """As given to ``--teacher``."""
    paid: bool
    """Whether a raw answer is worth keeping."""

    async def ask(self, posed: Posed) -> str:
        """The raw answer to one commission.

        Raises:
            TeacherUnavailable: no answer in time, also after retries.
            TeacherRefused: no request of ours is accepted.
        """
        ...

    def read(self, raw: str) -> Reply:
        """What a raw answer says; pure.

        Raises:
            Unusable: refused, cut off, or not what was asked for.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class Pair(BaseModel):
    """The JSON that a teacher is asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    instruction: str
    answer: str


PAIR_SCHEMA = {
    "type": "object",
    "properties": {
        "instruction": {"type": "string", "description": "The request, as a user would write it."},
        "answer": {"type": "string", "description": "The complete file, without code fences."},
    },
    "required": ["instruction", "answer"],
    "additionalProperties": False,
}
"""The same as a JSON schema, in the subset that structured outputs support."""


def read_pair(text: str) -> Pair:
    """The pair in a teacher's text.

    Raises:
        Unusable: it is not the JSON that was asked for, or one of the two is empty.
    """
    try:
        pair = Pair.model_validate_json(text)
    except ValidationError as error:
        raise Unusable(f"not the JSON that was asked for: {error.errors()[0]['msg']}") from error
    if not pair.instruction.strip() or not pair.answer.strip():
        raise Unusable("the instruction or the answer is empty")
    return pair


def pair_as_json(instruction: str, answer: str) -> str:
    """A pair as :func:`read_pair` reads it."""
    return json.dumps({"instruction": instruction, "answer": answer}, ensure_ascii=False)
