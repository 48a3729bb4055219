"""Scores completions by running the real tools: task and completion in, verdict out.

These names are the public API; what else the package has may change. Each is at work in a script
under ``examples/``: ``score_in_process.py``, ``ask_a_server.py``, ``trl_reward.py``,
``read_rows.py``. The command line is ``rewardsvc --help``; docs/versions.md says what the version
numbers promise.

Each is loaded when first named. Without the extra ``server``, ``Settings`` is then an ImportError
that says what to install, of ``getattr`` and ``hasattr`` too: of an AttributeError,
``from rewardsvc import …`` would leave no word.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rewardsvc.client import RemoteScorer
    from rewardsvc.connection import Connection
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
    "Connection",
    "InvalidFile",
    "InvalidRequest",
    "RemoteScorer",
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

_ELSEWHERE = {
    "Connection": "connection",
    "InvalidFile": "errors",
    "InvalidRequest": "errors",
    "RemoteScorer": "client",
    "RewardServiceError": "errors",
    "Scorer": "scorer",
    "ServerUnavailable": "errors",
    "Settings": "settings",
    "TaskRow": "tasks",
    "open_scorer": "scorer",
    "read_tasks": "tasks",
}
"""The module of each name that is not one of ``types``."""

if not TYPE_CHECKING:
    # Loaded when first named: who asks a server must not wait for what judges, nor need it.
    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from rewardsvc.extras import needing

        with needing("server"):
            return getattr(import_module(f"rewardsvc.{_ELSEWHERE.get(name, 'types')}"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
