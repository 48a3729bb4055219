"""Anthropic's messages, and every server that speaks them."""

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

_CUT_OFF = frozenset({"max_tokens", "model_context_window_exceeded"})


class _Block(BaseModel):
    type: str
    text: str = ""


class _Usage(BaseModel):
    input_tokens: TokenCount = 0
    output_tokens: TokenCount = 0


class _Counted(BaseModel):
    usage: _Usage = _Usage()


class _Message(BaseModel):
    """The part of a message that we use."""

    content: list[_Block]
    stop_reason: str | None = None


class AnthropicModel:
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
            import anthropic
        self.name = name
        self._sdk = anthropic
        self._client = anthropic.AsyncAnthropic(
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
            response = await self._client.messages.with_raw_response.create(
                **request_of(self.name.model, question),
                extra_body=self._sampling,
            )
        heard(allowance_of(response.headers, datetime.now(UTC)))
        return whole(self.name, await response.text(), is_message)

    def read(self, raw: str) -> ModelAnswer:
        """The message's text."""
        message = _message(raw)
        if message.stop_reason == "refusal":
            raise Unusable("refused")
        if message.stop_reason in _CUT_OFF:
            raise Unusable("cut off at the limit of output tokens")
        return ModelAnswer(json_in(_text(message)), *self.usage(raw))

    def written(self, raw: str) -> ModelText:
        """See :class:`rewardsvc.llm.base.TextModel`."""
        message = _message(raw)
        ended = message.stop_reason not in {"refusal", *_CUT_OFF}
        return ModelText(_text(message), ended, *self.usage(raw))

    def usage(self, raw: str) -> tuple[int, int]:
        """See :class:`rewardsvc.llm.base.Model`."""
        try:
            usage = _Counted.model_validate_json(raw).usage
        except ValidationError:
            return 0, 0
        return usage.input_tokens, usage.output_tokens

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.close()


def _message(raw: str) -> _Message:
    try:
        return _Message.model_validate_json(raw)
    except ValidationError as error:
        raise Unusable(f"not a message: {error.errors()[0]['msg']}") from error


def _text(message: _Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def request_of(model: str, question: Question) -> dict[str, Any]:
    """The body of a request for a message. Pure."""
    wanted: dict[str, Any] = {"system": question.system} if question.system else {}
    if question.schema is not None:
        schema = {"type": "json_schema", "schema": dict(question.schema)}
        wanted["output_config"] = {"format": schema}
    return {
        "model": model,
        "max_tokens": question.max_output_tokens,
        "messages": list(question.turns),
        **wanted,
    }


def is_message(body: Mapping[str, Any]) -> bool:
    """Whether a model wrote it. Pure."""
    return isinstance(body.get("content"), list)
