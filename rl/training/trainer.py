"""TRL's GRPOTrainer with what rollouts from a server need: their tasks, and a correction.

A server's probabilities are never quite the trainer's (other kernels, other precision, another
quantization). Samples are weighted by trainer / server probability, each token's capped (truncated
importance sampling, Yao et al., "Your Efficient RL Framework Secretly Brings You Off-Policy RL
Training", 2025). TRL 1.16 does that only for its own vLLM integration, not for rollout functions.
"""

from collections.abc import Sequence
from typing import Any, cast

import torch
from peft import PeftModel
from trl.trainer.grpo_trainer import GRPOTrainer

from rl.errors import RolloutFailed
from rl.rollout.base import Conversation
from rl.rollout.step import StepRollout
from rl.training.head import completion_logprobs, projecting


class TaskTrainer(GRPOTrainer):
    """GRPO over rows with a ``task`` column.

    Args:
        rollout: who samples; None where TRL generates.
        importance_cap: of a sample's weight; None leaves samples unweighted.
        named: what TRL's trainer takes.
    """

    def __init__(
        self, *, rollout: StepRollout | None, importance_cap: float | None, **named: Any
    ) -> None:
        super().__init__(rollout_func=self._rolled_out if rollout else None, **named)
        self._rollout = rollout
        self._importance_cap = importance_cap
        self.tasks_at_hand: list[int] = []
        """The task of each prompt that a rollout function gets: TRL passes prompts alone."""

    def _rolled_out(self, prompts: object, _: GRPOTrainer) -> dict[str, Any]:
        assert self._rollout is not None
        # TRL declares texts, and passes on what the data set holds.
        return {**self._rollout(cast(Sequence[Conversation], prompts), self)}

    def adapted_model(self) -> PeftModel:
        """The policy that trains, without what accelerate wraps around it."""
        return cast(PeftModel, self.accelerator.unwrap_model(self.model))

    def _get_per_token_logps_and_entropies(
        self,
        model: torch.nn.Module,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        *,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        compute_aux_loss: bool = False,
        **pictures: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        """Log probabilities and entropies of completions, (batch, ``logits_to_keep``) each.

        As TRL's, and sooner where one process trains on a CPU (``rl.training.head``).
        """
        whole = projecting(self.accelerator, model)
        if whole is None or compute_aux_loss or any(v is not None for v in pictures.values()):
            return cast(
                tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None],
                super()._get_per_token_logps_and_entropies(
                    model,
                    input_ids,
                    attention_mask,
                    logits_to_keep,
                    batch_size=batch_size,
                    compute_entropy=compute_entropy,
                    compute_aux_loss=compute_aux_loss,
                    **pictures,
                ),
            )
        size = batch_size or len(input_ids)
        parts = [
            completion_logprobs(whole, ids, mask, logits_to_keep, self.temperature)
            for ids, mask in zip(
                torch.split(input_ids, size), torch.split(attention_mask, size), strict=True
            )
        ]
        logprobs = torch.cat([part[0] for part in parts])
        entropies = torch.cat([part[1] for part in parts]) if compute_entropy else None
        return logprobs, entropies, None

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        self.tasks_at_hand = [row["task"] for row in inputs]
        output: dict[str, Any] = super()._generate_and_score_completions(inputs)
        sampled = output.get("sampling_per_token_logps")
        if sampled is None or self._importance_cap is None:
            return output
        mask = output["completion_mask"].bool()
        if not bool(torch.isfinite(sampled[mask]).all()):
            raise RolloutFailed("the rollout server gave log probabilities that are not finite")
        trainer = self._logprobs_of(output)
        ratio = importance(trainer, sampled, self._importance_cap)
        self._note_mismatch((trainer - sampled)[mask], ratio[mask], self._importance_cap)
        # The loss is linear in the advantage and the weight is positive, so that weighting the
        # advantage of each token is weighting its policy loss; the KL term stays as it is.
        output["advantages"] = output["advantages"].unsqueeze(1) * ratio
        return output

    def _logprobs_of(self, output: dict[str, Any]) -> torch.Tensor:
        """The trainer's own log probability of each sampled token, (batch, tokens)."""
        old = output.get("old_per_token_logps")
        if old is None:
            ids = torch.cat([output["prompt_ids"], output["completion_ids"]], dim=1)
            mask = torch.cat([output["prompt_mask"], output["completion_mask"]], dim=1)
            with torch.no_grad():
                old, _, _ = self._get_per_token_logps_and_entropies(
                    cast(torch.nn.Module, self.model),
                    ids,
                    mask,
                    output["completion_ids"].size(1),
                    batch_size=self.args.per_device_train_batch_size,
                )
        return cast(torch.Tensor, old)

    def _note_mismatch(self, gap: torch.Tensor, ratio: torch.Tensor, cap: float) -> None:
        metrics = self._metrics["train"]
        metrics["sampling/logprob_gap/mean"].append(gap.abs().mean().item())
        metrics["sampling/logprob_gap/max"].append(gap.abs().max().item())
        metrics["sampling/importance/mean"].append(ratio.mean().item())
        metrics["sampling/importance/capped_share"].append((ratio >= cap).float().mean().item())


def importance(trainer: torch.Tensor, server: torch.Tensor, cap: float) -> torch.Tensor:
    """Each token's weight: exp(trainer - server log probability), at most ``cap``."""
    return torch.exp(trainer - server).clamp(max=cap)
