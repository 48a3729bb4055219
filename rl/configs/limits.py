"""The YAML file that says what an evaluation has to reach before a model is used.

::

    limits:
      - figure: fully_right
        at_least: 0.6
        bound: low            # the interval's lower end, not the value
      - figure: fully_right
        where: {category: docker}
        against: runs/last    # no more than two points worse than that evaluation's model
        at_least: -0.02
        bound: low
      - figure: unscored
        at_most: 0.02
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from rewardsvc.errors import InvalidFile
from rewardsvc.yaml_file import read_yaml_mapping, validated
from rl.configs.sections import Section
from rl.errors import InvalidConfig

FigureName = Literal[
    "fully_right",
    "reward",
    "syntax",
    "correctness",
    "format",
    "right_at_k",
    "unscored",
    "median_seconds",
    "slowest_seconds",
    "output_tokens",
    "cut_off",
]
"""What can be limited: means over tasks, shares of answers, seconds and tokens."""

_WITHOUT_INTERVAL = {"median_seconds", "slowest_seconds", "output_tokens"}


class Where(Section):
    """Which tasks a limit is of; all where nothing is said."""

    category: str | None = None
    format: str | None = None
    topic: str | None = None
    provider: str | None = None
    difficulty: str | None = None
    novelty: str | None = None


class GateLimit(Section):
    """One limit. ``against``: the answers of another evaluation, as `rl compare` takes them: then
    the figure is the paired difference from it."""

    figure: FigureName
    at_least: float | None = None
    at_most: float | None = None
    bound: Literal["value", "low", "high"] = "value"
    decoding: Literal["greedy", "sampled"] = "greedy"
    model: str | None = None
    """Of several; of each where null."""
    where: Where = Where()
    against: str | None = None

    @model_validator(mode="after")
    def _one_side(self) -> "GateLimit":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give at_least or at_most")
        if self.against is not None and self.figure not in {"fully_right", "reward"}:
            raise ValueError("only fully_right and reward are held against another evaluation")
        if self.bound != "value" and self.figure in _WITHOUT_INTERVAL:
            raise ValueError(f"{self.figure} has no interval: leave bound out")
        return self


class GateLimits(Section):
    """The whole file."""

    limits: tuple[GateLimit, ...] = Field(min_length=1)


def load_limits(path: Path) -> GateLimits:
    """The limits in a file.

    Raises:
        InvalidConfig: names the file, the key and the line.
    """
    try:
        return validated(GateLimits, read_yaml_mapping(path))
    except InvalidFile as error:
        raise InvalidConfig(str(error)) from error
