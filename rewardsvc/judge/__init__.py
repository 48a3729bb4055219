"""The judge: a language model that rates what tools cannot decide, intent above all."""

from rewardsvc.judge.base import NO_JUDGE, NOT_ASKED, Case, JudgeFailed, Judging, judgement_missing

__all__ = ["NOT_ASKED", "NO_JUDGE", "Case", "JudgeFailed", "Judging", "judgement_missing"]
