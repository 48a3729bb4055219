"""What can stop a training run, one type for each boundary; the message says what to do.

``exit_code`` follows DESIGN.md: 2 for wrong usage or input, 1 where the work failed. A fault while
scoring one completion is none of these: it is an UNSCORED verdict, and only too many of them
become :class:`TooManyUnscored`.
"""

from typing import ClassVar


class TrainingError(Exception):
    """Base of the errors that ``rl`` reports without a traceback."""

    exit_code: ClassVar[int] = 1


class InvalidConfig(TrainingError):
    """A configuration that cannot be read, or holds an unknown key or a wrong value."""

    exit_code = 2


class InvalidTasks(TrainingError):
    """Task rows that nobody can train on: none at all, or none with a reference answer."""

    exit_code = 2


class InvalidRunDirectory(TrainingError):
    """A run directory that belongs to another configuration or lacks what a phase needs."""

    exit_code = 2


class ModelMissing(TrainingError):
    """The model's weights are not on this machine; the message says how to get them."""


class QuantizationMissing(TrainingError):
    """The library that loads a model with such weights is not installed."""

    exit_code = 2


class RewardUnavailable(TrainingError):
    """The scorer could not be opened or reached."""


class TooManyUnscored(TrainingError):
    """So many completions of a step had no reward that learning from the rest is noise."""


class RolloutFailed(TrainingError):
    """The rollout server could not be reached, or refused or garbled an answer."""


class EndpointFailed(TrainingError):
    """A model behind an API cannot be asked: its key, its name or its address is wrong."""


class AnswersMissing(TrainingError):
    """A model behind an API left questions without an answer; the others are kept."""


class Interrupted(TrainingError):
    """Somebody stopped the run; what was done is saved."""

    exit_code = 130
