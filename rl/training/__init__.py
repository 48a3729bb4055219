"""The policy gets better: SFT on reference answers, then GRPO against the reward."""
