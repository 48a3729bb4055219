"""GRPO against the reward server, with TRL's trainer."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from datasets import Dataset
from trl.trainer.grpo_config import GRPOConfig

from rewardsvc.tasks import TaskRow
from rewardsvc.types import ScoreRequest
from rl.configs.sections import Config
from rl.data import prompt_of
from rl.models.policy import Policy
from rl.reward.function import RewardFunction
from rl.reward.scoring import ScoringThread
from rl.rollout.base import Sampling
from rl.rollout.step import StepRollout
from rl.rollout.vllm import VllmSampler
from rl.rollout.vllm_client import VllmClient
from rl.training.loop import ProgressLine, StopOnSignal, common_arguments, latest_checkpoint, train
from rl.training.lora import merged, peft_config
from rl.training.trainer import TaskTrainer


def optimize(
    policy: Policy,
    rows: Sequence[TaskRow],
    scoring: ScoringThread,
    config: Config,
    folder: Path,
) -> Policy:
    """The policy after GRPO, its adapter merged; checkpoints and logs lie in ``folder``.

    Goes on from the last checkpoint in the folder where there is one.

    Raises:
        TooManyUnscored: a step had too many completions without a reward.
        RewardUnavailable: the reward server is not there.
        RolloutFailed: the rollout server is not there, or broke.
        Interrupted: somebody stopped it; a checkpoint is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    grpo = config.grpo
    probe(scoring, rows, config.reward.deadline_seconds)
    reward = RewardFunction(
        rows,
        scoring,
        log=folder / "rewards.jsonl",
        max_unscored_share=config.reward.max_unscored_share,
        deadline_seconds=config.reward.deadline_seconds,
    )
    rollout = _rollout(policy, config, reward, folder)
    completions = grpo.prompts_per_step * grpo.generations
    micro_batch = grpo.micro_batch or completions
    stop = StopOnSignal()
    trainer = TaskTrainer(
        model=policy.model,
        reward_funcs=reward,
        args=GRPOConfig(
            **common_arguments(config, folder, save_steps=grpo.save_steps),
            per_device_train_batch_size=micro_batch,
            gradient_accumulation_steps=completions // micro_batch,
            max_steps=grpo.steps,
            num_generations=grpo.generations,
            learning_rate=grpo.learning_rate,
            lr_scheduler_type=grpo.scheduler,
            warmup_steps=grpo.warmup_steps,
            beta=grpo.beta,
            loss_type=grpo.loss_type,
            scale_rewards=grpo.scale_rewards,
            importance_sampling_level=grpo.importance_sampling_level,
            temperature=grpo.temperature,
            top_p=grpo.top_p,
            top_k=0,
            max_completion_length=grpo.max_completion_length,
            mask_truncated_completions=grpo.mask_truncated,
            gradient_checkpointing=grpo.gradient_checkpointing,
            logging_steps=1,
        ),
        train_dataset=Dataset.from_dict(
            {
                "prompt": [prompt_of(row, config.prompt) for row in rows],
                "task": list(range(len(rows))),
            }
        ),
        processing_class=policy.tokenizer,
        peft_config=peft_config(grpo.lora) if grpo.lora else None,
        rollout=rollout,
        callbacks=[stop, ProgressLine("grpo", ("reward", "kl", "reward/unscored_share"))],
        importance_cap=config.rollout.importance_cap,
    )
    train(trainer, stop, latest_checkpoint(folder))
    (folder / "log.json").write_text(json.dumps(trainer.state.log_history, indent=1))
    return Policy(merged(trainer.model), policy.tokenizer)


def probe(scoring: ScoringThread, rows: Sequence[TaskRow], seconds: float) -> None:
    """Score one reference answer before anything is trained: a missing server is told at once.

    Raises:
        RewardUnavailable: nobody can score it.
    """
    row = next((row for row in rows if row.output), rows[0])
    scoring.probe(ScoreRequest(id=row.id, task=row.task, completion=row.output), seconds)


def _rollout(
    policy: Policy, config: Config, reward: RewardFunction, folder: Path
) -> StepRollout | None:
    """Who samples, None where TRL generates."""
    server, grpo = config.rollout.vllm_server, config.grpo
    if server is None:
        return None
    sampler = VllmSampler(
        VllmClient(server, config.rollout.timeout_seconds),
        policy.tokenizer,
        config.rollout.adapters or folder / "adapters",
    )
    print(f"rollouts from {server}, serving {sampler.served()}", file=sys.stderr)
    sampling = Sampling(
        temperature=grpo.temperature, top_p=grpo.top_p, max_new_tokens=grpo.max_completion_length
    )
    return StepRollout(sampler, sampling, reward)
