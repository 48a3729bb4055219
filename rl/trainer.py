"""TRL's GRPOTrainer with what rollouts from a server need: their tasks, and a correction.

A server's probabilities are never quite the trainer's (other kernels, other precision, another
quantization). Samples are weighted by trainer / server probability, each token's capped (truncated
importance sampling, Yao et al., "Your Efficient RL Framework Secretly Brings You Off-Policy RL
Training", 2025). TRL 1.16 does that only for its own vLLM integration, not for rollout functions.
"""

import math
from typing import Any

import torch
from trl import GRPOTrainer

from rl.errors import RolloutFailed


class TaskTrainer(GRPOTrainer):  # type: ignore[misc]
    """GRPO over rows with a ``task`` column; ``importance_cap`` None leaves samples unweighted."""

    def __init__(self, *arguments: Any, importance_cap: float | None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._importance_cap = importance_cap
        self.tasks_at_hand: list[int] = []
        """The task of each prompt that a rollout function gets: TRL passes prompts alone."""

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        self.tasks_at_hand = [row["task"] for row in inputs]
        output: dict[str, Any] = super()._generate_and_score_completions(inputs)
        sampled = output.get("sampling_per_token_logps")
        if sampled is None or self._importance_cap is None:
            return output
        mask = output["completion_mask"].bool()
        if not bool(torch.isfinite(sampled[mask]).all()):
            raise RolloutFailed("the rollout server gave log probabilities that are not finite")
        ratio = importance(self._trainer_logprobs(output), sampled, self._importance_cap)
        self._note_mismatch(output, ratio, mask)
        # The loss is linear in the advantage and the weight is positive, so that weighting the
        # advantage of each token is weighting its policy loss; the KL term stays as it is.
        output["advantages"] = output["advantages"].unsqueeze(1) * ratio
        output["old_per_token_logps"] = self._last_logprobs
        return output

    def _trainer_logprobs(self, output: dict[str, Any]) -> torch.Tensor:
        ids = torch.cat([output["prompt_ids"], output["completion_ids"]], dim=1)
        mask = torch.cat([output["prompt_mask"], output["completion_mask"]], dim=1)
        with torch.no_grad():
            logprobs, _, _ = self._get_per_token_logps_and_entropies(
                self.model,
                ids,
                mask,
                output["completion_ids"].size(1),
                batch_size=self.args.per_device_train_batch_size,
            )
        self._last_logprobs: torch.Tensor = logprobs
        return self._last_logprobs

    def _note_mismatch(
        self, output: dict[str, Any], ratio: torch.Tensor, mask: torch.Tensor
    ) -> None:
        gap = (self._last_logprobs - output["sampling_per_token_logps"])[mask].abs()
        metrics = self._metrics["train"]
        metrics["sampling/logprob_gap/mean"].append(gap.mean().item())
        metrics["sampling/logprob_gap/max"].append(gap.max().item())
        metrics["sampling/importance/mean"].append(ratio[mask].mean().item())
        capped = ratio[mask] >= (self._importance_cap or math.inf)
        metrics["sampling/importance/capped_share"].append(capped.float().mean().item())


def importance(trainer: torch.Tensor, server: torch.Tensor, cap: float) -> torch.Tensor:
    """Each token's weight: exp(trainer - server log probability), at most ``cap``."""
    return torch.exp(trainer - server).clamp(max=cap)
