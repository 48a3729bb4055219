"""The reward that `rl grpo` gives TRL: `python examples/grpo_reward.py TASKS.jsonl LOG.jsonl`.

It scores in this process: `assay[rl,server]`.
"""

import sys
from pathlib import Path

from rewardsvc import Settings, open_scorer, read_tasks
from rl import Config, RewardFunction, ScoringThread, TrainingError, load_config


def main(tasks: Path, log: Path) -> None:
    config: Config = load_config("nano", ["reward.max_unscored_share=0.1"])
    rows = list(read_tasks(tasks))
    with ScoringThread(open_scorer(Settings.load(), config.reward.server)) as scoring:
        reward = RewardFunction(
            rows,
            scoring,
            log=log,
            max_unscored_share=config.reward.max_unscored_share,
            deadline_seconds=config.reward.deadline_seconds,
        )
        answers = [row.output for row in rows]  # a model's, while it trains
        rewards = reward([row.instruction for row in rows], answers, task=range(len(rows)))
    for row, value in zip(rows, rewards, strict=True):
        print(row.id, value)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except TrainingError as error:
        sys.exit(f"{error}")
