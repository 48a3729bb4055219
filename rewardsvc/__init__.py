"""Scores completions by running the real tools: task and completion in, verdict out."""

from rewardsvc.errors import InvalidFile, InvalidRequest, RewardServiceError, ServerUnavailable
from rewardsvc.scorer import Scorer, open_scorer
from rewardsvc.settings import Settings
from rewardsvc.types import (
    ABSENT,
    Check,
    CheckKind,
    Components,
    ScoreRequest,
    Status,
    Target,
    Task,
    Verdict,
)

__all__ = [
    "ABSENT",
    "Check",
    "CheckKind",
    "Components",
    "InvalidFile",
    "InvalidRequest",
    "RewardServiceError",
    "ScoreRequest",
    "Scorer",
    "ServerUnavailable",
    "Settings",
    "Status",
    "Target",
    "Task",
    "Verdict",
    "open_scorer",
]
