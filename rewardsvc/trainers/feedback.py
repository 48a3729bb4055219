"""What a model is told of a verdict on its draft: what the tools found, not what checks expect.

Diagnostics of checks hold the values that are expected. A model that sees them copies them, and is
rewarded for reading, not for knowing; so of checks it is told how many do not hold.
"""

from rewardsvc.types import Component, Diagnostic, Verdict

MOST_FINDINGS = 20
"""Lines; what comes beyond is counted."""

_TOOLS = frozenset({"plan", "deploy", "build", "means"})
"""Stages of correctness in which a tool speaks of the draft itself."""


def feedback(verdict: Verdict) -> str:
    """Findings, a line each, of a verdict that is SCORED."""
    found, unmet = list[str](), 0
    for stage in verdict.stages:
        errors = [each for each in stage.diagnostics if each.severity != "info"]
        if stage.component is Component.CORRECTNESS and stage.name not in _TOOLS:
            unmet += len(errors)
        else:
            found += [_line(each) for each in errors]
    if len(found) > MOST_FINDINGS:
        found[MOST_FINDINGS:] = [f"and {len(found) - MOST_FINDINGS} more"]
    if unmet:
        found.append(f"{unmet} of the things that were asked for are missing or wrong")
    return "\n".join(found) or "nothing found"


def _line(finding: Diagnostic) -> str:
    place = f"{finding.file}:{finding.line}: " if finding.line else ""
    code = f" ({finding.code})" if finding.code else ""
    return f"{place}{finding.severity}: {finding.message}{code}"
