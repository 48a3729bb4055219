"""Checks: assertions that a task makes about an artifact, compiled, then evaluated."""

from rewardsvc.checks.compiled import CheckResults, CompiledChecks, compile_checks
from rewardsvc.checks.equality import json_equal

__all__ = ["CheckResults", "CompiledChecks", "compile_checks", "json_equal"]
