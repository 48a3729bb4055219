"""What is evaluated: a model, how it is loaded, and how it is asked. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rewardsvc.llm import ModelName
from rl.errors import InvalidConfig

STAGES = ("base", "sft", "dpo", "grpo")
"""The models of a run, in the order in which they come to be."""

NEAREST = "nearest"
"""The name of what is no model (``rl.evaluation.nearest``)."""

_BEHIND_AN_API = re.compile(r"(openai|anthropic):")


class Quantization(StrEnum):
    """The numbers that a model's weights are in."""

    BF16 = "bf16"
    INT8 = "int8"
    """LLM.int8(), by bitsandbytes (https://arxiv.org/abs/2208.07339)."""
    INT4 = "int4"
    """NF4, by bitsandbytes (https://arxiv.org/abs/2305.14314)."""
    GPTQ = "gptq"
    AWQ = "awq"


@dataclass(frozen=True, slots=True)
class Subject:
    """``examples``: training answers that are shown before the question, the nearest ones.
    ``quantization``: None leaves the weights as they are."""

    model: str
    quantization: Quantization | None = None
    examples: int = 0

    @property
    def api(self) -> ModelName | None:
        """The model behind an API that this is; None for one of this machine.

        Raises:
            InvalidConfig: it begins like one and is none.
        """
        if _BEHIND_AN_API.match(self.model) is None:
            return None
        try:
            return ModelName.parse(self.model)
        except ValueError as error:
            raise InvalidConfig(f"model {error}") from error

    @property
    def label(self) -> str:
        """What it is called in files and tables: letters, digits, ``.``, ``-``, ``_`` and ``+``."""
        if self.api is not None:
            name = self.api.model
        elif self.model in (*STAGES, NEAREST):
            name = self.model
        else:
            path = Path(self.model)
            # Every model folder of a run is called "model"; its parent says which.
            name = path.parent.name if path.name == "model" and path.parent.name else path.name
        parts = [name, *([self.quantization.value] if self.quantization else [])]
        label = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip("-.") or "model"
        return f"{label}+{self.examples}-shot" if self.examples else label


def told_apart(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """The subjects, each once.

    Raises:
        InvalidConfig: two different ones would be called the same.
    """
    each = tuple(dict.fromkeys(subjects))
    for label, count in Counter(subject.label for subject in each).items():
        if count > 1:
            names = " and ".join(one.model for one in each if one.label == label)
            raise InvalidConfig(
                f"{names} would both be called {label!r}: evaluate them in folders of their own "
                "(--out), and put them side by side with `rl compare`"
            )
    return each
