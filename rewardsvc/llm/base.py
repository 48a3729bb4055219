"""What a language model is to us: a name, something to ask, something that reads the answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import Field

from rewardsvc.answer import answer_in, without_marks
from rewardsvc.llm.allowance import Allowance

_NAME = re.compile(r"(openai|anthropic):(.+?)(?:@(https?://\S+))?")

TokenCount = Annotated[int, Field(ge=0, lt=2**31)]
"""As a service counts; what is none of these counts as not counted."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the operator's words, the user's turn, and the shape of the answer.

    ``schema`` is a JSON schema in the subset that structured outputs support: objects with all
    properties required and no others, strings, enums; None asks for text, which
    :meth:`TextModel.written` reads. ``name`` is what the API calls it. ``earlier``: turns of the
    user and of the assistant that come before ``prompt``, as examples of what is wanted.
    """

    system: str
    prompt: str
    name: str
    schema: Mapping[str, Any] | None
    max_output_tokens: int
    earlier: tuple[tuple[str, str], ...] = ()

    @property
    def turns(self) -> list[dict[str, str]]:
        """The messages of user and assistant, as both APIs have them."""
        messages = []
        for asked, answered in self.earlier:
            messages.append({"role": "user", "content": asked})
            messages.append({"role": "assistant", "content": answered})
        return [*messages, {"role": "user", "content": self.prompt}]


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model wrote; tokens are 0 where none were counted."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ModelText:
    """A text as a model wrote it. ``whole``: it ended it; otherwise the limit of tokens did, or
    its service's filter."""

    text: str
    whole: bool
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ModelName:
    """``openai:MODEL`` or ``anthropic:MODEL``, with ``@http://…`` for another address."""

    provider: str
    model: str
    base_url: str | None = None

    @classmethod
    def parse(cls, name: str) -> "ModelName":
        """The parts of a name.

        Raises:
            ValueError: there is no such provider, or no model is named.
        """
        match = _NAME.fullmatch(name.strip())
        if match is None:
            raise ValueError(
                f"{name!r} names no model: use openai:MODEL or anthropic:MODEL, with @http://… "
                "behind it for another address"
            )
        return cls(match[1], match[2], match[3])

    def __str__(self) -> str:
        """The name without the address."""
        return f"{self.provider}:{self.model}"

    @property
    def whole(self) -> str:
        """The name with the address, as :meth:`parse` reads it."""
        return f"{self}@{self.base_url}" if self.base_url else str(self)


def json_in(text: str) -> str:
    """The JSON that a model was asked for, in what it wrote: behind its thoughts, where its server
    left them in the text."""
    text = without_marks(text.strip()).strip()
    return text if text.startswith("{") else answer_in(text).text.strip()


Heard = Callable[[Allowance], None]
"""Is told what a service says of its rate limits."""


def not_heard(allowance: Allowance) -> None:
    """Of who does not listen."""


class Model(Protocol):
    """One model behind an API."""

    @property
    def name(self) -> ModelName:
        """Who it is."""
        ...

    @property
    def address(self) -> str:
        """Where its service is."""
        ...

    async def ask(self, question: Question, heard: Heard = not_heard) -> str:
        """The raw body of one answer. A caller that is cancelled closes the connection.

        ``heard``: is told what is left of the service's rate limits, also where it turns the
        question away.

        Raises:
            ModelUnavailable: no answer in time, none at all, or a passing fault.
            ModelRefused: no such request is accepted.
        """
        ...

    def read(self, raw: str) -> ModelAnswer:
        """What a raw body says; pure.

        Raises:
            Unusable: the model refused or was cut off, or the body is of another API.
        """
        ...

    def usage(self, raw: str) -> tuple[int, int]:
        """The input and output tokens of a raw body, also of one that is unusable; pure."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class TextModel(Model, Protocol):
    """A model that is also asked for plain text."""

    def written(self, raw: str) -> ModelText:
        """The text in a raw body as it stands, also where it was cut off or refused; pure.

        Raises:
            Unusable: the body is of another API.
        """
        ...
