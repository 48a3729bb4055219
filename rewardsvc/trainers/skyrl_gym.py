"""SkyRL-gym's environment, which asks a reward server::

    skyrl_gym.register("assay", "rewardsvc.trainers.skyrl_gym:SkyrlEnvironment")
    skyrl_gym.make("assay", env_config={"server": "127.0.0.1:50051"}, extras=row)

``extras["reward_spec"]["ground_truth"]`` is the row of ``tasks.jsonl``. With ``turns`` above 1 in
the configuration, the model is told what the tools found in an answer that is not fully right, and
answers again; the last answer is rewarded. Where a completion stays UNSCORED ``step`` raises
:class:`Unscored`: a step must have a number, and no number stands for a fault.
"""

from collections.abc import Mapping
from typing import Any

from rewardsvc.trainers.again import Unscored
from rewardsvc.trainers.brought import brought_by
from rewardsvc.trainers.feedback import feedback
from rewardsvc.trainers.patient import DEADLINE_SECONDS, PatientClient, figures

with brought_by("skyrl-gym>=0.4,<0.5", "skyrl_gym"):
    from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

__all__ = ["SkyrlEnvironment", "Unscored"]


class SkyrlEnvironment(BaseTextEnv):
    """One task; SkyRL makes one for each rollout."""

    def __init__(self, env_config: Mapping[str, Any], extras: Mapping[str, Any]) -> None:
        """``env_config``: ``server``, and where they are not 300 and 1, ``deadline_seconds`` and
        ``turns``. ``extras``: the columns of the row.
        """
        super().__init__()
        deadline_seconds = float(env_config.get("deadline_seconds", DEADLINE_SECONDS))
        self._client = PatientClient(env_config["server"], deadline_seconds)
        self._row = extras["reward_spec"]["ground_truth"]
        self.max_turns = int(env_config.get("turns", 1))
        self._found: dict[str, float] = {}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """The reward of an answer, the last one's; 0 before it, with what the tools found.

        Raises:
            InvalidRequest, ServerUnavailable, Unscored: as :meth:`PatientClient.verdict`.
        """
        self.turns += 1
        verdict = self._client.verdict_now(self._row, action, "ground_truth")
        self._found = figures(verdict)
        right = self._found["syntax"] == self._found["correctness"] == 1.0
        done = right or self.turns >= self.max_turns
        words = [] if done else [{"role": "user", "content": feedback(verdict)}]
        reward = self._found["reward"] if done else 0.0
        return BaseTextEnvStepOutput(observations=words, reward=reward, done=done, metadata={})

    def get_metrics(self) -> dict[str, Any]:
        """The components of the last answer."""
        return {name: value for name, value in self._found.items() if name != "reward"}
