"""OpenAI's chat completions, and every server that speaks them (vLLM, llama.cpp)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from rewardsvc.extras import needing
from rewardsvc.llm.allowance import allowance_of
from rewardsvc.llm.base import (
    Heard,
    ModelAnswer,
    ModelName,
    ModelText,
    Question,
    TokenCount,
    json_in,
    not_heard,
)
from rewardsvc.llm.errors import Unusable
from rewardsvc.llm.service import faults_of, key_for, whole


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: TokenCount = 0
    completion_tokens: TokenCount = 0


class _Counted(BaseModel):
    usage: _Usage | None = None


class _Completion(BaseModel):
    """The part of a chat completion that we use."""

    choices: list[_Choice]


class OpenAIModel:
    """A :class:`rewardsvc.llm.base.Model`."""

    def __init__(
        self,
        name: ModelName,
        *,
        timeout_seconds: float,
        temperature: float | None,
        extra: str,
    ) -> None:
        """See :func:`rewardsvc.llm.select.open_model`."""
        with needing(extra):
            import openai
        self.name = name
        self._sdk = openai
        self._client = openai.AsyncOpenAI(
            api_key=key_for(name),
            base_url=name.base_url,
            timeout=timeout_seconds,
            max_retries=0,  # rewardsvc.llm.asking has them
        )
        self.address = str(self._client.base_url)
        # Not a parameter of the newest SDKs: the models behind them accept none.
        self._sampling = None if temperature is None else {"temperature": temperature}

    async def ask(self, question: Question, heard: Heard = not_heard) -> str:
        """See :class:`rewardsvc.llm.base.Model`."""
        with faults_of(self._sdk, self.name, heard):
            response = await self._client.chat.completions.with_raw_response.create(
                **request_of(self.name.model, question),
                extra_body=self._sampling,
            )
        heard(allowance_of(response.headers, datetime.now(UTC)))
        return whole(self.name, response.text, is_completion)

    def read(self, raw: str) -> ModelAnswer:
        """The text of the first choice."""
        choice = _first_choice(raw)
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise Unusable(f"refused: {choice.message.refusal or 'content filter'}")
        if choice.finish_reason == "length":
            raise Unusable("cut off at the limit of output tokens")
        return ModelAnswer(json_in(choice.message.content or ""), *self.usage(raw))

    def written(self, raw: str) -> ModelText:
        """See :class:`rewardsvc.llm.base.TextModel`; of a refusal, its words."""
        choice = _first_choice(raw)
        text = choice.message.content or choice.message.refusal or ""
        ended = choice.finish_reason not in {"length", "content_filter"}
        return ModelText(text, ended, *self.usage(raw))

    def usage(self, raw: str) -> tuple[int, int]:
        """See :class:`rewardsvc.llm.base.Model`."""
        try:
            usage = _Counted.model_validate_json(raw).usage or _Usage()
        except ValidationError:
            return 0, 0
        return usage.prompt_tokens, usage.completion_tokens

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.close()


def _first_choice(raw: str) -> _Choice:
    try:
        completion = _Completion.model_validate_json(raw)
    except ValidationError as error:
        raise Unusable(f"not a chat completion: {error.errors()[0]['msg']}") from error
    if not completion.choices:
        raise Unusable("a chat completion without choices")
    return completion.choices[0]


def request_of(model: str, question: Question) -> dict[str, Any]:
    """The body of a request for a chat completion. Pure."""
    system = [{"role": "system", "content": question.system}] if question.system else []
    wanted: dict[str, Any] = {}
    if question.schema is not None:
        schema = {"name": question.name, "strict": True, "schema": dict(question.schema)}
        wanted["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {
        "model": model,
        "messages": [*system, *question.turns],
        "max_completion_tokens": question.max_output_tokens,
        **wanted,
    }


def is_completion(body: Mapping[str, Any]) -> bool:
    """Whether there is a first choice with a message, and no error beside it: a router's answer has
    one where the model broke off (https://openrouter.ai/docs/api/reference/errors-and-debugging).
    """
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return (
        isinstance(first, dict)
        and isinstance(first.get("message"), dict)
        and not first.get("error")
    )
