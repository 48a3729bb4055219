"""The YAML file that says which models are evaluated beside each other, and in which numbers.

::

    models:
      - model: runs/qwen/grpo/model
        quantizations: [bf16, int8, int4]
        examples: [0, 3]
      - model: openai:gpt-5-mini
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from rewardsvc.errors import InvalidFile
from rewardsvc.yaml_file import read_yaml_mapping, validated
from rl.configs.sections import Section
from rl.errors import InvalidConfig


class MatrixModel(Section):
    """A model and the ways in which it is evaluated: each quantization with each number of
    examples. ``null`` among the quantizations are the weights as they are."""

    model: str = Field(min_length=1)
    quantizations: tuple[Literal["bf16", "int8", "int4", "gptq", "awq"] | None, ...] = (None,)
    examples: tuple[Annotated[int, Field(ge=0)], ...] = (0,)
    """Training answers that are shown before each question."""


class ModelMatrix(Section):
    """The whole file."""

    models: tuple[MatrixModel, ...] = Field(min_length=1)


def load_matrix(path: Path) -> ModelMatrix:
    """The matrix in a file.

    Raises:
        InvalidConfig: names the file, the key and the line.
    """
    try:
        return validated(ModelMatrix, read_yaml_mapping(path))
    except InvalidFile as error:
        raise InvalidConfig(str(error)) from error
