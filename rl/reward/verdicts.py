"""What verdicts come to: a reward or none, their means, and when too many have none. Pure."""

import math
from collections import Counter
from collections.abc import Sequence

from rewardsvc.types import Component, FailureKind, Status, Verdict
from rl.errors import TooManyUnscored

Summary = dict[str, float | dict[str, int]]
"""A step's figures by name; ``failures`` counts kinds."""


FULLY_RIGHT = (Component.SYNTAX, Component.CORRECTNESS)
"""The components that are 1 in the verdict on a fully right answer. Not format: an answer with a
lint warning does what was asked for."""


def reward_or_none(verdict: Verdict) -> float | None:
    """The reward, None where there is none or where it is no finite number."""
    if verdict.status is not Status.SCORED or verdict.reward is None:
        return None
    return verdict.reward if math.isfinite(verdict.reward) else None


def fully_right(verdict: Verdict) -> bool:
    """Whether an answer is: SCORED, with every component of :data:`FULLY_RIGHT` at 1."""
    parts = verdict.components
    if reward_or_none(verdict) is None or parts is None:
        return False
    return all(getattr(parts, component) == 1 for component in FULLY_RIGHT)


def failure_of(verdict: Verdict) -> str:
    """Why there is no reward, in a word for counting."""
    if verdict.failure_kind is not None:
        return verdict.failure_kind.value
    return "NON_FINITE" if verdict.status is Status.SCORED else FailureKind.INTERNAL.value


def check_unscored(verdicts: Sequence[Verdict], limit: float, where: str) -> None:
    """Refuse to go on where too many verdicts have no reward by a fault of ours.

    What an answer chose (``Verdict.chosen``) is no fault, and does not count.

    Raises:
        TooManyUnscored: names the share, the kinds and the most frequent reason.
    """
    faults = [each for each in verdicts if reward_or_none(each) is None and not each.chosen]
    if not verdicts or len(faults) / len(verdicts) <= limit:
        return
    kinds = Counter(failure_of(verdict) for verdict in faults)
    reason, _ = Counter(verdict.failure_reason for verdict in faults).most_common(1)[0]
    raise TooManyUnscored(
        f"{where}: {len(faults)} of {len(verdicts)} completions are UNSCORED "
        f"(reward.max_unscored_share is {limit:g}): "
        + ", ".join(f"{kind} x{count}" for kind, count in kinds.most_common())
        + f"; most often: {reason or 'no reason given'}. See `rewardsvc doctor`"
    )


def summarize(verdicts: Sequence[Verdict]) -> Summary:
    """Means over the scored verdicts (absent where none is), and the shares of the others.

    ``unscored_share`` counts faults of ours, ``chosen_share`` what answers chose.
    """
    scored = [verdict for verdict in verdicts if reward_or_none(verdict) is not None]
    without = [verdict for verdict in verdicts if reward_or_none(verdict) is None]
    chosen = sum(verdict.chosen for verdict in without)
    count = len(verdicts) or 1
    summary: Summary = {
        "completions": len(verdicts),
        "unscored_share": (len(without) - chosen) / count,
        "chosen_share": chosen / count,
        "failures": dict(Counter(failure_of(v) for v in without if not v.chosen)),
    }
    if scored:
        summary["reward"] = sum(verdict.reward or 0.0 for verdict in scored) / len(scored)
        summary["fully_right"] = sum(map(fully_right, scored)) / len(scored)
        parts = [verdict.components for verdict in scored if verdict.components is not None]
        for name in ("syntax", "correctness", "format"):
            if parts:
                summary[name] = sum(getattr(part, name) for part in parts) / len(parts)
    return summary
