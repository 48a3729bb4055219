"""OpenAI's chat completions, and every server that speaks them, as a teacher."""

import os

from pydantic import BaseModel, ValidationError

from datagen.errors import TeacherMissing, TeacherRefused, TeacherUnavailable, Unusable
from datagen.teachers.base import PAIR_SCHEMA, Reply, read_pair
from datagen.teachers.prompt import SYSTEM, commission
from datagen.topic import Posed

_OUTPUT_TOKENS = 8192


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    """The part of a chat completion that we use."""

    choices: list[_Choice]
    usage: _Usage | None = None


class OpenAITeacher:
    """Satisfies :class:`datagen.teachers.base.Teacher`. The SDK retries 429, 5xx and timeouts."""

    paid = True

    def __init__(
        self, model: str, *, base_url: str | None, timeout_seconds: float, retries: int
    ) -> None:
        """Connects at the first question.

        Raises:
            TeacherMissing: the SDK is not installed, or OPENAI_API_KEY is not set.
        """
        try:
            import openai
        except ImportError as error:
            raise TeacherMissing("--teacher openai needs: pip install assay[teachers]") from error
        if not os.environ.get("OPENAI_API_KEY"):
            raise TeacherMissing("--teacher openai needs OPENAI_API_KEY in the environment")
        self.name = f"openai:{model}"
        self._model = model
        self._sdk = openai
        self._client = openai.AsyncOpenAI(
            base_url=base_url, timeout=timeout_seconds, max_retries=retries
        )

    async def ask(self, posed: Posed) -> str:
        """The body of the answer, as it came."""
        try:
            response = await self._client.chat.completions.with_raw_response.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": SYSTEM},
                    {"role": "user", "content": commission(posed)},
                ],
                max_completion_tokens=_OUTPUT_TOKENS,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "pair", "strict": True, "schema": PAIR_SCHEMA},
                },
            )
        except self._sdk.APIConnectionError as error:  # timeouts are among them
            raise TeacherUnavailable(f"{self.name}: {error}") from error
        except self._sdk.APIStatusError as error:
            if error.status_code in (408, 409, 429) or error.status_code >= 500:
                raise TeacherUnavailable(f"{self.name}: {error}") from error
            raise TeacherRefused(f"{self.name}: {error}") from error
        return response.text

    def read(self, raw: str) -> Reply:
        """The pair in the first choice."""
        try:
            completion = _Completion.model_validate_json(raw)
        except ValidationError as error:
            raise Unusable(f"not a chat completion: {error.errors()[0]['msg']}") from error
        if not completion.choices:
            raise Unusable("a chat completion without choices")
        choice, usage = completion.choices[0], completion.usage or _Usage()
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise Unusable(f"refused: {choice.message.refusal or 'content filter'}")
        if choice.finish_reason == "length":
            raise Unusable("cut off at the limit of output tokens")
        pair = read_pair(choice.message.content or "")
        return Reply(pair.instruction, pair.answer, usage.prompt_tokens, usage.completion_tokens)

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.close()
