"""From a name to a model."""

from typing import Protocol

from rewardsvc.llm.base import Model, ModelName, TextModel
from rewardsvc.llm.batches import BatchModel


class OpenModel(Protocol):
    """From a name to a model, as :func:`open_model`."""

    def __call__(
        self,
        name: ModelName,
        *,
        timeout_seconds: float,
        temperature: float | None = None,
        extra: str = "judge",
    ) -> Model:
        """The model."""
        ...


def open_model(
    name: ModelName,
    *,
    timeout_seconds: float,
    temperature: float | None = None,
    extra: str = "judge",
) -> TextModel:
    """The model; it connects at the first question.

    ``temperature`` is sent where given: many models accept none. ``extra``: the extra of this
    package that has the SDKs, for the message of an error.

    Raises:
        ExtraMissing: its SDK is not installed.
        ModelNotSetUp: its key is not set.
    """
    if name.provider == "openai":
        from rewardsvc.llm.openai import OpenAIModel

        return OpenAIModel(
            name,
            timeout_seconds=timeout_seconds,
            temperature=temperature,
            extra=extra,
        )
    from rewardsvc.llm.anthropic import AnthropicModel

    return AnthropicModel(
        name,
        timeout_seconds=timeout_seconds,
        temperature=temperature,
        extra=extra,
    )


def open_batches(name: ModelName, *, timeout_seconds: float, extra: str = "teachers") -> BatchModel:
    """The model, to be asked in batches; it connects at the first one.

    Raises:
        ExtraMissing, ModelNotSetUp: see :func:`open_model`.
    """
    if name.provider == "openai":
        from rewardsvc.llm.openai_batches import OpenAIBatchModel

        return OpenAIBatchModel(
            name, timeout_seconds=timeout_seconds, temperature=None, extra=extra
        )
    from rewardsvc.llm.anthropic_batches import AnthropicBatchModel

    return AnthropicBatchModel(name, timeout_seconds=timeout_seconds, temperature=None, extra=extra)
