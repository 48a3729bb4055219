"""GRPO and SFT of small models on the reward service, with evaluation."""
