"""GRPO and SFT of small models on the reward service, with evaluation.

These names are the public API: a trainer, its configuration, and the reward function that TRL gets.
What else there is may change. ``examples/train_a_model.py`` and ``examples/grpo_reward.py`` have
them at work:

>>> from rl import load_config
>>> load_config("nano", ["grpo.steps=3"]).grpo.steps
3

The command line is ``rl --help``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rl.configs.loading import load_config
    from rl.configs.sections import Config
    from rl.errors import TrainingError
    from rl.reward.function import RewardFunction
    from rl.reward.scoring import ScoringThread
    from rl.trainer import Trainer

__all__ = ["Config", "RewardFunction", "ScoringThread", "Trainer", "TrainingError", "load_config"]

_ROOMS = {
    "Config": "configs.sections",
    "RewardFunction": "reward.function",
    "ScoringThread": "reward.scoring",
    "Trainer": "trainer",
    "TrainingError": "errors",
    "load_config": "configs.loading",
}
"""The module of each name."""

if not TYPE_CHECKING:
    # Loaded when first named: `rl --help` must not wait for pydantic.
    def __getattr__(name: str) -> Any:
        if name in __all__:
            from rewardsvc.extras import needing

            with needing("rl"):
                return getattr(import_module(f"rl.{_ROOMS[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
