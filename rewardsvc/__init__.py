"""Scores completions by running the real tools: task and completion in, verdict out.

These names are the public API; what else the package has may change. Each is at work in a script
under ``examples/``: ``score_in_process.py``, ``ask_a_server.py``, ``trl_reward.py``,
``read_rows.py``. The command line is ``rewardsvc --help``; docs/versions.md says what the version
numbers promise.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rewardsvc.errors import InvalidFile, InvalidRequest, RewardServiceError, ServerUnavailable
    from rewardsvc.scorer import Scorer, open_scorer
    from rewardsvc.settings import Settings
    from rewardsvc.tasks import TaskRow, read_tasks
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
    "TaskRow",
    "Verdict",
    "open_scorer",
    "read_tasks",
]

if not TYPE_CHECKING:
    # Loaded when first named: `rewardsvc --help` must not wait for pydantic.
    def __getattr__(name: str) -> Any:
        if name in __all__:
            for room in ("errors", "types", "settings", "scorer", "tasks"):
                found = vars(import_module(f"rewardsvc.{room}"))
                if name in found:
                    return found[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
