"""Anthropic's messages as a teacher."""

import os

from pydantic import BaseModel, ValidationError

from datagen.errors import TeacherMissing, TeacherRefused, TeacherUnavailable, Unusable
from datagen.teachers.base import PAIR_SCHEMA, Reply, read_pair
from datagen.teachers.prompt import SYSTEM, commission
from datagen.topic import Posed

_OUTPUT_TOKENS = 8192


class _Block(BaseModel):
    type: str
    text: str = ""


class _Usage(BaseModel):
    input_tokens: int = 0
    output_tokens: int = 0


class _Message(BaseModel):
    """The part of a message that we use."""

    content: list[_Block]
    stop_reason: str | None = None
    usage: _Usage = _Usage()


class AnthropicTeacher:
    """Satisfies :class:`datagen.teachers.base.Teacher`. The SDK retries 429, 5xx and timeouts."""

    paid = True

    def __init__(
        self, model: str, *, base_url: str | None, timeout_seconds: float, retries: int
    ) -> None:
        """Connects at the first question.

        Raises:
            TeacherMissing: the SDK is not installed, or ANTHROPIC_API_KEY is not set.
        """
        try:
            import anthropic
        except ImportError as error:
            raise TeacherMissing(
                "--teacher anthropic needs: pip install assay[teachers]"
            ) from error
        if not os.environ.get("ANTHROPIC_API_KEY"):
            raise TeacherMissing("--teacher anthropic needs ANTHROPIC_API_KEY in the environment")
        self.name = f"anthropic:{model}"
        self._model = model
        self._sdk = anthropic
        self._client = anthropic.AsyncAnthropic(
            base_url=base_url, timeout=timeout_seconds, max_retries=retries
        )

    async def ask(self, posed: Posed) -> str:
        """The body of the answer, as it came."""
        try:
            response = await self._client.messages.with_raw_response.create(
                model=self._model,
                max_tokens=_OUTPUT_TOKENS,
                system=SYSTEM,
                messages=[{"role": "user", "content": commission(posed)}],
                output_config={"format": {"type": "json_schema", "schema": PAIR_SCHEMA}},
            )
        except self._sdk.APIConnectionError as error:  # timeouts are among them
            raise TeacherUnavailable(f"{self.name}: {error}") from error
        except self._sdk.APIStatusError as error:
            if error.status_code in (408, 409, 429) or error.status_code >= 500:
                raise TeacherUnavailable(f"{self.name}: {error}") from error
            raise TeacherRefused(f"{self.name}: {error}") from error
        return await response.text()

    def read(self, raw: str) -> Reply:
        """The pair in the message's text."""
        try:
            message = _Message.model_validate_json(raw)
        except ValidationError as error:
            raise Unusable(f"not a message: {error.errors()[0]['msg']}") from error
        if message.stop_reason == "refusal":
            raise Unusable("refused")
        if message.stop_reason in ("max_tokens", "model_context_window_exceeded"):
            raise Unusable("cut off at the limit of output tokens")
        pair = read_pair("".join(block.text for block in message.content if block.type == "text"))
        usage = message.usage
        return Reply(pair.instruction, pair.answer, usage.input_tokens, usage.output_tokens)

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.close()
