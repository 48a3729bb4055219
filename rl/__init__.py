"""GRPO and SFT of small models on the reward service, with evaluation.

These names are the public API: the configuration, and the reward function that TRL gets. What else
there is may change. ``examples/grpo_reward.py`` has them at work:

>>> from rl import load_config
>>> load_config("nano", ["grpo.steps=3"]).grpo.steps
3

The command line is ``rl --help``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rl.config import Config, load_config
    from rl.errors import TrainingError
    from rl.reward import RewardFunction
    from rl.scoring import ScoringThread

__all__ = ["Config", "RewardFunction", "ScoringThread", "TrainingError", "load_config"]

if not TYPE_CHECKING:
    # Loaded when first named: `rl --help` must not wait for pydantic.
    def __getattr__(name: str) -> Any:
        if name in __all__:
            from rewardsvc.extras import needing

            for room in ("errors", "config", "scoring", "reward"):
                with needing("rl"):
                    found = vars(import_module(f"rl.{room}"))
                if name in found:
                    return found[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
