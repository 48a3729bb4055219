"""The judge: a language model that rates what tools cannot decide, intent above all."""

from rewardsvc.judge.base import Case, Judging

__all__ = ["Case", "Judging"]
