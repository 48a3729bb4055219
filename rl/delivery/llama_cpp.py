"""Samples from a GGUF file with llama.cpp in this process (the wheel xllamacpp).

The model answers one conversation after the other, with the chat template in the file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rl.delivery.errors import ExportFailed
from rl.delivery.gguf import lacking
from rl.rollout.base import Conversation, Finished, SampledCompletion, Sampling


class LlamaCppSampler:
    """A :class:`rl.rollout.base.Sampler`; loads the file at once.

    Args:
        file: the GGUF.
        threads: llama.cpp's spin: give each a core that is free.
        context: the longest question and answer together, in tokens.

    Raises:
        ExportToolMissing: the wheel is not installed.
    """

    def __init__(self, file: Path, *, threads: int, context: int) -> None:
        try:
            import xllamacpp
        except ModuleNotFoundError as error:
            raise lacking("xllamacpp") from error
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(file)
        parameters.n_ctx = context
        parameters.n_parallel = 1
        parameters.cpuparams.n_threads = threads
        parameters.warmup = False
        self._server = xllamacpp.Server(parameters)

    def sample(
        self, prompts: Sequence[Conversation], sampling: Sampling, finished: Finished
    ) -> list[SampledCompletion]:
        """See :class:`rl.rollout.base.Sampler`; token ids are not told, only how many.

        Raises:
            ExportFailed: what came is no answer.
        """
        completions = []
        for place, prompt in enumerate(prompts):
            said = self._server.handle_chat_completions(
                {
                    "messages": [dict(each) for each in prompt],
                    "max_tokens": sampling.max_new_tokens,
                    "temperature": sampling.temperature,
                    "top_p": sampling.top_p,
                    "seed": sampling.seed if sampling.seed is not None else -1,
                    "cache_prompt": False,
                }
            )
            text, usage = _answer(said)
            finished(place, text)
            asked, answered = (
                usage.get(name, 0) for name in ("prompt_tokens", "completion_tokens")
            )
            completions.append(SampledCompletion(text, [0] * asked, [0] * answered))
        return completions


def _answer(said: Any) -> tuple[str, Mapping[str, int]]:
    try:
        return said["choices"][0]["message"]["content"] or "", said.get("usage", {})
    except (KeyError, IndexError, TypeError) as error:
        raise ExportFailed(f"llama.cpp gave no answer: {str(said)[:200]}") from error
