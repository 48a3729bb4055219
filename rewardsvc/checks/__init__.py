"""Checks: assertions that a task makes about an artifact, compiled, then evaluated."""

from rewardsvc.checks.compiled import CheckResults, CompiledChecks, compile_checks
from rewardsvc.checks.equality import json_equal
from rewardsvc.checks.policies import Policies

__all__ = ["CheckResults", "CompiledChecks", "Policies", "compile_checks", "json_equal"]
